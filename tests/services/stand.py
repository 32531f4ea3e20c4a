"""A service in a test: its settings on the real Kafka and MongoDB, with an issuer of its own."""

from pathlib import Path
from typing import TypeVar

from deploy.local.bus import Bus
from deploy.ocop.issuer import ensure_issuer
from shared.settings import Settings

S = TypeVar("S", bound=Settings)


def settings(kind: type[S], bus: Bus, province: str, mongo_url: str, database: str, folder: Path, **more: object) -> S:
    """What the environment would say to a service of ``province``; its tokens are issued in ``folder/issuer``."""
    ensure_issuer(folder / "issuer")
    given: dict[str, object] = {
        "authorities": frozenset({province}),
        "kafka": bus.servers,
        "kafka_user": bus.principal.name if bus.principal else None,
        "kafka_password": bus.principal.password if bus.principal else None,
        "mongo_url": mongo_url,
        "database": database,
        "jwks": str(folder / "issuer" / "jwks.json"),
    }
    return kind.model_validate(given | more)

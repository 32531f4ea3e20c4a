"""Who may sign in to a local system: the issuer's keys, and the token by which services ask each other."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from deploy.local.credentials import write_private
from deploy.ocop.issuer import ensure_issuer, issue
from shared.identity import SERVICE
from shared.tokens import Appointment

# The clock of a trial is moved by years; the token by which services ask each other has to live through that.
_SERVICE_TOKEN_LIFE = timedelta(days=3_650)


def jwks_file(folder: Path) -> Path:
    """The public keys by which tokens of the system in ``folder`` are checked."""
    return folder / "issuer" / "jwks.json"


def service_token_file(folder: Path) -> Path:
    """The token that services of the system in ``folder`` show each other."""
    return folder / "issuer" / "service.token"


def clock_file(folder: Path) -> Path:
    """The file that moves the clock of every service of the system in ``folder``."""
    return folder / "clock"


def ensure_sign_in(folder: Path, authorities: Iterable[str]) -> None:
    """Make the keys when there are none, and a fresh service token for ``authorities``; the clock stays as it is."""
    issuer = jwks_file(folder).parent
    ensure_issuer(issuer)
    held = [
        Appointment(id=f"service-{code}", role=SERVICE, authority=code, since=date(2020, 1, 1)) for code in authorities
    ]
    write_private(service_token_file(folder), issue(issuer, "services", held, _SERVICE_TOKEN_LIFE))
    clock_file(folder).touch()

"""A council's room for the tests: the API of scoring on a store in memory, and people who hold appointments."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx

from services.scoring.domain.evaluation import evaluation_id
from services.scoring.events import DossierSubmitted, DossierWithdrawn, NamedProduct
from services.scoring.handlers import open_evaluation, stop_evaluation
from services.scoring.routes import routes
from services.scoring.store import Evaluations, RuleSets, Sheets, freeze
from shared.document import Heard
from shared.envelope import Received
from shared.http import create_app, fresh_id
from shared.memory import MemoryPort
from shared.store import Collection
from tests.services.scoring.builders import loaded
from tests.shared.signing import Hands, claims, gate, sign

DOSSIER = "4f1d9a2e-0000-4000-8000-000000000001"
RICE_HASH = loaded().books["26-2026"].sheets["rice-grains"].hash
RULES_HASH = loaded().books["26-2026"].rules.hash


def submission(**changed: Any) -> DossierSubmitted:
    """A dossier of rice submitted to the council of province 37."""
    fields: dict[str, Any] = {
        "to": "37",
        "attempt": 1,
        "product": NamedProduct(id="product-1", name="Gạo nếp hương"),
        "owner_id": "owner-1",
        "commune": "14371",
        "product_set": "rice-grains",
        "case_kind": "first",
        "manifest_version": 1,
        "manifest_hash": "a" * 64,
        "received_on": date(2026, 9, 1),
    }
    return DossierSubmitted(**fields | changed)


def received(data: Heard, sequence: int = 1, speaker: str = "37", subject: str = DOSSIER) -> Received[Any]:
    """``data`` as a handler gets it."""
    return Received(
        data=data,
        type=data.TYPE,
        id=f"{subject}.{sequence}",
        source=f"/authorities/{speaker}/dossier",
        authority=speaker,
        addressee=data.addressed_to(speaker),
        subject=subject,
        sequence=sequence,
        time=datetime(2026, 11, 1, tzinfo=UTC),
        correlation_id="correlation-1",
        traceparent="",
    )


class Unplugged:
    """Where outboxes go when there is no Kafka: nowhere, so that they can be read."""

    def hand_over(self, id: str, authority: str, outbox: Sequence[Mapping[str, Any]]) -> None:
        return None


class Room:
    """Scoring for provinces 37 and 48 and for the centre, all in memory."""

    def __init__(self) -> None:
        self.port = MemoryPort()
        self.clock = Hands()
        collection = Collection(self.port, Unplugged(), clock=self.clock, new_correlation=fresh_id)
        self.evaluations = Evaluations(collection)
        self.sheets, self.rule_sets = Sheets(collection), RuleSets(collection)
        self._app = create_app(
            "scoring",
            "1",
            [routes(self.evaluations, self.sheets, self.rule_sets, loaded(), self.clock)],
            gate=gate("37", "48", "00", clock=self.clock),
        )

    async def prepare(self) -> None:
        await freeze(loaded(), self.sheets, self.rule_sets)

    async def submit(self, sequence: int = 1, speaker: str = "37", **changed: Any) -> str:
        """Submit the dossier; the id of its evaluation."""
        event = received(submission(**changed), sequence, speaker)
        await open_evaluation(event, self.evaluations, loaded())
        return evaluation_id(DOSSIER, event.addressee, event.data.attempt)

    async def withdraw(
        self, sequence: int = 2, speaker: str = "37", to: str | None = "37", attempt: int | None = 1
    ) -> None:
        event = received(DossierWithdrawn(to=to, attempt=attempt), sequence, speaker)
        await stop_evaluation(event, self.evaluations)

    def spoken(self, id: str) -> list[dict[str, Any]]:
        """The events in the outbox of an evaluation, oldest first."""
        return [dict(entry) for entry in self.port.documents[id]["outbox"]]

    def as_(self, role: str, person: str = "", authority: str = "37") -> httpx.AsyncClient:
        """A client that speaks as ``person`` in ``role``; close it by leaving ``async with``."""
        appointment = {"id": role, "role": role, "authority": authority, "from": "2026-01-01"}
        token = sign(claims(appointment, sub=person or role))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url="http://scoring",
            headers={
                "Authorization": f"Bearer {token}",
                "Ocop-Appointment": role,
                "Accept-Language": "en",
            },
        )

"""A council's room for the tests: the API of scoring on a store in memory, and people who hold appointments."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.scoring.councils import REGULATIONS, load_regulations
from services.scoring.domain.evaluation import evaluation_id
from services.scoring.events.heard import AnnulmentHeard, CentralScore, DossierSubmitted, DossierWithdrawn, NamedProduct
from services.scoring.handlers import note_way_back, open_again, open_evaluation, stop_evaluation
from services.scoring.papers.press import Press
from services.scoring.routes import (
    advice_routes,
    blind_phase_routes,
    catalogue_routes,
    council_routes,
    deadline_routes,
    draft_routes,
    evaluation_routes,
    integrity_routes,
    paper_result_routes,
    paper_routes,
    paper_sheet_routes,
    recomputation_routes,
    result_routes,
    session_routes,
    sheet_routes,
    way_back_routes,
)
from services.scoring.store import Councils, Drafts, Evaluations, ReturnedDossiers, RuleSets, Sessions, Sheets, freeze
from shared.collection import Collection
from shared.document import Heard
from shared.envelope import Received
from shared.files.content import SCANS
from shared.files.store import Files
from shared.http import create_app, fresh_id
from shared.memory import MemoryPort
from tests.services.scoring.builders import loaded
from tests.shared.signing import Hands, claims, gate, sign
from tests.shared.unplugged import Unplugged

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
        addressee=data.addressed_to(speaker)[0],
        subject=subject,
        sequence=sequence,
        time=datetime(2026, 11, 1, tzinfo=UTC),
        correlation_id="correlation-1",
        traceparent="",
    )


SECRETARY = "council_secretary"


def council(members: int, *, since: str = "2026-01-01", decision: str = "12/QĐ-UBND") -> dict[str, Any]:
    """A membership as the agency enters it: m1 in the chair, m2 … as members, and a secretary."""
    seats = {f"m{n}": "chair" if n == 1 else "member" for n in range(1, members + 1)} | {SECRETARY: "secretary"}
    people = [{"person": person, "seat": seat} for person, seat in seats.items()]
    return {"decision": decision, "since": since, "members": people}


async def post(client: httpx.AsyncClient, path: str, body: Any, key: str | None = None) -> httpx.Response:
    async with client:
        return await client.post(path, json=body, headers={"Idempotency-Key": key} if key else {})


async def get(client: httpx.AsyncClient, path: str) -> httpx.Response:
    async with client:
        return await client.get(path)


class Room:
    """Scoring for provinces 37 and 48 and for the centre, all in memory."""

    def __init__(self, regulations_file: Path = REGULATIONS, files: Path = Path("never made")) -> None:
        self.port = MemoryPort()
        self.clock = Hands()
        collection = Collection(self.port, Unplugged(), clock=self.clock, new_correlation=fresh_id)
        self.councils, self.sessions = Councils(collection), Sessions(collection)
        self.evaluations = Evaluations(collection)
        self.drafts, self.returned = Drafts(collection), ReturnedDossiers(collection)
        self.sheets, self.rule_sets = Sheets(collection), RuleSets(collection)
        self._councils = 0
        regulations = load_regulations(regulations_file)
        scans = Files(str(files), accepted=SCANS)
        self._app = create_app(
            "scoring",
            "1",
            [
                catalogue_routes(self.sheets, loaded(), self.clock),
                council_routes(self.councils, regulations, self.clock),
                session_routes(self.sessions, self.evaluations, self.councils, self.sheets, regulations, self.clock),
                advice_routes(self.evaluations, self.councils, self.sheets, self.clock),
                draft_routes(self.drafts, self.evaluations, self.sheets, self.clock),
                sheet_routes(self.evaluations, self.sheets, self.clock),
                paper_sheet_routes(self.evaluations, self.sheets, scans, self.clock),
                deadline_routes(self.evaluations, self.clock),
                evaluation_routes(self.evaluations, self.sheets, self.rule_sets),
                blind_phase_routes(self.sessions, self.evaluations, self.sheets, self.clock),
                result_routes(self.sessions, self.evaluations, self.sheets, self.rule_sets, self.clock),
                paper_result_routes(
                    self.evaluations, self.councils, self.sheets, self.rule_sets, regulations, scans, self.clock
                ),
                way_back_routes(self.returned, self.evaluations),
                recomputation_routes(self.evaluations, self.sheets, self.rule_sets),
                integrity_routes(self.evaluations, self.sheets),
                paper_routes(self.sessions, self.evaluations, self.sheets, self.rule_sets, loaded(), Press()),
            ],
            gate=gate("37", "48", "00", clock=self.clock),
        )

    async def prepare(self) -> None:
        await freeze(loaded(), self.sheets, self.rule_sets)

    async def submit(self, sequence: int = 1, speaker: str = "37", dossier: str = DOSSIER, **changed: Any) -> str:
        """Submit the dossier; the id of its evaluation."""
        event = received(submission(**changed), sequence, speaker, dossier)
        await open_evaluation(event, self.evaluations, loaded())
        return evaluation_id(dossier, event.addressee, event.data.attempt)

    async def withdraw(
        self, sequence: int = 2, speaker: str = "37", to: str | None = "37", attempt: int | None = 1
    ) -> None:
        event = received(DossierWithdrawn(to=to, attempt=attempt), sequence, speaker)
        for addressee in event.data.addressed_to(speaker):
            await stop_evaluation(event._replace(addressee=addressee), self.evaluations, self.returned)

    async def hear_annulment(self, id: str) -> None:
        """The service hears its own word that the result of an evaluation does not hold."""
        await open_again(received(AnnulmentHeard(), len(self.spoken(id)), subject=id), self.evaluations)

    async def hear_centre(self, id: str) -> None:
        """The province hears the last word on an evaluation of the central council, its result."""
        said = self.spoken(id)[-1]
        score = CentralScore.model_validate_json(said["data"])
        await note_way_back(received(score, said["sequence"], "00", id), self.returned)

    async def tell(
        self, path: str, body: Any, role: str = SECRETARY, person: str = "", authority: str = "37"
    ) -> dict[str, Any]:
        """A command that is done."""
        async with self.as_(role, person, authority) as client:
            answer = await client.post(path, json=body)
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told

    async def convene(self, *ids: str, members: int = 3, present: Sequence[str] = ()) -> str:
        """A session of a council of so many who score, all of them there unless said; its id."""
        since = date(2026, 1, 1) + timedelta(days=self._councils)
        self._councils += 1
        await self.tell("/councils", council(members, since=since.isoformat(), decision=f"{since}"), "agency")
        scheduling = {"round": 2, "on": "2026-10-01", "agenda": ids}
        session: str = (await self.tell("/sessions", scheduling))["id"]
        everybody = present or [f"m{n}" for n in range(1, members + 1)]
        await self.tell(f"/sessions/{session}/attendance", {"present": everybody})
        return session

    async def before_council(self, members: int = 3) -> str:
        """An evaluation on the agenda of a session at which all of a council are there."""
        id = await self.submit()
        await self.convene(id, members=members)
        return id

    async def scored(self, *sheets: Mapping[str, str | None]) -> str:
        """An evaluation with the signed sheets of m1, m2, …, who are the whole council."""
        id = await self.before_council(len(sheets))
        for n, ticks in enumerate(sheets, 1):
            await self.sign(id, f"m{n}", ticks)
        return id

    async def sign(self, id: str, person: str, ticks: Mapping[str, str | None]) -> None:
        body = {"sheet_hash": RICE_HASH, "ticks": ticks}
        await self.tell(f"/evaluations/{id}/sheets", body, "council_member", person)

    async def close(self, id: str, **agreed: str | None) -> None:
        """Close the blind phase of a product and enter what was agreed, if anything was."""
        await self.tell(f"/evaluations/{id}/blind-phase/closing", {})
        if agreed:
            await self.tell(f"/evaluations/{id}/agreement", {"agreed": agreed})

    async def over(self, id: str, **agreed: str | None) -> None:
        """Close the blind phase of a product and the session it is scored in."""
        await self.close(id, **agreed)
        sitting = (await self.evaluations.get(id)).sitting
        assert sitting is not None
        await self.tell(f"/sessions/{sitting.session_id}/closing", {"minutes": "12/BB-HĐ"})

    def readable(self) -> list[str]:
        """Every address of the API that can be read."""
        return sorted(path for path, methods in self._app.openapi()["paths"].items() if "get" in methods)

    def commanded(self) -> list[str]:
        """Every address of the API that takes a command."""
        paths = self._app.openapi()["paths"].items()
        return sorted(path for path, methods in paths if methods.keys() & {"post", "put", "patch", "delete"})

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

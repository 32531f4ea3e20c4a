"""The chair's office for the tests: certification in memory, in as many processes as a test wants, each killable."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from time import monotonic
from typing import Any

import httpx
from fastapi import FastAPI

from services.certification.acting import Acting
from services.certification.events.heard import (
    DecisionHeard,
    DossierSubmitted,
    DossierWithdrawn,
    HeardProduct,
    ScoreFinalized,
)
from services.certification.handlers import announce_results, await_decision, record_filing, take_back
from services.certification.issuing import Issuing
from services.certification.publication import Publication, publication
from services.certification.resuming import Resuming
from services.certification.routes import (
    Deciding,
    Performing,
    act_routes,
    award_routes,
    case_routes,
    certificate_routes,
    complaint_routes,
    decision_routes,
    draft_routes,
    history_routes,
    inspection_routes,
    report_routes,
    result_routes,
    signatory_routes,
)
from services.certification.store import (
    Acts,
    Awards,
    Complaints,
    Decisions,
    Drafts,
    Inspections,
    LegalNumbers,
    Recognitions,
    Requests,
    RevocationCases,
    SigningRegisters,
)
from services.certification.throttle import Throttle
from services.certification.timers import ringing
from shared.collection import Collection
from shared.document import Heard
from shared.envelope import Outgoing, Received, named
from shared.errors import Unavailable
from shared.http import create_app, fresh_id
from shared.identity import Gate
from shared.memory import MemoryPort
from shared.port import Outcome, Raw
from tests.services.certification.builders import PROVINCE, regulations
from tests.services.certification.signing import ADDRESS, Known, keys
from tests.shared.signing import Hands, claims, sign, verifier
from tests.shared.unplugged import Unplugged

SCORED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
DECIDED_ON = "2026-11-20"
SIGNER = {"name": "Nguyễn Văn An", "position": "KT. Chủ tịch, Phó Chủ tịch"}


class Line(MemoryPort):
    """One process's line to the shared database. It may be slow at random, and dead from some write on.

    ``lives`` is how many documents it still writes; the one after that is written too when ``answer_lost``, but of
    its whole round of writes nobody is told. It may also fall asleep before a write, until it is woken.
    """

    def __init__(
        self, database: MemoryPort, seed: int | None = None, lives: int | None = None, answer_lost: bool = False
    ) -> None:
        super().__init__()
        self.documents = database.documents
        self._random = random.Random(seed) if seed is not None else None
        self.lives = lives
        self._answer_lost = answer_lost
        self.falls_asleep_after: int | None = None
        self.woken = asyncio.Event()

    async def read(self, ids: Sequence[str]) -> list[Raw]:
        await self._turns()
        self._alive()
        found = await super().read(ids)
        await self._turns()
        return found

    async def find(self, where: Mapping[str, Any], *, after: str | None, limit: int) -> list[Raw]:
        self._alive()
        return await super().find(where, after=after, limit=limit)

    async def due(self, where: Mapping[str, Any], limit: int) -> list[str]:
        self._alive()
        return await super().due(where, limit)

    async def write(self, prepared: Sequence[Any]) -> list[Outcome]:
        await self._turns()
        self._alive()
        outcomes: list[Outcome] = []
        for write in prepared:
            # One by one, because a bulk write is atomic for each document only.
            if self.falls_asleep_after is not None:
                self.falls_asleep_after -= 1
                if self.falls_asleep_after < 0:
                    await self.woken.wait()
            if self.lives is not None:
                self.lives -= 1
                if self.lives < 0:
                    if self._answer_lost:
                        await super().write([write])
                    raise Unavailable("this process was killed")
            outcomes += await super().write([write])
            await self._turns()
        await self._turns()
        return outcomes

    def _alive(self) -> None:
        if self.lives is not None and self.lives < 0:
            raise Unavailable("this process is dead")

    async def _turns(self) -> None:
        if self._random is not None:
            for _ in range(self._random.randrange(4)):
                await asyncio.sleep(0)


class Process:
    """One process of certification on a line of its own."""

    def __init__(self, line: Line, clock: Hands) -> None:
        collection = Collection(line, Unplugged(), clock=clock, new_correlation=fresh_id)
        self.line = line
        self.clock = clock
        self.recognitions = Recognitions(collection)
        self.decisions = Decisions(collection)
        self.acts = Acts(collection)
        self._numbers = numbers = LegalNumbers(collection)
        self.cases = RevocationCases(collection)
        self._inspections = Inspections(collection)
        self._complaints = Complaints(collection)
        self._awards = Awards(collection)
        self.issuing = Issuing(self.decisions, self.recognitions, numbers, regulations())
        self.acting = Acting(self.acts, self.recognitions, numbers, self.cases, self._complaints, regulations())
        self._resuming = Resuming(
            self.decisions, self.acts, self._inspections, self.cases, self.issuing, self.acting, clock
        )
        self._requests = Requests(collection)
        self._drafts = Drafts(collection)
        self._signing = SigningRegisters(collection)

    @cached_property
    def published(self) -> Publication:
        """The process's public side."""
        return publication(
            self.recognitions,
            self.decisions,
            regulations(),
            self.clock,
            keys=keys(),
            address=ADDRESS,
            owners=Known(),
            lookups=Throttle(1, 1_000, monotonic),
            searches=Throttle(1, 1_000, monotonic),
        )

    @cached_property
    def app(self) -> FastAPI:
        """The process's API; made when first asked, for most processes of a test are workers."""
        deciding = Deciding(
            self.recognitions,
            self.decisions,
            self._requests,
            self._signing,
            self.issuing,
            regulations(),
            self.clock,
        )
        performing = Performing(
            self.recognitions,
            self.acts,
            self._requests,
            self._signing,
            self.acting,
            regulations(),
            self.clock,
        )
        routers = [
            result_routes(self.recognitions),
            decision_routes(deciding),
            draft_routes(self._drafts, deciding),
            act_routes(performing, self.cases, self._complaints),
            signatory_routes(self._signing),
            case_routes(self.recognitions, self.cases, self.clock),
            inspection_routes(self.recognitions, self._inspections, self.cases, self.clock),
            complaint_routes(self._complaints, self.clock),
            history_routes(self.recognitions, self._numbers, regulations(), self.clock),
            award_routes(self._awards, self.clock),
            report_routes(self.recognitions, regulations(), self.clock),
            certificate_routes(self.recognitions, self.clock),
            *self.published.routers,
        ]
        # Tokens keep their term while a test lets years pass.
        gate = Gate(verifier(), frozenset({PROVINCE, "38", "00"}), self.clock)
        return create_app("certification", "1", routers, gate=gate)

    def as_(self, role: str, authority: str = PROVINCE, language: str = "en", **limits: str) -> httpx.AsyncClient:
        appointment = {"id": role, "role": role, "authority": authority, "from": "2020-01-01"} | limits
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://certification",
            headers={
                "Authorization": f"Bearer {sign(claims(appointment, sub=role))}",
                "Ocop-Appointment": role,
                "Accept-Language": language,
            },
        )

    async def post(
        self, role: str, path: str, body: object, key: str | None = None, authority: str = PROVINCE
    ) -> httpx.Response:
        async with self.as_(role, authority) as client:
            return await client.post(path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def get(self, role: str, path: str, authority: str = PROVINCE) -> httpx.Response:
        async with self.as_(role, authority) as client:
            return await client.get(path)

    async def anybody(self, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://certification") as client:
            return await client.get(path)

    async def resume(self) -> int:
        return await self._resuming.once()


class Office:
    """One database and a clock, with a first process on it."""

    def __init__(self) -> None:
        self.database = MemoryPort()
        self.clock = Hands()
        self.process = self.start()

    def start(self, seed: int | None = None, lives: int | None = None, answer_lost: bool = False) -> Process:
        """Another process."""
        return Process(Line(self.database, seed, lives, answer_lost), self.clock)

    async def score(self, n: int, stars: int = 3, authority: str = PROVINCE, sequence: int = 1, **changed: Any) -> str:
        """A result of product ``n`` waits; the id of its evaluation."""
        id = str(changed.pop("evaluation_id", f"evaluation-{n:03d}"))
        data = ScoreFinalized.model_validate(
            {
                "province": PROVINCE if authority == "00" else authority,
                "dossier_id": f"dossier-{n:03d}",
                "attempt": 1,
                "product": {"id": f"product-{n:03d}", "name": f"Sản phẩm {n}"},
                "owner_id": f"owner-{n % 8}",
                "commune": "14371",
                "product_set": "white-spirit",
                "case_kind": "first",
                "stars": stars,
                "failed_minimums": [],
                "rule_set": "26-2026",
            }
            | changed
        )
        event = received(data, id, sequence, authority, "scoring")
        await await_decision(event, self.process.recognitions, regulations())
        return id

    async def withdraw(self, n: int, speaker: str = PROVINCE, to: str | None = PROVINCE, attempt: int = 1) -> None:
        product = HeardProduct(id=f"product-{n:03d}", name=f"Sản phẩm {n}")
        data = DossierWithdrawn(to=to, attempt=attempt, product=product)
        heard = received(data, f"dossier-{n:03d}", 2, speaker, "dossier")
        await take_back(heard, self.process.recognitions, regulations())

    def spoken(self, kind: str = "") -> list[tuple[str, Outgoing]]:
        """Every event in every outbox whose type holds ``kind``, with its subject, in order per subject."""
        return [
            (id, Outgoing.stored(entry))
            for id, raw in sorted(self.database.documents.items())
            for entry in raw["outbox"]
            if kind in entry["type"]
        ]

    async def deliver(self, process: Process | None = None) -> None:
        """Let every issued decision be heard by the service itself."""
        process = process or self.process
        for subject, event in self.spoken("recognition.decided"):
            authority = subject.split("/")[1]
            data = DecisionHeard.model_validate_json(event.data)
            heard = received(data, subject, event.sequence, authority, "certification")
            await announce_results(heard, process.recognitions, regulations())

    async def turn(self, **by: float) -> None:
        """Let time pass."""
        self.clock.turn(timedelta(**by))

    async def ring(self) -> None:
        """Ring every certificate's timer that is due now."""
        ring, now = ringing(regulations().ladder), self.clock()
        for id in await self.process.recognitions.due(now, 1_000):
            await self.process.recognitions.change(id, lambda held: ring(held, now))

    def recognition_id(self, n: int, authority: str = PROVINCE) -> str:
        return named(authority, f"product-{n:03d}")

    def states(self) -> list[str]:
        """The state of every result."""
        return sorted(
            result["state"]
            for raw in self.database.documents.values()
            if raw["kind"] == "Recognition"
            for result in raw["results"]
        )


def received(data: Heard, subject: str, sequence: int, speaker: str, service: str) -> Received[Any]:
    """``data`` as a handler gets it."""
    return Received(
        data=data,
        type=data.TYPE,
        id=f"{subject}.{sequence}",
        source=f"/authorities/{speaker}/{service}",
        authority=speaker,
        addressee=data.addressed_to(speaker)[0],
        subject=subject,
        sequence=sequence,
        time=SCORED,
        correlation_id="correlation-1",
        traceparent="",
    )


def decision(
    *evaluations: str, number: str = "123", stars: int = 3, decided_on: str = DECIDED_ON, **changed: Any
) -> dict[str, Any]:
    """A decision that recognises these results."""
    body = {
        "number": number,
        "decided_on": decided_on,
        "signer": SIGNER,
        "items": [{"evaluation_id": id, "outcome": "recognised", "stars": stars} for id in evaluations],
    }
    return body | changed


def handover(*numbers: str, on: date = date(2026, 11, 21), place: str = "Tam Điệp") -> dict[str, Any]:
    return {"numbers": list(numbers), "handed_over_on": on.isoformat(), "place": place}


async def certified(office: Office, *products: int, number: str = "123", decided_on: str = "2026-11-20") -> list[str]:
    """Certificates of these products; their numbers."""
    ids = [await office.score(n) for n in products]
    answer = await office.process.post("chair", "/decisions", decision(*ids, number=number, decided_on=decided_on))
    assert answer.status_code == 201, answer.text
    await office.deliver()
    return [one["number"] for one in answer.json()["certificates"]]


def act(*certificates: str, number: str = "500", on: str = "2026-11-21", **more: Any) -> dict[str, Any]:
    return {"number": number, "decided_on": on, "signer": SIGNER, "certificates": list(certificates)} | more


def revocation(*certificates: str, number: str = "500", **more: Any) -> dict[str, Any]:
    return act(*certificates, number=number, **{"ground": "production_ended"} | more)


async def file_again(office: Office, n: int, sequence: int = 3) -> None:
    """A dossier for the re-evaluation of product ``n`` lies before the council."""
    product = HeardProduct(id=f"product-{n:03d}", name=f"Sản phẩm {n}")
    data = DossierSubmitted(to=PROVINCE, attempt=1, product=product, case_kind="re_evaluation")
    event = received(data, f"dossier-again-{n:03d}", sequence, PROVINCE, "dossier")
    await record_filing(event, office.process.recognitions, regulations())

"""An office for the tests: the API of dossier on a store in memory, and people who hold appointments."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
from obstore.store import MemoryStore

from services.dossier.catalogue import ProductSets, load
from services.dossier.certificates import Certificates
from services.dossier.domain.regulation import Regulation
from services.dossier.handlers import HANDLERS
from services.dossier.routes import (
    Moving,
    Reach,
    agency_routes,
    bulk_routes,
    commune_routes,
    contact_routes,
    criteria_routes,
    deadline_routes,
    dossier_routes,
    evidence_routes,
    form_routes,
    funnel_routes,
    idea_routes,
    import_routes,
    list_routes,
    owner_routes,
    place_routes,
    plan_routes,
    potential_routes,
    product_routes,
    supplement_routes,
    year_routes,
)
from services.dossier.store import (
    Dossiers,
    Guidances,
    Ideas,
    Numbers,
    Owners,
    Plans,
    PotentialProducts,
    PriorRecognitions,
    Products,
    YearRegistrations,
)
from services.dossier.timers import ringing
from shared.clock import midnight
from shared.collection import Collection
from shared.delivery import bind
from shared.document import Heard
from shared.files.store import Files
from shared.http import create_app, fresh_id
from shared.memory import MemoryPort
from shared.timers import ClockGuard, ring_once
from tests.services.dossier.builders import ANSWERS, REGULATION, heard
from tests.shared.cups import RelayHeard
from tests.shared.signing import Hands, claims, gate, sign

OWNER = {"name": "HTX Quang Sơn", "kind": "cooperative", "commune": "14362", "email": "htx@vidu.vn", "language": "vi"}
PRODUCT = {"owner_id": "htx-1", "name": "Dứa sấy dẻo", "product_set": "processed-produce", "commune": "14362"}
PACKAGE = {
    name: {"number": "12/BC", "on": "2026-11-20"}
    for name in ("letter", "approval_decision", "advisory_report", "council_report")
}
FORM_03: dict[str, Any] = {
    "contents": [
        {"content": content, "met": True, "remark": "Đạt yêu cầu."}
        for content in ("local_origin", "local_labour", "idea_origin", "local_identity")
    ],
    "letter": {"number": "45/TTr-UBND", "on": "2026-11-21"},
    "samples": 5,
}
STEPS: tuple[tuple[str, str, str, Any], ...] = (
    ("lodged", "owner", "lodging", None),
    ("received", "commune_officer", "receipt", {"samples": 5}),
    ("proposed", "commune_officer", "assessment", FORM_03),
    ("registered", "agency", "registration", None),
)
SETS = load()


class Office:
    """Dossier for provinces 37 and 38, all in memory, files included."""

    def __init__(
        self, regulation: Regulation = REGULATION, starts: date | None = None, sets: ProductSets = SETS
    ) -> None:
        self.port = MemoryPort()
        self.bucket = MemoryStore()
        self.relay = RelayHeard()
        self.clock = Hands()
        if starts is not None:
            self.clock.turn(midnight(starts) + timedelta(hours=8) - self.clock())
        collection = Collection(self.port, self.relay, clock=self.clock, new_correlation=fresh_id)
        self.owners, self.products, self.dossiers = Owners(collection), Products(collection), Dossiers(collection)
        self.numbers = Numbers(collection)
        registrations, plans = YearRegistrations(collection), Plans(collection)
        ideas, potentials = Ideas(collection), PotentialProducts(collection)
        self.priors = PriorRecognitions(collection)
        certificates = Certificates(self.dossiers, self.priors)
        files = Files("memory://", lambda _: self.bucket)
        reach = Reach(self.owners, self.dossiers, self.clock)
        moving = Moving(self.dossiers, self.numbers, regulation, self.clock)
        self.app = create_app(
            "dossier",
            "1",
            [
                owner_routes(self.owners, regulation.places, self.clock),
                contact_routes(self.owners),
                product_routes(self.owners, self.products, certificates, SETS, regulation.places, self.clock),
                dossier_routes(self.products, certificates, sets, moving, reach),
                criteria_routes(self.dossiers, Guidances(collection), SETS, reach),
                evidence_routes(self.dossiers, files, SETS, regulation, reach),
                form_routes(self.owners, self.dossiers, SETS, regulation.places, reach),
                list_routes(self.owners, self.products, self.dossiers, SETS),
                import_routes(self.owners, self.products, SETS, regulation.places, self.clock),
                bulk_routes(moving),
                commune_routes(moving, SETS),
                supplement_routes(moving),
                agency_routes(moving),
                deadline_routes(moving),
                funnel_routes(self.products, self.dossiers, registrations, SETS),
                year_routes(registrations, self.products, certificates, self.clock),
                plan_routes(plans, self.dossiers, self.clock),
                idea_routes(ideas, self.owners, self.products, certificates, SETS, regulation.places, self.clock),
                place_routes(self.owners, self.products, self.priors, ideas, potentials, registrations, moving),
                potential_routes(potentials, self.owners, SETS, regulation.places, self.clock),
            ],
            gate=gate("37", "38"),
        )
        self._guard = ClockGuard(collection, self.clock, "37")
        self._ring = ringing(regulation)
        self._handlers = bind(
            HANDLERS,
            dossiers=self.dossiers,
            priors=self.priors,
            products=self.products,
            regulation=regulation,
        )

    def as_(self, role: str, *, authority: str = "37", language: str = "en", **limits: str) -> "Asker":
        """Somebody in ``role``; an owner is htx-1 unless ``organisation`` says otherwise."""
        if role == "owner":
            limits = {"organisation": "htx-1"} | limits
        appointment = {"id": role, "role": role, "authority": authority, "from": "2026-01-01"} | limits
        return Asker(self.app, sign(claims(appointment, sub="-".join([role, *limits.values()]))), role, language)

    async def hear(self, data: Heard, **envelope: Any) -> None:
        """``data`` as delivery would bring it."""
        await self._handlers[type(data)](heard(data, **envelope))

    async def on(self, day: date) -> None:
        """Puts the clock to eight in the morning of ``day``, and lets the timer ring for each day on the way."""
        while self.clock() < midnight(day):
            self.clock.turn(timedelta(days=1))
            await ring_once(self.dossiers, self._ring, self._guard)
        self.clock.turn(midnight(day) + timedelta(hours=8) - self.clock())
        await ring_once(self.dossiers, self._ring, self._guard)

    async def product(self, **changed: Any) -> str:
        """A registered product of the owner; its id."""
        owner = self.as_("owner", organisation=changed.get("owner_id", "htx-1"))
        await owner.post("/owners", OWNER)
        made: str = (await owner.post("/products", PRODUCT | changed)).json()["id"]
        return made

    async def dossier(self, case_kind: str = "first", **changed: Any) -> str:
        """A complete draft for a new product; its id."""
        product_id = await self.product(**changed)
        owner = self.as_("owner", organisation=changed.get("owner_id", "htx-1"))
        new = {"product_id": product_id, "case_kind": case_kind, "form": ANSWERS}
        made: str = (await owner.post("/dossiers", new)).json()["id"]
        return made

    async def moved_to(self, step: str, **changed: Any) -> str:
        """A dossier that has come so far through the offices; its id."""
        id = await self.dossier(**changed)
        await self.moved(id, step)
        return id

    async def moved(self, id: str, step: str) -> None:
        """Takes a complete draft through the offices up to ``step``."""
        for name, role, path, body in STEPS:
            answer = await self.as_(role).post(f"/dossiers/{id}/{path}", body)
            assert answer.status_code == 200, answer.text
            if name == step:
                break

    async def submitted(self, case_kind: str = "first", **changed: Any) -> str:
        """A submitted dossier; its id."""
        id = await self.dossier(case_kind, **changed)
        await self.as_("agency").post(f"/dossiers/{id}/submission")
        return id

    def spoken(self, id: str) -> list[dict[str, Any]]:
        """The events in the outbox of a dossier, oldest first."""
        return [dict(entry) for entry in self.port.documents[id]["outbox"]]


class Asker:
    """Somebody with a token and an appointment."""

    def __init__(self, app: Any, token: str, appointment: str, language: str) -> None:
        self._app = app
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Ocop-Appointment": appointment,
            "Accept-Language": language,
        }

    async def ask(self, method: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dossier", headers=headers) as client:
            if body is None:
                return await client.request(method, path)
            return await client.request(method, path, json=body)

    async def post(self, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        return await self.ask("POST", path, body, key)

    async def patch(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        return await self.ask("PATCH", path, body, key)

    async def get(self, path: str) -> httpx.Response:
        return await self.ask("GET", path)

    async def send(
        self,
        path: str,
        content: bytes | AsyncIterator[bytes],
        headers: dict[str, str] | None = None,
        method: str = "PUT",
    ) -> httpx.Response:
        """Sends a file as it is."""
        transport = httpx.ASGITransport(self._app)
        given = self._headers | (headers or {})
        async with httpx.AsyncClient(transport=transport, base_url="http://dossier", headers=given) as client:
            return await client.request(method, path, content=content)


def refused(answer: httpx.Response, status: int, type: str) -> list[str]:
    """Asserts what kind of problem it is; the places it names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{type}"), answer.text
    assert problem["detail"]
    return [flaw["pointer"] for flaw in problem.get("errors", [])]

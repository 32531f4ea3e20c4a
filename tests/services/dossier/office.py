"""An office for the tests: the API of dossier on a store in memory, and people who hold appointments."""

from typing import Any

import httpx

from services.dossier.catalogue import load
from services.dossier.handlers import HANDLERS
from services.dossier.routes import contact_routes, dossier_routes, funnel_routes, owner_routes, product_routes
from services.dossier.store import Dossiers, Owners, Products
from shared.delivery import bind
from shared.document import Heard
from shared.http import create_app, fresh_id
from shared.memory import MemoryPort
from shared.store import Collection
from tests.services.dossier.builders import ANSWERS, heard
from tests.shared.cups import RelayHeard
from tests.shared.signing import Hands, claims, gate, sign

OWNER = {"name": "HTX Quang Sơn", "kind": "cooperative", "commune": "14362", "email": "htx@vidu.vn", "language": "vi"}
PRODUCT = {"owner_id": "htx-1", "name": "Dứa sấy dẻo", "product_set": "processed-produce", "commune": "14362"}
SETS = load()


class Office:
    """Dossier for provinces 37 and 38, all in memory."""

    def __init__(self) -> None:
        self.port = MemoryPort()
        self.relay = RelayHeard()
        self.clock = Hands()
        collection = Collection(self.port, self.relay, clock=self.clock, new_correlation=fresh_id)
        self.owners, self.products, self.dossiers = Owners(collection), Products(collection), Dossiers(collection)
        self.app = create_app(
            "dossier",
            "1",
            [
                owner_routes(self.owners),
                contact_routes(self.owners),
                product_routes(self.owners, self.products, SETS, self.clock),
                dossier_routes(self.products, self.dossiers, self.clock),
                funnel_routes(self.products, self.dossiers, SETS),
            ],
            gate=gate("37", "38"),
        )
        self._handlers = bind(HANDLERS, dossiers=self.dossiers)

    def as_(self, role: str, *, authority: str = "37", language: str = "en", **limits: str) -> "Asker":
        """Somebody in ``role``; an owner is htx-1 unless ``organisation`` says otherwise."""
        if role == "owner":
            limits = {"organisation": "htx-1"} | limits
        appointment = {"id": role, "role": role, "authority": authority, "from": "2026-01-01"} | limits
        return Asker(self.app, sign(claims(appointment, sub="-".join([role, *limits.values()]))), role, language)

    async def hear(self, data: Heard, **envelope: Any) -> None:
        """``data`` as delivery would bring it."""
        await self._handlers[type(data)](heard(data, **envelope))

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


def refused(answer: httpx.Response, status: int, type: str) -> list[str]:
    """Asserts what kind of problem it is; the places it names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{type}"), answer.text
    assert problem["detail"]
    return [flaw["pointer"] for flaw in problem.get("errors", [])]

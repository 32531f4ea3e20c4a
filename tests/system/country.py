"""Four real services on a Kafka and a MongoDB of their own, and the people of a province who speak to them."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import AsyncMongoClient

from deploy.local.bus import Bus
from deploy.local.stack import Stack
from deploy.ocop.issuer import issue
from services.scoring.domain.evaluation import evaluation_id
from shared.clock import day, system_clock
from shared.envelope import Outgoing, topic
from shared.identity import APPOINTMENT
from shared.tokens import Appointment
from tests.services.scoring.builders import sheet, with_total

SERVICES = {
    "dossier": "dossiers",
    "scoring": "evaluations",
    "certification": "certificates",
    "notification": "notifications",
}
"""Each service and its collection."""
HOME = "37"
NEIGHBOUR = "48"
AUTHORITIES = ("00", HOME, NEIGHBOUR)
COMMUNE = "14362"
SET = "rice-grains"
PATIENCE = 90.0
"""Seconds a test waits for what must come."""

FORM = {
    "description": "Gạo nếp hương.",
    "material_origin": "Lúa của 40 hộ trong xã.",
    "local_labour": "12 lao động trong xã.",
    "idea_origin": "Chủ thể tự phát triển.",
    "local_identity": "Giống lúa cũ của vùng.",
    "evidence": ["business_registration", "test_results"],
}
COUNCIL = {
    "decision": "12/QĐ-UBND",
    "since": "2020-01-01",
    "members": [
        {"person": "council_chair", "seat": "chair"},
        {"person": "council_member", "seat": "member"},
        {"person": "council_secretary", "seat": "secretary"},
        {"person": "advisory_group", "seat": "advisory"},
    ],
}
"""A council whose people are named for their roles."""


class Case(NamedTuple):
    """A dossier and what it belongs to."""

    owner: str
    product: str
    dossier: str


class Country:
    """The system under test: the stack that ``make run`` starts, left alone by its watcher."""

    def __init__(self, folder: Path, jars: Path, environment: Mapping[str, str]) -> None:
        self.stack = Stack(folder, AUTHORITIES, jars=jars, environment=environment, keep_up=False, usual_ports=False)
        self.urls: Mapping[str, str] = {}
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)
        self._tokens: dict[tuple[str, ...], str] = {}

    @property
    def admin(self) -> Bus:
        """Kafka as its super user: a reader and speaker outside every deployment."""
        return self.stack.admin

    async def up(self) -> None:
        self.urls = (await self.stack.up()).services

    async def down(self) -> None:
        await self.stack.down()
        await self._http.aclose()

    async def mend(self) -> None:
        """Start or wake whatever does not run."""
        for name, member in self.stack.members.items():
            if member.process.paused:
                self.stack.resume(name)
            elif not member.process.running:
                await self.stack.start(name)

    # What a process says of itself.

    async def is_ready(self, service: str) -> bool:
        try:
            return (await self._http.get(self.urls[service] + "/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def is_alive(self, service: str) -> bool:
        return (await self._http.get(self.urls[service] + "/live")).status_code == 200

    async def troubles(self, service: str) -> list[str]:
        """Why the service says that it is not ready; empty when it says that it is."""
        answer = await self._http.get(self.urls[service] + "/ready")
        told: list[str] = answer.json()["troubles"]
        assert (answer.status_code == 200) or told, "a service that is not ready says why"
        return told if answer.status_code == 503 else []

    async def all_ready(self) -> None:
        async def ready() -> bool:
            return all([await self.is_ready(name) for name in SERVICES])

        await eventually(ready, "every service is ready", PATIENCE)

    async def metrics(self, service: str) -> str:
        return (await self._http.get(self.urls[service] + "/metrics")).text

    def log_lines(self, service: str, since: int = 0) -> list[str]:
        return self.stack.members[service].process.log.read_text(errors="replace").splitlines()[since:]

    # People.

    def headers(self, role: str, authority: str = HOME, person: str = "", **appointment: str) -> dict[str, str]:
        """The headers of somebody who holds one appointment."""
        who = (person or role, role, authority, *sorted(f"{k}={v}" for k, v in appointment.items()))
        if who not in self._tokens:
            held = _appointment(role, authority, **appointment)
            self._tokens[who] = issue(self.stack.addresses.issuer, person or role, [held])
        return {
            "Authorization": f"Bearer {self._tokens[who]}",
            APPOINTMENT: f"{role}-{authority}",
            "Accept-Language": "en",
        }

    async def ask(
        self,
        method: str,
        service: str,
        path: str,
        role: str = "agency",
        *,
        authority: str = HOME,
        person: str = "",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> httpx.Response:
        """One request by one person, whatever the answer."""
        carried = self.headers(role, authority, person) | dict(headers or {})
        if key is not None:
            carried["Idempotency-Key"] = key
        return await self._http.request(method, self.urls[service] + path, headers=carried, **sent)

    async def raw(
        self, method: str, service: str, path: str, headers: Mapping[str, bytes], **sent: Any
    ) -> httpx.Response:
        """A request with exactly these headers."""
        return await self._http.request(
            method,
            self.urls[service] + path,
            headers=[(name.encode(), value) for name, value in headers.items()],
            **sent,
        )

    async def tell(self, service: str, path: str, body: object, role: str = "agency", **how: Any) -> dict[str, Any]:
        """A command that is done."""
        answer = await self.ask("POST", service, path, role, json=body, **how)
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told

    async def read(self, service: str, path: str, role: str = "agency", **how: Any) -> dict[str, Any]:
        """What is to be seen at ``path``."""
        answer = await self.ask("GET", service, path, role, **how)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        seen: dict[str, Any] = answer.json()
        return seen

    # What people do.

    async def draft(self, name: str = "Gạo nếp hương", *, authority: str = HOME) -> Case:
        """Register an owner and a product, and open its dossier, complete but not submitted."""
        owner = await self.tell(
            "dossier",
            "/owners",
            {
                "name": f"Hợp tác xã {uuid.uuid4().hex[:6]}",
                "kind": "cooperative",
                "commune": COMMUNE,
                "email": "htx@vidu.vn",
                "language": "vi",
            },
            authority=authority,
        )
        product = await self.tell(
            "dossier",
            "/products",
            {"owner_id": owner["id"], "name": name, "product_set": SET, "commune": COMMUNE},
            authority=authority,
        )
        dossier = await self.tell(
            "dossier",
            "/dossiers",
            {"product_id": product["id"], "case_kind": "first", "form": FORM},
            authority=authority,
        )
        return Case(owner["id"], product["id"], dossier["id"])

    async def submit(self, case: Case, *, authority: str = HOME, **how: Any) -> None:
        await self.tell("dossier", f"/dossiers/{case.dossier}/submission", {}, authority=authority, **how)

    async def evaluation_of(self, case: Case, *, authority: str = HOME) -> dict[str, Any]:
        """The evaluation of the dossier, once scoring has opened it."""

        async def find() -> dict[str, Any] | None:
            after = ""
            while True:
                path = f"/evaluations?limit=200{after and '&after=' + after}"
                page = await self.read("scoring", path, "council_chair", authority=authority)
                for one in page["items"]:
                    if one["dossier_id"] == case.dossier:
                        found: dict[str, Any] = one
                        return found
                if not (after := page["next"] or ""):
                    return None

        found: dict[str, Any] = await eventually(find, f"the evaluation of {case.dossier} is open")
        return found

    async def evaluated(self, dossier: str, version: int) -> None:
        """Wait until the evaluation of a dossier stands on this version of its file."""
        path = f"/evaluations/{evaluation_id(dossier, HOME, 1)}"

        async def there() -> bool:
            answer = await self.ask("GET", "scoring", path, "council_chair")
            return answer.status_code == 200 and answer.json()["evaluation"]["manifest_version"] >= version

        await eventually(there, f"version {version} of {dossier} is evaluated")

    async def score(self, evaluation: Mapping[str, Any], points: int = 60, *, authority: str = HOME) -> str:
        """A council of two signs sheets of so many points in a session of its own and finalises; the session's id."""
        at: dict[str, Any] = {"authority": authority}
        path, run = f"/evaluations/{evaluation['id']}", "council_secretary"
        await self.tell("scoring", "/councils", COUNCIL, **at)
        body: dict[str, Any] = {"round": 2, "on": day(system_clock()).isoformat(), "agenda": [evaluation["id"]]}
        session = str((await self.tell("scoring", "/sessions", body, run, **at))["id"])
        present = {"present": ["council_chair", "council_member"]}
        await self.tell("scoring", f"/sessions/{session}/attendance", present, run, **at)
        ticked = {"sheet_hash": evaluation["sheet_hash"], "ticks": with_total(sheet(SET), points)}
        for role in present["present"]:
            await self.tell("scoring", f"{path}/sheets", ticked, role, **at)
        await self.tell("scoring", f"{path}/blind-phase/closing", {}, "council_chair", **at)
        await self.tell("scoring", f"/sessions/{session}/closing", {"minutes": "12/BB-HĐ"}, run, **at)
        await self.tell("scoring", f"{path}/finalisation", {}, "council_chair", **at)
        return session

    async def state_of(self, case: Case, *, authority: str = HOME) -> str:
        return str((await self.read("dossier", f"/dossiers/{case.dossier}", authority=authority))["state"])

    async def reaches(self, case: Case, state: str, *, within: float = PATIENCE) -> None:
        """Wait until the dossier is in ``state``."""

        async def there() -> bool:
            return await self.state_of(case) == state

        await eventually(there, f"dossier {case.dossier} is {state}", within)

    # Kafka and MongoDB themselves.

    async def produce(
        self,
        name: str,
        headers: Sequence[tuple[str, bytes | None]],
        value: bytes | None,
        *,
        key: bytes | None,
        bus: Bus | None = None,
    ) -> None:
        """Any record at all, on the first partition of any topic."""
        producer = AIOKafkaProducer(**(bus or self.admin).aiokafka())
        await producer.start()
        try:
            await producer.send_and_wait(name, value, key=key, headers=list(headers), partition=0)
        finally:
            await producer.stop()

    async def speak(self, *events: "Said") -> None:
        """Events as another service would say them, all on one partition, in this order."""
        for event in events:
            headers, value = event.record()
            await self.produce(topic(event.authority, event.stream), headers, value, key=event.subject.encode())

    async def records(self, authority: str, stream: str) -> list[Any]:
        """Everything on a topic, in order within each partition."""
        name = topic(authority, stream)
        consumer = AIOKafkaConsumer(**self.admin.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(name, number) for number in (0, 1)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            found: list[Any] = []
            for place in places:
                while await consumer.position(place) < ends[place]:
                    for batch in (await consumer.getmany(place, timeout_ms=200)).values():
                        found.extend(batch)
            return found
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def collection(self, service: str) -> AsyncIterator[Any]:
        """The service's collection, for a look from outside."""
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self.stack.mongo_url)
        async with client:
            yield client[f"ocop_{service}"][SERVICES[service]]

    async def lane(self, service: str, id: str, events: int, *, authority: str = HOME) -> dict[str, Any]:
        """A parked lane, once so many events wait in it."""

        async def find() -> dict[str, Any] | None:
            page = await self.read(service, "/operations/parked?limit=200", "operator", authority=authority)
            for lane in page["items"]:
                if lane["id"] == id and len(lane["events"]) >= events:
                    found: dict[str, Any] = lane
                    return found
            return None

        found: dict[str, Any] = await eventually(find, f"{events} events wait in {id}")
        return found


class Said(NamedTuple):
    """An event that a test puts on a topic in a service's name.

    ``headers`` replace those of a good event, or take one away (None); ``body`` replaces the data.
    """

    type: str
    stream: str
    service: str
    subject: str
    sequence: int
    data: Mapping[str, object]
    authority: str = HOME
    headers: Mapping[str, bytes | None] = {}
    body: tuple[bytes | None] | None = None

    def record(self) -> tuple[list[tuple[str, bytes | None]], bytes | None]:
        value = json.dumps(self.data).encode()
        event = Outgoing(self.sequence, self.type, self.stream, system_clock(), value, "correlation-test", "", "")
        headers = event.headers(f"/authorities/{self.authority}/{self.service}", self.subject)
        kept = [(name, raw) for name, raw in headers if name not in self.headers]
        given = [(name, raw) for name, raw in self.headers.items() if raw is not None]
        return [*given, *kept], value if self.body is None else self.body[0]


def submitted(dossier: str, sequence: int = 1, *, authority: str = HOME, **changed: object) -> Said:
    """``DossierSubmitted`` of a dossier that only this event knows."""
    data: dict[str, object] = {
        "to": authority,
        "attempt": 1,
        "product": {"id": f"product-{dossier}", "name": "Gạo nếp hương"},
        "owner_id": "owner-nobody-knows",
        "commune": COMMUNE,
        "product_set": SET,
        "case_kind": "first",
        "manifest_version": sequence,
        "manifest_hash": f"{sequence:064x}",
        "received_on": "2026-11-01",
    }
    return Said("vn.ocop.dossier.submitted.v1", "dossiers", "dossier", dossier, sequence, data | changed, authority)


def _appointment(role: str, authority: str, **limits: str) -> Appointment:
    held = {"id": f"{role}-{authority}", "role": role, "authority": authority, "from": "2020-01-01"}
    if role == "owner":
        held["organisation"] = "htx-1"
    return Appointment.model_validate(held | limits)


async def eventually(look: Callable[[], Awaitable[Any]], what: str, within: float = PATIENCE) -> Any:
    """What ``look`` finds, once it finds something."""
    end = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < end, f"within {within:.0f} s it did not come about that {what}"
        await asyncio.sleep(0.1)
    return found

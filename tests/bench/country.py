"""The country at the end of the year: a scoring service for every province, dossiers in Kafka, councils in session."""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from aiokafka import AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.stack import Stack
from deploy.ocop.issuer import issue
from services.scoring.domain.evaluation import evaluation_id
from services.scoring.events.heard import DossierSubmitted, NamedProduct
from shared.envelope import Outgoing, topic
from shared.tokens import Appointment
from tests.bench.asker import Asker
from tests.bench.stage import ROOT, Stage
from tests.bench.work import NOW
from tests.services.scoring.builders import loaded, with_total
from tests.services.scoring.builders import sheet as sheet_of

PROVINCES = tuple(f"{n:02d}" for n in range(1, 35))
MEMBERS = 10
SET = "rice-grains"
SHEET_HASH = loaded().books["26-2026"].sheets[SET].hash
_DOSSIERS = UUID("1b1a6f6e-2d9e-4b52-8d3b-3f6c5a6d2f10")


class Member(NamedTuple):
    """One member of one province's council, and the body of the sheet they sign for every product."""

    person: str
    province: str
    token: str
    ticks: dict[str, str | None]

    def asker(self, url: str) -> Asker:
        return Asker(url, self.token, "member")

    def sheet(self, **more: str) -> bytes:
        return json.dumps({**more, "sheet_hash": SHEET_HASH, "ticks": self.ticks}).encode()


class Country:
    """Every province on one stack."""

    def __init__(self, stage: Stage, stack: Stack) -> None:
        self.stage, self.stack = stage, stack
        self.evaluations: Any = AsyncIOMotorClient(stage.mongo.url)["ocop_scoring"]["evaluations"]
        self._numbers = itertools.count()
        self._days = itertools.count(1)
        marks = [with_total(sheet_of(SET), points) for points in (90, 88, 86)]
        self.members = [
            Member(
                f"m{n}-{province}", province, self._token(f"m{n}-{province}", "council_member", province), marks[n % 3]
            )
            for province in PROVINCES
            for n in range(1, MEMBERS + 1)
        ]

    def url(self, member: str) -> str:
        return f"http://127.0.0.1:{self.stack.members[member].part.port}"

    def pid(self, member: str) -> int:
        pid = self.stack.members[member].process.pid
        assert pid is not None
        return pid

    async def submit(self, counts: dict[str, int], batch: int = 2_000) -> dict[str, list[str]]:
        """Dossiers put into Kafka, as many as said for each province, in turns; the evaluations they open."""
        opened: dict[str, list[str]] = {province: [] for province in counts}
        producer = AIOKafkaProducer(bootstrap_servers=self.stage.kafka.servers, enable_idempotence=True, linger_ms=5)
        await producer.start()
        sends: list[asyncio.Future[Any]] = []
        for turn in range(max(counts.values())):
            for province in (one for one, count in counts.items() if turn < count):
                id, record = self.submission(province)
                opened[province].append(id)
                sends.append(await producer.send(**record))
            if len(sends) >= batch:
                await asyncio.gather(*sends)
                sends.clear()
        await asyncio.gather(*sends)
        await producer.stop()
        return opened

    def submission(self, province: str) -> tuple[str, dict[str, Any]]:
        """A dossier that nobody has submitted yet, as record; and the evaluation it will open."""
        number = next(self._numbers)
        dossier = str(uuid5(_DOSSIERS, str(number)))
        data = DossierSubmitted(
            to=province,
            attempt=1,
            product=NamedProduct(id=f"product-{number}", name=f"Gạo nếp số {number}"),
            owner_id=f"owner-{number % 997}",
            commune="14371",
            product_set=SET,
            case_kind="first",
            manifest_version=1,
            manifest_hash=f"{number:064x}",
            received_on=date(2026, 9, 1),
        )
        value = data.model_dump_json().encode()
        event = Outgoing(1, DossierSubmitted.TYPE, DossierSubmitted.STREAM, NOW, value, "c", "", "")
        return evaluation_id(dossier, province, 1), {
            "topic": topic(province, DossierSubmitted.STREAM),
            "value": value,
            "key": dossier.encode(),
            "headers": event.headers(f"/authorities/{province}/dossier", dossier),
        }

    async def opened(self) -> int:
        """How many evaluations there are."""
        return int(await self.evaluations.count_documents({"kind": "Evaluation"}))

    async def convene(self, agendas: dict[str, list[str]], url: str) -> None:
        """A session in every province, with its whole council there for every product."""
        day = f"2026-01-{next(self._days):02d}"
        await asyncio.gather(*(self._session(url, province, agenda, day) for province, agenda in agendas.items()))

    async def _session(self, url: str, province: str, agenda: Sequence[str], since: str) -> None:
        persons = [one.person for one in self.members if one.province == province]
        seats = {person: "chair" if n == 0 else "member" for n, person in enumerate(persons)} | {
            "secretary": "secretary"
        }
        council = [{"person": person, "seat": seat} for person, seat in seats.items()]
        body: dict[str, Any] = {"decision": since, "since": since, "members": council}
        await self._told(url, "agency", province, "/councils", body)
        scheduling = {"round": 2, "on": "2026-10-01", "agenda": agenda}
        session = await self._told(url, "council_secretary", province, "/sessions", scheduling)
        assert all(item["refused"] is None for item in session["items"]["items"]), session["items"]["items"][:2]
        attending = {"present": persons}
        await self._told(url, "council_secretary", province, f"/sessions/{session['id']}/attendance", attending)

    async def _told(self, url: str, role: str, province: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        person = "secretary" if role == "council_secretary" else role
        asker = Asker(url, self._token(person, role, province), "member")
        answer = await asker.post(path, json.dumps(body).encode(), uuid4().hex)
        asker.close()
        assert answer.status in (200, 201), answer.body.decode()
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def _token(self, person: str, role: str, province: str) -> str:
        post = Appointment.model_validate(
            {"id": "member", "role": role, "authority": province, "from": date(2026, 1, 1)}
        )
        return issue(self.stack.addresses.issuer, person, [post])


@asynccontextmanager
async def country(stage: Stage) -> AsyncIterator[Country]:
    """The provinces on the stage's Kafka and MongoDB, with one scoring process that answers over HTTP."""
    with TemporaryDirectory(prefix="ocop-peak-") as folder:
        environment = os.environ | {
            "OCOP_KAFKA": stage.kafka.servers,
            "OCOP_MONGO_URL": stage.mongo.url,
            "OCOP_LOG_LEVEL": "warning",
        }
        stack = Stack(
            Path(folder),
            [*PROVINCES, "00"],
            ["scoring-api"],
            keep_up=False,
            usual_ports=False,
            jars=ROOT / ".local/kafka",
            environment=environment,
        )
        await stack.up()
        try:
            yield Country(stage, stack)
        finally:
            await stack.down()

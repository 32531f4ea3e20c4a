"""Certification on the real Kafka and MongoDB: scores come in as events, certificates go out, warn and end once."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI

from deploy.local.bus import Bus
from deploy.local.ports import answers, choose_port
from deploy.local.processes import Process
from deploy.ocop.issuer import issue
from services.certification.main import SERVICE, CertificationSettings
from shared.clock import day
from shared.envelope import Outgoing, topic
from shared.service import application
from shared.tokens import Appointment
from tests.services.stand import say, settings

PROVINCE = "51"
"""An authority no other test uses, so that its topics hold only what this file says."""
As = Callable[[str], httpx.AsyncClient]
Speak = Callable[[int, int], Awaitable[str]]


@pytest_asyncio.fixture
async def bus(make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]) -> Bus:
    await make_topics(PROVINCE, "00")
    return await deployment(PROVINCE)


@pytest.fixture
def configured(bus: Bus, mongo_url: str, database: str, tmp_path: Path) -> CertificationSettings:
    return settings(CertificationSettings, bus, PROVINCE, mongo_url, database, tmp_path, clock_file=tmp_path / "clock")


@pytest_asyncio.fixture
async def service(configured: CertificationSettings) -> AsyncIterator[FastAPI]:
    """The whole service, and a second worker beside it, so that there are two schedulers."""
    app, worker = application(SERVICE, configured), application(SERVICE, configured, "worker")
    async with app.router.lifespan_context(app), worker.router.lifespan_context(worker):
        yield app


@pytest_asyncio.fixture
async def speak(bus: Bus) -> AsyncIterator[Speak]:
    """Speaks a final score as the scoring service of the province would; gives the evaluation's id."""
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()

    async def score(n: int, stars: int) -> str:
        evaluation = f"5e0c0000-0000-4000-8000-{n:012d}"
        data = {
            "province": PROVINCE,
            "dossier_id": f"dossier-{n}",
            "attempt": 1,
            "product": {"id": f"product-{n}", "name": f"Sản phẩm {n}"},
            "owner_id": "owner-1",
            "commune": "21001",
            "product_set": "white-spirit",
            "case_kind": "first",
            "stars": stars,
            "failed_minimums": [],
            "rule_set": "26-2026",
        }
        for _ in range(2):
            await say(
                producer,
                PROVINCE,
                "scoring",
                evaluation,
                data,
                type="vn.ocop.score.finalized.v1",
                stream="scores",
                sequence=2,
            )
        return evaluation

    yield score
    await producer.stop()


@pytest_asyncio.fixture
async def take_back(bus: Bus) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Says that the owner of a product takes its dossier back."""
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()

    async def withdrawn(n: int) -> None:
        data = {
            "to": PROVINCE,
            "attempt": 1,
            "product": {"id": f"product-{n}", "name": f"Sản phẩm {n}"},
            "owner_id": "owner-1",
            "reason": "other",
            "withdrawn_on": "2026-11-20",
        }
        await say(
            producer,
            PROVINCE,
            "dossier",
            f"dossier-{n}",
            data,
            type="vn.ocop.dossier.withdrawn.v1",
            stream="dossiers",
            sequence=2,
        )

    yield withdrawn
    await producer.stop()


@pytest.fixture
def as_(service: FastAPI, tmp_path: Path) -> As:
    """A client that speaks as a person in a role of the province."""

    def client(role: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(service)
        return httpx.AsyncClient(
            transport=transport, base_url="http://certification", headers=signed_in(tmp_path, role, role)
        )

    return client


def signed_in(folder: Path, who: str, role: str) -> dict[str, str]:
    """The headers of a person who holds that role in the province."""
    held = Appointment.model_validate({"id": role, "role": role, "authority": PROVINCE, "from": "2020-01-01"})
    return {"Authorization": f"Bearer {issue(folder / 'issuer', who, (held,))}", "Ocop-Appointment": role}


async def get(client: httpx.AsyncClient, path: str) -> Any:
    async with client:
        return (await client.get(path)).json()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


async def spoken(bus: Bus) -> list[tuple[str, int, str]]:
    """First appearances on the stream of certificates so far: subject, sequence and type, in order per subject."""
    consumer = AIOKafkaConsumer(
        topic(PROVINCE, "certificates"), **bus.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: dict[tuple[str, int], str] = {}
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    # A relay may send again what another process has sent; whoever listens swallows it.
                    found.setdefault((headers["ce_subject"], int(headers["ce_sequence"])), headers["ce_type"])
    finally:
        await consumer.stop()
    return [(subject, sequence, type) for (subject, sequence), type in found.items()]


@pytest.mark.real
async def test_scores_become_certificates_that_warn_and_expire_once(
    bus: Bus, speak: Speak, as_: As, configured: CertificationSettings
) -> None:
    ids = [await speak(n, 3) for n in range(5)]
    failed = await speak(5, 2)

    async def all_wait() -> bool:
        return len((await get(as_("agency"), "/results?state=waiting"))["items"]) == 6

    await until(all_wait)
    body = _decision("3981", ids)
    body["items"].append({"evaluation_id": failed, "outcome": "not_recognised"})
    async with as_("chair") as chair:
        answer = await chair.post("/decisions", json=body, headers={"Idempotency-Key": "k"})
        again = await chair.post("/decisions", json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, again.status_code, answer.json()) == (201, 201, again.json()), answer.text
    numbers = [one["number"] for one in answer.json()["certificates"]]

    async def all_issued() -> bool:
        return bool((await get(as_("observer"), "/summary"))["certificates"]["issued"] == 5)

    await until(all_issued)
    async with as_("agency") as agency:
        given = {"numbers": numbers, "handed_over_on": body["decided_on"], "place": "Quảng Ngãi"}
        assert (await agency.post("/handovers", json=given)).status_code == 201
    looked_up = await get(as_("agency"), f"/certificates/{numbers[0]}")
    assert looked_up["validity"] == "valid"

    # Three years and a month on; the operator vouches for the clock.
    assert configured.clock_file is not None
    for days in (3 * 365 - 140, 3 * 365 + 30):
        configured.clock_file.write_text(str(days * 86_400))

        async def accepted() -> bool:
            async with as_("operator") as operator:
                return (await operator.post("/operations/clock/accept")).status_code == 200

        await until(accepted)
        await asyncio.sleep(3)

    async def all_expired() -> bool:
        told = Counter(type for _, _, type in await spoken(bus))
        return told["vn.ocop.certificate.expired.v1"] == 5

    await until(all_expired)
    said = await spoken(bus)
    assert Counter(type.removeprefix("vn.ocop.").removesuffix(".v1") for _, _, type in said) == {
        "recognition.decided": 1,
        "result.announced": 6,
        "certificate.issued": 5,
        "certificate.handed-over": 5,
        "certificate.expiring": 5,
        "certificate.expired": 5,
    }
    for subject in {subject for subject, _, _ in said}:
        sequences = [sequence for one, sequence, _ in said if one == subject]
        assert sequences == list(range(1, len(sequences) + 1))
    assert (await get(as_("agency"), f"/certificates/{numbers[0]}"))["validity"] == "expired"


@pytest.mark.real
async def test_of_two_chairs_at_two_processes_one_wins_wholly_every_time(
    configured: CertificationSettings, service: FastAPI, speak: Speak, as_: As, tmp_path: Path
) -> None:
    rounds, size = 6, 5
    ids = [await speak(n, 3) for n in range(100, 100 + rounds * size)]

    async def all_wait() -> bool:
        return len((await get(as_("agency"), "/results?state=waiting&limit=200"))["items"]) == len(ids)

    await until(all_wait)
    other = application(SERVICE, configured, "api")
    async with other.router.lifespan_context(other):
        deputy = httpx.AsyncClient(
            transport=httpx.ASGITransport(other),
            base_url="http://certification",
            headers=signed_in(tmp_path, "deputy", "chair"),
        )
        async with as_("chair") as chair, deputy:
            for n in range(rounds):
                wanted = ids[n * size : (n + 1) * size]
                answers = await asyncio.gather(
                    chair.post("/decisions", json=_decision(f"{2 * n + 1}", wanted)),
                    deputy.post("/decisions", json=_decision(f"{2 * n + 2}", wanted[::-1])),
                )
                assert sorted(answer.status_code for answer in answers) == [201, 409], [a.text for a in answers]

    async def all_issued() -> bool:
        told = await get(as_("observer"), "/summary")
        return bool(told["certificates"]["issued"] == len(ids) and told["results"]["reserved"] == 0)

    await until(all_issued)
    listed = (await get(as_("observer"), "/decisions"))["items"]
    assert Counter(one["state"] for one in listed) == {"issued": rounds, "refused": rounds}


class Doomed:
    """A process of the service as the deployment runs it, which is killed and started again."""

    def __init__(self, role: str, configured: CertificationSettings, folder: Path) -> None:
        given = configured.model_dump(mode="json", exclude={"authorities"}, exclude_none=True, exclude_defaults=True)
        self.port = choose_port()
        given |= {"authorities": PROVINCE, "http_port": self.port, "replica": role, "log_level": "warning"}
        self._process = Process(
            role,
            (sys.executable, "-m", "services.certification", "--role", role),
            folder / f"{role}.log",
            environment=os.environ | {f"OCOP_{name.upper()}": str(value) for name, value in given.items()},
        )

    async def start(self) -> None:
        self._process.spawn()
        await self._process.ready(self._listens, within=60)

    async def killed_and_started(self, after: float) -> None:
        await asyncio.sleep(after)
        self._process.kill()
        await self.start()

    async def stop(self) -> None:
        await self._process.stop()

    async def _listens(self) -> bool:
        return answers(self.port)


@pytest.mark.real
async def test_a_decision_over_seven_hundred_outlives_the_processes_that_carry_it(
    bus: Bus,
    configured: CertificationSettings,
    speak: Speak,
    take_back: Callable[[int], Awaitable[None]],
    tmp_path: Path,
) -> None:
    size, first, chance = 700, 1_000, Random(700)
    before = Counter(type for _, _, type in await spoken(bus))
    ids = await asyncio.gather(*(speak(n, 3) for n in range(first, first + size)))
    api, worker = Doomed("api", configured, tmp_path), Doomed("worker", configured, tmp_path)
    await asyncio.gather(api.start(), worker.start())
    url = f"http://127.0.0.1:{api.port}"
    chair = httpx.AsyncClient(base_url=url, headers=signed_in(tmp_path, "chair", "chair"), timeout=60, trust_env=False)
    observer = httpx.AsyncClient(base_url=url, headers=signed_in(tmp_path, "observer", "observer"), trust_env=False)

    async def results() -> dict[str, int]:
        counted: dict[str, int] = (await observer.get("/summary")).json()["results"]
        return {state: number for state, number in counted.items() if number}

    async def decided() -> int | None:
        try:
            answer = await chair.post("/decisions", json=_decision("700", ids), headers={"Idempotency-Key": "k"})
        except httpx.TransportError:
            return None
        return answer.status_code if answer.status_code in (201, 409) else None

    async def all_wait() -> bool:
        return await results() == {"waiting": size}

    await until(all_wait)
    for moment in (0.1, 0.4):
        await asyncio.gather(decided(), api.killed_and_started(after=chance.uniform(0, moment)))
    withdrawing = asyncio.create_task(take_back(first + 350))
    while (outcome := await decided()) is None:
        await asyncio.sleep(0.2)
    for moment in (0.2, 0.6):
        await worker.killed_and_started(after=chance.uniform(0, moment))
    await withdrawing

    async def settled() -> bool:
        return await results() == ({"announced": size} if outcome == 201 else {"waiting": size - 1, "withdrawn": 1})

    await until(settled)

    async def told() -> bool:
        said = Counter(type for _, _, type in await spoken(bus)) - before
        each = {"vn.ocop.result.announced.v1": size, "vn.ocop.certificate.issued.v1": size}
        return said == ({"vn.ocop.recognition.decided.v1": 1} | each if outcome == 201 else {})

    await until(told)
    await asyncio.gather(api.stop(), worker.stop(), chair.aclose(), observer.aclose())


@pytest.mark.real
async def test_a_score_that_cannot_be_read_is_parked(bus: Bus, as_: As) -> None:
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()
    entry = Outgoing(1, "vn.ocop.score.finalized.v1", "scores", datetime.now(UTC), b"{}", "c", "", "")
    headers = entry.headers(f"/authorities/{PROVINCE}/scoring", "broken")
    await producer.send_and_wait(topic(PROVINCE, "scores"), key=b"broken", value=b"{}", headers=headers)
    await producer.stop()

    async def parked() -> bool:
        lanes = (await get(as_("operator"), "/operations/parked"))["items"]
        return [lane["subject"] for lane in lanes] == ["broken"]

    await until(parked)


def test_a_broken_regulation_stops_the_service_with_file_place_and_reason(tmp_path: Path) -> None:
    (tmp_path / "ladder.json").write_text('{"basis": "none", "steps": [], "filed_steps": []}')
    ran = subprocess.run(
        [sys.executable, "-m", "services.certification"],
        env=os.environ | {"OCOP_AUTHORITIES": PROVINCE, "OCOP_REGULATIONS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith(f"certification does not start: {tmp_path}/ladder.json: steps: "), last


def _decision(number: str, ids: list[str]) -> dict[str, Any]:
    return {
        "number": number,
        "decided_on": day(datetime.now(UTC)).isoformat(),
        "signer": {"name": "Nguyễn Văn An", "position": "Chủ tịch"},
        "items": [{"evaluation_id": id, "outcome": "recognised", "stars": 3} for id in ids],
    }

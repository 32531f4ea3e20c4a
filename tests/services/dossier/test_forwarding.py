"""To the centre exactly once, whatever crashes: the running service is killed while it forwards, and asked again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.bus import Bus
from deploy.local.ports import choose_port
from deploy.local.service import ServiceProcess, common_settings
from deploy.ocop.issuer import ensure_issuer, issue
from services.dossier.domain.dossier import Dossier, drafted, evaluation_heard
from services.dossier.domain.following import Evaluation, Score
from services.dossier.domain.submission import submit
from services.dossier.store import Dossiers
from shared.collection import Collection
from shared.driver import connect
from shared.envelope import topic
from shared.http import fresh_id
from shared.tokens import Appointment
from tests.services.dossier.builders import REGULATION, TODAY, opening, product
from tests.services.dossier.office import PACKAGE
from tests.shared.cups import RelayHeard

PROVINCE = "52"
"""An authority no other test uses."""
DOSSIERS = 60
KILLED_AFTER = (5, 15, 30)
"""How many answers have come when the service is killed."""

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def bus(make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]) -> Bus:
    await make_topics(PROVINCE, "00")
    return await deployment(PROVINCE)


@pytest_asyncio.fixture
async def service(bus: Bus, mongo_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    ensure_issuer(tmp_path / "issuer")
    process = ServiceProcess("dossier", choose_port(), log=tmp_path / "dossier.log")
    process.settings = common_settings(bus, [PROVINCE], mongo_url, tmp_path, {})
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture
async def agency(service: ServiceProcess, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    held = {"id": "agency", "role": "agency", "authority": PROVINCE, "from": "2020-01-01"}
    token = issue(tmp_path / "issuer", "agency", (Appointment.model_validate(held),))
    headers = {"Authorization": f"Bearer {token}", "Ocop-Appointment": "agency"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


def potential(id: str) -> Dossier:
    """A dossier that the province's council has found fit for 5 stars."""
    draft = drafted(product(id=f"p-{id}", authority=PROVINCE), opening(id))
    score = Score(
        stars=4,
        potential_five_star=True,
        total_sum="270",
        sheet_count=3,
        average="90.00",
        failed_minimums=(),
        on=date(2026, 11, 21),
    )
    submitted = submit(draft, PROVINCE, REGULATION, by="agency", on=TODAY)
    return evaluation_heard(submitted, Evaluation(id=f"ev-{id}", council=PROVINCE, attempt=1, score=score))


async def to_the_centre(bus: Bus) -> dict[str, list[tuple[int, Any]]]:
    """By dossier, the sequence and the data of everything that was ever said to be submitted to the centre."""
    consumer = AIOKafkaConsumer(**bus.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    found: dict[str, list[tuple[int, Any]]] = {}
    try:
        name = topic(PROVINCE, "dossiers")
        partitions = [TopicPartition(name, number) for number in (0, 1)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    data = json.loads(record.value or b"{}")
                    if data.get("to") == "00":
                        sequence = int(dict(record.headers)["ce_sequence"])
                        found.setdefault((record.key or b"").decode(), []).append((sequence, data))
    finally:
        await consumer.stop()
    return found


async def test_a_dossier_goes_to_the_centre_once_whenever_the_service_is_killed(
    service: ServiceProcess, agency: httpx.AsyncClient, bus: Bus, mongo_url: str
) -> None:
    port = connect("motor", mongo_url, service.own_settings()["OCOP_DATABASE"], "dossiers")
    dossiers = Dossiers(Collection(port, RelayHeard(), new_correlation=fresh_id))
    ids = [fresh_id() for _ in range(DOSSIERS)]
    await asyncio.gather(*(dossiers.add(potential(id)) for id in ids))
    receipts: dict[str, list[Any]] = {id: [] for id in ids}

    async def forward(id: str) -> None:
        """As a clerk's program does that has no answer: the same request under the same key."""
        answer = await agency.post(f"/dossiers/{id}/forwarding", json=PACKAGE, headers={"Idempotency-Key": f"f-{id}"})
        assert answer.status_code == 200, answer.text
        receipts[id].append(answer.json())

    for killed_after in KILLED_AFTER:
        answered = sum(map(len, receipts.values()))
        running = [asyncio.create_task(forward(id)) for id in ids]
        while sum(map(len, receipts.values())) < answered + killed_after and not all(map(asyncio.Task.done, running)):
            await asyncio.sleep(0)
        service.process.kill()
        outcomes = await asyncio.gather(*running, return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, httpx.TransportError) for outcome in outcomes)
        await service.start()
    await asyncio.gather(*map(forward, ids))
    second = await agency.post(f"/dossiers/{ids[0]}/forwarding", json=PACKAGE)

    async with asyncio.timeout(30):
        while await port.unsent_documents(1):
            await asyncio.sleep(0.05)
    said = await to_the_centre(bus)
    held = [await dossiers.get(id) for id in ids]
    await port.close()

    # A record may stand in the log twice; its sequence says that it is the same.
    assert {id: len({sequence for sequence, _ in said[id]}) for id in ids} == dict.fromkeys(ids, 1)
    assert all(len({json.dumps(each, sort_keys=True) for each in receipts[id]}) == 1 for id in ids)
    assert all([each.to for each in dossier.submissions] == [PROVINCE, "00"] for dossier in held)
    assert {id: said[id][0][1]["manifest_hash"] for id in ids} == {id: receipts[id][0]["manifest_hash"] for id in ids}
    assert second.status_code == 409

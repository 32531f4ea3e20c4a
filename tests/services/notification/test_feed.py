"""The feed on the real Kafka: what is committed, once, in order, with nobody's consumer group disturbed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from deploy.local.bus import Bus
from services.notification.domain.cursor import Partition
from services.notification.feed import KafkaLog, Said
from shared.envelope import topic
from shared.kafka import KafkaAccess
from tests.services.notification.desk import example
from tests.services.stand import say

PROVINCE = "44"
"""An authority no other test uses."""


@pytest_asyncio.fixture
async def bus(make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]) -> Bus:
    await make_topics(PROVINCE, "00")
    return await deployment(PROVINCE)


@pytest_asyncio.fixture
async def producer(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()
    yield producer
    await producer.stop()


async def issued(producer: AIOKafkaProducer, subject: str, sequence: int) -> None:
    data = example("CertificateIssued", "first", province=PROVINCE)
    await say(producer, PROVINCE, "certification", subject, data, sequence=sequence)


@pytest.mark.real
async def test_what_is_committed_is_read_once_and_what_is_no_event_is_passed_over(
    bus: Bus, producer: AIOKafkaProducer
) -> None:
    begun = datetime.now(UTC)
    for number in range(1_200):
        await issued(producer, f"subject-{number % 40}", number // 40 + 1)
    await producer.send_and_wait(topic(PROVINCE, "certificates"), key=b"x", value=b"{")
    principal = bus.principal
    assert principal is not None
    log = KafkaLog(KafkaAccess(bus.servers, principal.name, principal.password), {PROVINCE})

    found: list[tuple[Partition, int, Said | None]] = []
    async with log.reader() as reader:
        ends = await reader.ends()
        mine = {each: end for each, end in ends.items() if each.authority == PROVINCE}
        async for each in reader.events({**ends, **dict.fromkeys(mine, 0)}, ends):
            found.append(each)
        whole, nothing = await reader.since(begun - timedelta(minutes=1)), await reader.since(datetime.now(UTC))

    said = [each for _, _, each in found if each is not None]
    by_subject: dict[str, list[Any]] = {}
    for each in said:
        by_subject.setdefault(each.subject, []).append(int(each.sequence))
    assert (len(said), len(found)) == (1_200, 1_201)
    assert all(sequences == list(range(1, 31)) for sequences in by_subject.values())
    assert {each: whole[each] for each in mine} == dict.fromkeys(mine, 0)
    assert {each: nothing[each] for each in mine} == mine

"""The relay on the real Kafka: everything saved is sent, in order, whatever was left or is broken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.bus import Bus
from shared.collection import Collection
from shared.document import Decision
from shared.driver import MongoPort, connect
from shared.envelope import topic
from shared.kafka import KafkaAccess
from shared.relay import Relay
from tests.shared.cups import Cup, Cups, Poured, RelayHeard

pytestmark = pytest.mark.real


class Process:
    """One process that saves and sends; without ``sending`` it dies before it could send anything."""

    def __init__(self, port: MongoPort, bus: Bus, stream: str, *, sending: bool = True) -> None:
        user = (bus.principal.name, bus.principal.password) if bus.principal else (None, None)
        self.relay = Relay("tea", KafkaAccess(bus.servers, *user))
        self.relay.clear_in(port)
        handed = self.relay if sending else RelayHeard()
        self.cups = Cups(Collection(port, handed, new_correlation=lambda: "c"))
        self._stream = stream

    def said(self, drops: int, stream: str | None = None) -> Poured:
        """An event on this test's own stream."""
        kind = type("SaidPoured", (Poured,), {"STREAM": stream or self._stream})
        event: Poured = kind(drops=drops)
        return event

    async def pour(self, id: str, drops: int, stream: str | None = None) -> None:
        def decide(cup: Cup | None) -> Decision[Cup]:
            held = cup or Cup(id=id, authority="37")
            return held.but(drops=held.drops + drops), (self.said(drops, stream),)

        await self.cups.settle(id, decide)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Process"]:
        task = asyncio.create_task(self.relay.run())
        yield self
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def bus(
    deployment: Callable[..., Awaitable[Bus]], make_topics: Callable[..., Awaitable[list[str]]], stream: str
) -> Bus:
    await make_topics("37", streams=(stream,))
    return await deployment("37")


@pytest_asyncio.fixture
async def port(mongo_url: str, database: str) -> AsyncIterator[MongoPort]:
    made = connect("pymongo", mongo_url, database, "cups")
    await made.prepare_indexes(Cups.indexes)
    yield made
    await made.close()


async def heard(bus: Bus, stream: str, count: int) -> list[tuple[str, int]]:
    """Subject and sequence of the first records of a topic, in order within each partition."""
    consumer = AIOKafkaConsumer(**bus.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(topic("37", stream), number) for number in (0, 1)])
    found: list[tuple[str, int]] = []
    try:
        async with asyncio.timeout(60):
            while len(found) < count:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found.extend((record.key.decode(), int(dict(record.headers)["ce_sequence"])) for record in batch)
    finally:
        await consumer.stop()
    return found


async def cleared(port: MongoPort) -> None:
    async with asyncio.timeout(60):
        while await port.oldest_unsent() is not None:
            await asyncio.sleep(0.1)


async def test_what_is_saved_is_sent_in_order_and_cleared(port: MongoPort, bus: Bus, stream: str) -> None:
    async with Process(port, bus, stream).running() as process:
        for drops in range(1, 21):
            await process.pour("cup", drops)

        assert await heard(bus, stream, 20) == [("cup", number) for number in range(1, 21)]
        await cleared(port)


async def test_the_poll_sends_what_a_crash_left(port: MongoPort, bus: Bus, stream: str) -> None:
    dead = Process(port, bus, stream, sending=False)
    for number in range(3):
        await dead.pour(f"cup-{number}", 1)
        await dead.pour(f"cup-{number}", 2)
    assert await port.unsent_documents(10) == 3
    assert await port.unsent_documents(2) == 2

    async with Process(port, bus, stream).running():
        found = await heard(bus, stream, 6)
        await cleared(port)

    assert sorted(found) == [(f"cup-{number}", sequence) for number in range(3) for sequence in (1, 2)]
    assert [found.index((f"cup-{n}", 1)) < found.index((f"cup-{n}", 2)) for n in range(3)] == [True] * 3


async def test_a_topic_that_is_broken_starves_nobody(port: MongoPort, bus: Bus, stream: str) -> None:
    async with Process(port, bus, stream).running() as process:
        for number in range(300):
            await process.pour(f"lost-{number}", 1, "nowhere")
        await process.pour("cup", 1)

        assert await heard(bus, stream, 1) == [("cup", 1)]
        dead = Process(port, bus, stream, sending=False)
        await dead.pour("left", 1)
        # More outboxes than one page of the poll stand before it.
        assert ("left", 1) in await heard(bus, stream, 2)
        async with asyncio.timeout(60):
            while await port.unsent_documents(1_000) != 300:
                await asyncio.sleep(0.1)


async def test_an_event_that_two_processes_hold_appears_in_order_for_the_first_time(
    port: MongoPort, bus: Bus, stream: str
) -> None:
    one, other = Process(port, bus, stream), Process(port, bus, stream)
    async with one.running(), other.running():
        for drops in range(1, 21):
            await (one if drops % 2 else other).pour("cup", drops)
        await cleared(port)
        found = await heard(bus, stream, 20)

    first: dict[Any, int] = {}
    for place, each in enumerate(found):
        first.setdefault(each, place)
    assert [sequence for (_, sequence), _ in sorted(first.items(), key=lambda item: item[1])] == list(range(1, 21))


async def test_what_was_saved_while_kafka_could_not_be_reached_is_sent_when_it_can(
    port: MongoPort, bus: Bus, stream: str
) -> None:
    nowhere = Bus("127.0.0.1:9", bus.principal)
    async with Process(port, nowhere, stream).running() as cut_off:
        await cut_off.pour("cup", 1)
        await cut_off.pour("cup", 2)
        assert await port.unsent_documents(10) == 1

    async with Process(port, bus, stream).running():
        assert await heard(bus, stream, 2) == [("cup", 1), ("cup", 2)]

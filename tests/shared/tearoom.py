"""A whole service around the cups, on the real Kafka and MongoDB, and a sky that speaks to it."""

import asyncio
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy as DefaultRecordBatchBuilder

from deploy.local.bus import Bus
from shared.collection import Collection
from shared.delivery import Delivery, bind
from shared.driver import connect
from shared.envelope import Headers, Outgoing, Received, topic
from shared.errors import Refusal
from shared.kafka import KafkaAccess
from shared.parked import Lanes, Parking
from shared.relay import Relay
from tests.shared.cups import NOW, Cup, Cups, Poured, Rained


class Drought(Refusal):
    vi = "Trời hạn."
    en = "It does not rain."


class _NotUtf8(str):
    """A header's name that is sent as bytes nobody can read."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


class Tearoom:
    """Hears ``Rained`` on one stream, pours it into a cup, and says ``Poured`` on another.

    ``broken`` and ``dry`` hold drops at which its handler fails: with a bug, or with a refusal.
    """

    def __init__(self, bus: Bus, mongo_url: str, database: str, skies: str, cups: str) -> None:
        self.bus = bus
        self.stream = skies
        self.broken: set[int] = set()
        self.dry: set[int] = set()
        self.port = connect("motor", mongo_url, database, "cups")
        self.kafka = KafkaAccess(
            bus.servers,
            bus.principal.name if bus.principal else None,
            bus.principal.password if bus.principal else None,
        )
        self.relay = Relay("tea", self.kafka)
        self.relay.clear_in(self.port)
        self.collection = Collection(self.port, self.relay, new_correlation=lambda: "timer")
        self.cups = Cups(self.collection)
        self.lanes = Lanes(self.collection)
        self.parking = Parking(self.lanes, "tea", frozenset({"37"}), lambda: NOW)
        self.heard = type("HeardRain", (Rained,), {"STREAM": skies})
        self.said = type("SaidPoured", (Poured,), {"STREAM": cups})
        self.cups_stream = cups
        self.delivery = Delivery("tea", {"37"}, bind({self.heard: self.pour}), self.collection, self.parking)
        self._tasks: list[asyncio.Task[None]] = []
        self._sky = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
        self._rained: dict[str, int] = {}

    async def pour(self, event: Received[Any]) -> None:
        drops = event.data.drops

        def fill(cup: Cup | None) -> Any:
            if drops in self.dry:
                raise Drought()
            if drops in self.broken:
                raise ZeroDivisionError(f"{drops} drops")
            held = cup or Cup(id=event.data.cup, authority="37")
            told = (*held.poured_by, f"{event.subject}.{event.sequence}")
            return held.but(drops=held.drops + drops, poured_by=told), (self.said(drops=drops),)

        await self.cups.settle(event.data.cup, fill, because=event)

    async def __aenter__(self) -> Self:
        await self.port.prepare_indexes([*Cups.indexes, *Lanes.indexes])
        self._tasks = [
            asyncio.create_task(self.relay.run()),
            asyncio.create_task(self.delivery.run(self.kafka, "0")),
        ]
        await self._sky.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sky.stop()
        await self.port.close()

    async def rain(self, drops: int, *, subject: str = "sky", cup: str = "cup", again: int | None = None) -> int:
        """Say that it rained, with the subject's next sequence, or once more with an old one."""
        sequence = again or self._rained.get(subject, 0) + 1
        self._rained[subject] = max(sequence, self._rained.get(subject, 0))
        data = self.heard(drops=drops, cup=cup).model_dump_json().encode()
        event = Outgoing(sequence, Rained.TYPE, self.stream, NOW, data, "c", "", "")
        await self.send(event.headers("/authorities/37/weather", subject), data, key=subject.encode())
        return sequence

    async def send(self, headers: Headers, value: bytes | None, *, key: bytes | None) -> None:
        """Any record at all, on the topic it listens to."""
        await self._sky.send_and_wait(topic("37", self.stream), value, key=key, headers=list(headers))

    async def send_undecodable(self, partition: int) -> None:
        """A record with a header whose name is not UTF-8, which only foreign clients let through."""
        foreign = AIOKafkaProducer(**self.bus.aiokafka())
        await foreign.start()
        batch = foreign.create_batch()
        batch._builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1_000)
        batch.append(timestamp=None, key=b"odd", value=b"{}", headers=[(_NotUtf8("x"), b"x")])
        await (await foreign.send_batch(batch, topic("37", self.stream), partition=partition))
        await foreign.stop()

    async def cup(self, drops: int, id: str = "cup") -> Cup:
        """The cup, once it holds so many drops."""
        async with asyncio.timeout(20):
            while True:
                page = await self.cups.find({"_id": id})
                if page.items and page.items[0].drops >= drops:
                    return page.items[0]
                await asyncio.sleep(0.02)

    async def parked(self, events: int) -> list[Any]:
        """The lanes, once so many events wait in them."""
        async with asyncio.timeout(20):
            while True:
                lanes = (await self.lanes.find({})).items
                if sum(len(lane.events) for lane in lanes) >= events:
                    return lanes
                await asyncio.sleep(0.02)

    async def heard_on(self, stream: str, count: int) -> list[Any]:
        """The records of a topic, once there are so many, in order of offset per partition."""
        consumer = AIOKafkaConsumer(**self.bus.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        consumer.assign([TopicPartition(topic("37", stream), number) for number in (0, 1)])
        records: list[Any] = []
        try:
            async with asyncio.timeout(20):
                while len(records) < count:
                    for batch in (await consumer.getmany(timeout_ms=200)).values():
                        records.extend(batch)
        finally:
            await consumer.stop()
        return records

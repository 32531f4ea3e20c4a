"""The feed: the certificates streams as Kafka holds them, read by cursor and never past what is committed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import JsonValue

from services.notification.cloudevents import as_json, cloud_event
from services.notification.courtesy import PIECE, Courtesy
from services.notification.domain.cursor import Partition, Places
from shared.envelope import topic
from shared.errors import Unavailable
from shared.kafka import KafkaAccess, heard_topics

STREAM = "certificates"
PATIENCE_MS = 300
SECONDS = 10.0
"""How long Kafka may take to say where the partitions lie."""


class Said(NamedTuple):
    """One event as it lies in a partition."""

    partition: Partition
    offset: int
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    sequence: str
    correlation_id: str
    data: Mapping[str, JsonValue]

    @property
    def canonical(self) -> str:
        """The data as the one text that is hashed."""
        return as_json(self.data)

    def event(self) -> dict[str, JsonValue]:
        """The event for a subscriber, with its place."""
        made = cloud_event(
            id=self.id,
            source=self.source,
            type=self.type,
            subject=self.subject,
            time=self.time,
            data=dict(self.data),
            sequence=self.sequence,
            correlationid=self.correlation_id,
        )
        return made | {"partition": str(self.partition), "offset": self.offset}


class Reader(Protocol):
    """Reads the log for as long as one request takes."""

    async def ends(self) -> Places:
        """What is committed: the offset after the last event of every partition."""
        ...

    async def since(self, instant: datetime) -> Places:
        """The first offset of every partition that is not older than ``instant``; its end when there is none."""
        ...

    def events(self, starts: Places, ends: Places) -> AsyncIterator[tuple[Partition, int, Said | None]]:
        """The records between these places, in order within a partition; None for one that is no event."""
        ...


class KafkaLog:
    """The streams of those whom a deployment hears, in Kafka."""

    def __init__(self, kafka: KafkaAccess, authorities: Collection[str], courtesy: Courtesy) -> None:
        self._kafka = kafka
        self._topics = re.compile(heard_topics(authorities, STREAM))
        self._courtesy = courtesy

    @asynccontextmanager
    async def reader(self, who: str) -> AsyncIterator[Reader]:
        """A reader of its own connection, outside every consumer group. Raises ``FeedBusy`` and ``Unavailable``."""
        with self._courtesy.seat(who):
            consumer = AIOKafkaConsumer(
                **self._kafka.client(),
                enable_auto_commit=False,
                max_partition_fetch_bytes=512 * 1024,
                # The first fetch asks for what is new, before the cursor is known; nobody is to wait for its answer.
                fetch_max_wait_ms=PATIENCE_MS // 20,
            )
            try:
                await consumer.start()
                names = sorted(filter(self._topics.match, await consumer.topics()))
                consumer.subscribe(topics=names)
                async with asyncio.timeout(SECONDS):
                    # The library has no event for it.
                    while {each.topic for each in consumer.assignment()} != set(names):  # noqa: ASYNC110
                        await asyncio.sleep(0.005)
                yield _KafkaReader(consumer, sorted(map(_of, consumer.assignment())), self._courtesy)
            except (KafkaError, TimeoutError) as error:
                raise Unavailable(f"Kafka: {error!r}") from error
            finally:
                await consumer.stop()


class _KafkaReader:
    def __init__(self, consumer: AIOKafkaConsumer, partitions: Sequence[Partition], courtesy: Courtesy) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._courtesy = courtesy

    async def ends(self) -> Places:
        ends: Mapping[TopicPartition, int] = await self._consumer.end_offsets([_at(each) for each in self._partitions])
        return {_of(at): end for at, end in ends.items()}

    async def since(self, instant: datetime) -> Places:
        asked = {_at(each): int(instant.timestamp() * 1_000) for each in self._partitions}
        found = await self._consumer.offsets_for_times(asked)
        ends = await self.ends()
        return {_of(at): place.offset if place is not None else ends[_of(at)] for at, place in found.items()}

    async def events(self, starts: Places, ends: Places) -> AsyncIterator[tuple[Partition, int, Said | None]]:
        left = {each for each in self._partitions if starts.get(each, 0) < ends.get(each, 0)}
        for each in self._partitions:
            if each in left:
                self._consumer.seek(_at(each), starts.get(each, 0))
        ticks = asyncio.get_running_loop().time
        while left:
            # Only what is asked for is fetched: a partition that has been read is not asked again.
            batch = await self._consumer.getmany(*map(_at, left), timeout_ms=PATIENCE_MS, max_records=500)
            for at, records in batch.items():
                partition = _of(at)
                wanted = [record for record in records if record.offset < ends[partition]]
                for start in range(0, len(wanted), PIECE):
                    begun = ticks()
                    piece = [(record.offset, _said(partition, record)) for record in wanted[start : start + PIECE]]
                    worked = ticks() - begun
                    for offset, said in piece:
                        yield partition, offset, said
                    await self._courtesy.rest(worked)
                if records[-1].offset + 1 >= ends[partition]:
                    left.discard(partition)


def _at(partition: Partition) -> TopicPartition:
    return TopicPartition(topic(partition.authority, STREAM), partition.number)


def _of(at: TopicPartition) -> Partition:
    return Partition(at.topic.split(".")[1], at.partition)


def _said(partition: Partition, record: "ConsumerRecord[bytes, bytes]") -> Said | None:
    """The event in a record; None when it is none, which listeners have parked."""
    try:
        given = {name: (raw or b"").decode() for name, raw in record.headers}
        data = json.loads(record.value or b"")
        time = datetime.fromisoformat(given["ce_time"])
        if not isinstance(data, dict) or time.tzinfo is None:
            return None
        return Said(
            partition,
            record.offset,
            given["ce_id"],
            given["ce_type"],
            given["ce_source"],
            given["ce_subject"],
            time.astimezone(UTC),
            given["ce_sequence"],
            given.get("ce_correlationid", ""),
            data,
        )
    except (KeyError, ValueError):
        return None

"""One stream's batches: grouped by key, settled together, and committed with explicit offsets."""

import asyncio
import contextlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream.kafka import KafkaMessage

from shared.envelope import Record, type_of
from shared.errors import Unavailable
from shared.fetching import Fetching
from shared.metrics import measured
from shared.parked import Parking
from shared.telemetry import log_for

log = log_for(__name__)

IN_ONE_BREATH = 200
"""Chains that begin together; then the loop turns once, so that the database works while the next decide."""
MANY_IN_A_ROW = 20
"""So many bugs on one topic without a success between them are the handler's, not the events': the topic waits."""
LONGEST_WAIT = 30.0
SMALL_BATCH = 100
"""Records in a batch after which more are gathered first: each batch costs a fetch, a commit and its round trips."""
GATHER_SECONDS = 0.1


class Paused(Exception):
    """Too many handlers failed on this topic: it waits, so that not all of it is parked."""


class Chains(Protocol):
    """What settles the records of one key."""

    @property
    def parking(self) -> Parking: ...

    @property
    def bugs_in_a_row(self) -> Counter[str]:
        """By topic: how many handlers failed since the last success."""

    def consumes(self, type: bytes | None) -> bool:
        """Whether records of this type are to be handled at all."""

    async def chain(self, records: Sequence[Record]) -> None:
        """Apply or park every one. Raises ``Unavailable`` or ``Paused`` when they are to come again."""


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """One stream's batches: grouped by key, run together, committed with explicit offsets."""

    def __init__(self, stream: str, chains: Chains) -> None:
        self.stream = stream
        self._chains = chains
        self._busy = asyncio.Lock()
        self._get: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._waits: Counter[TopicPartition] = Counter()
        # One at a time, and while it is away the next batch is handled.
        self._committing: asyncio.Task[None] | None = None
        self._drained = False
        self.batch_since: float | None = None
        self.paused_topics: dict[str, str] = {}

    def follow(self, get: Callable[[], AIOKafkaConsumer | None]) -> None:
        self._get = get

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._get()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        # The batch in hand is finished and committed before another process may have these partitions.
        async with self._busy:
            await self._committed()
            self._waits.clear()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        consumer = self.consumer
        if consumer is not None and not isinstance(consumer.getmany, Fetching):
            consumer.getmany = Fetching(consumer)
        # Asked again before the next record is handled, which waits when the database does not answer.
        self._chains.parking.forget()

    async def drain(self) -> None:
        """Finish and commit the batch in hand, and take no other."""
        async with self._busy:
            self._drained = True
            await self._committed()

    async def on_batch(self, message: KafkaMessage) -> None:
        """Never raises: with manual acknowledgement a later commit would cover the hole."""
        records: Any = message.raw_message
        consumer = self.consumer
        async with self._busy:
            if consumer is None or self._drained:
                return
            self.batch_since = time.monotonic()
            try:
                await self._batch(consumer, records)
            finally:
                self.batch_since = None
        if len(records) < SMALL_BATCH:
            await asyncio.sleep(GATHER_SECONDS)

    async def _batch(self, consumer: AIOKafkaConsumer, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        mine = consumer.assignment()
        chains: defaultdict[tuple[str, int, bytes | None], list[Record]] = defaultdict(list)
        reached: dict[TopicPartition, int] = {}
        places: dict[tuple[str, int], TopicPartition | None] = {}
        consumes = self._chains.consumes
        for r in records:
            place = (r.topic, r.partition)
            if place not in places:
                tp = TopicPartition(r.topic, r.partition)
                places[place] = tp if tp in mine else None
            at = places[place]
            if at is None:
                continue
            reached[at] = r.offset + 1
            if consumes(type_of(r.headers)):
                chains[r.topic, r.partition, r.key].append(
                    Record(r.topic, r.partition, r.offset, r.key, r.headers, r.value)
                )
        measured("batch", len(records), stream=self.stream)
        bugs = self._chains.bugs_in_a_row
        for topic in {topic for topic, _, _ in chains if bugs[topic] >= MANY_IN_A_ROW}:
            # Its pause is over: one more failure starts the next one, a success ends it.
            bugs[topic] = MANY_IN_A_ROW - 1
        outcomes = await self._together(chains.values())
        held: dict[TopicPartition, int] = {}
        for chain, settled in zip(chains.values(), outcomes, strict=True):
            if not settled:
                at = TopicPartition(chain[0].topic, chain[0].partition)
                held[at] = min(chain[0].offset, held.get(at, chain[0].offset))
        for at, offset in held.items():
            reached[at] = offset
        await self._committed()
        offsets = {at: offset for at, offset in reached.items() if at in consumer.assignment()}
        self._committing = asyncio.create_task(self._commit(consumer, offsets))
        for at in reached:
            if at not in held:
                self._waits.pop(at, None)
        for at, offset in held.items():
            self._wait(consumer, at, offset)

    async def _together(self, chains: Collection[Sequence[Record]]) -> list[bool]:
        """Settle chains side by side, beginning a few at a time."""
        begun: list[asyncio.Task[bool]] = []
        try:
            for chain in chains:
                begun.append(asyncio.create_task(self._settled(chain)))
                if len(begun) % IN_ONE_BREATH == 0:
                    await asyncio.sleep(0)
            return [await task for task in begun]
        except asyncio.CancelledError:
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)
            raise

    async def _settled(self, chain: Sequence[Record]) -> bool:
        """Whether everything in the chain is applied or parked, so that it may be committed."""
        topic = chain[0].topic
        bugs = self._chains.bugs_in_a_row
        before = bugs[topic]
        try:
            await self._chains.chain(chain)
            if bugs[topic] == before:
                bugs[topic] = 0
                self.paused_topics.pop(topic, None)
        except Unavailable as error:
            log.warning("partition_waits", topic=topic, partition=chain[0].partition, reason=str(error))
            return False
        except Paused:
            if topic not in self.paused_topics:
                log.error("topic_paused", topic=topic, bugs_in_a_row=bugs[topic])
            self.paused_topics[topic] = f"{bugs[topic]} handlers failed in a row"
            return False
        except Exception as error:
            log.error("chain_failed", topic=topic, partition=chain[0].partition, error=repr(error), exc_info=True)
            return False
        return True

    def _wait(self, consumer: AIOKafkaConsumer, at: TopicPartition, offset: int) -> None:
        """Rewind a partition to what could not be settled, and leave it alone for a while."""
        self._waits[at] += 1
        seconds = random.uniform(0.5, 1.0) * min(LONGEST_WAIT, 0.5 * 2 ** self._waits[at])
        try:
            consumer.seek(at, offset)
            consumer.pause(at)
        except (IllegalStateError, AssertionError):
            return

        def resume() -> None:
            with contextlib.suppress(IllegalStateError, AssertionError):
                if at in consumer.assignment():
                    consumer.resume(at)

        asyncio.get_running_loop().call_later(seconds, resume)

    async def _committed(self) -> None:
        if self._committing is not None:
            await self._committing

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        if not offsets:
            return
        try:
            await consumer.commit(dict(offsets))
        except (CommitFailedError, IllegalStateError):
            # The partition moved; its new owner reads from the last commit, and what was applied is recognised.
            log.info("commit_superseded", partitions=len(offsets))
        except KafkaError as error:
            log.warning("commit_failed", error=repr(error))

    def silence(self) -> float | None:
        """Seconds since the broker last answered a fetch; None while nothing is assigned."""
        consumer = self.consumer
        if consumer is None or not (assigned := consumer.assignment()):
            return None
        polled = [consumer.last_poll_timestamp(tp) for tp in assigned]
        last = max((stamp for stamp in polled if stamp), default=None)
        return None if last is None else max(0.0, time.time() - last / 1_000)

    def working_for(self) -> float:
        """Seconds the batch in hand has been worked on."""
        return 0.0 if self.batch_since is None else time.monotonic() - self.batch_since


async def untouched(batch: Sequence[ConsumerRecord[bytes, bytes]]) -> KafkaMessage:
    """The batch as it is: headers that are not UTF-8 are for us to park, not for the framework to drop."""
    return KafkaMessage(raw_message=tuple(batch), body=b"", consumer=_NO_CONSUMER)


async def nothing(message: KafkaMessage) -> None:
    return None


class _NoConsumer:
    async def commit(self) -> None:
        raise AssertionError("offsets are committed explicitly")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        raise AssertionError("offsets are sought explicitly")


_NO_CONSUMER = _NoConsumer()

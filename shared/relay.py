"""From outbox to Kafka: what was saved is sent in order, and cleared when Kafka has acknowledged it."""

import asyncio
import contextlib
import random
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)
from aiokafka.partitioner import DefaultPartitioner
from opentelemetry.trace import Span, SpanKind, StatusCode

from shared.clock import system_clock
from shared.envelope import Outgoing, topic
from shared.errors import Unavailable
from shared.kafka import KafkaAccess
from shared.port import Port, Raw
from shared.telemetry import log_for, tracing

log = log_for(__name__)

LARGEST_BATCH = 512 * 1024
"""Bytes in one record batch, more than the largest event."""
MOST_QUEUED = 20_000
"""Documents that wait in memory for one partition; more stay in the database until the poll finds them."""
REMEMBERED = 100_000
"""Documents whose last acknowledged sequence is remembered, so that nothing known to be sent is sent again."""
POLL_SECONDS = 1.0
POLL_AGE = timedelta(seconds=2)
"""An outbox that is older than this was left by a crash or by a broker that was away."""
POLL_PAGE = 200

_SPENT = (OutOfOrderSequenceNumber, InvalidProducerEpoch, ProducerFenced, ProducerClosed)
"""Errors after which an idempotent producer can send no more."""

_partition = DefaultPartitioner()


class Relay:
    """Publishes the outboxes of one service's documents.

    Everything of one topic's partition goes through one lane, one batch after the other: a batch that fails stops
    the lane, so that no later event of a document can appear before an earlier one. Lanes do not wait for each other.
    """

    def __init__(self, service: str, kafka: KafkaAccess) -> None:
        self._service = service
        self._kafka = kafka
        self._port: Port | None = None
        self._producer: AIOKafkaProducer | None = None
        self._lanes: dict[tuple[str, int], _Lane] = {}
        # What waits until the partitions of its topic are known.
        self._homeless: dict[str, dict[str, tuple[str, Sequence[Raw]]]] = {}
        self._acknowledged: OrderedDict[str, int] = OrderedDict()
        self._uncleared: dict[str, int] = {}
        self._clearing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self.sent = 0

    def clear_in(self, port: Port) -> None:
        """Where the outboxes lie."""
        self._port = port

    async def run(self) -> None:
        """Connect, however long that takes, then look for outboxes that were left, until cancelled."""
        self._producer = await self._connected()
        self._ready.set()
        try:
            await self._poll_for_ever()
        finally:
            producer = self.producer
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(3):
                    await producer.stop()

    def hand_over(self, id: str, authority: str, outbox: Sequence[Raw]) -> None:
        """Take a document's whole outbox; it replaces what is waiting for that document."""
        if self._producer is None:
            return
        name = topic(authority, outbox[0]["stream"])
        partitions = self._producer.client.cluster.partitions_for_topic(name)
        if not partitions:
            self._learn(name, id, authority, outbox)
            return
        if self._homeless:
            # What waits for this topic is older.
            self._homeless.get(name, {}).pop(id, None)
        ordered = sorted(partitions)
        partition = _partition(id.encode(), ordered, ordered)
        lane = self._lanes.get((name, partition))
        if lane is None:
            lane = self._lanes[name, partition] = _Lane(self, name, partition)
        lane.take(id, authority, outbox)

    async def connected(self) -> None:
        """Wait until events can be taken."""
        await self._ready.wait()

    async def drained(self) -> None:
        """Wait until nothing is on its way to Kafka."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # What the lanes need.

    def source(self, authority: str) -> str:
        return f"/authorities/{authority}/{self._service}"

    def acknowledged(self, id: str) -> int:
        return self._acknowledged.get(id, 0)

    def acknowledge(self, id: str, sequence: int) -> None:
        """Remember that Kafka has everything of this document up to ``sequence``, and clear it."""
        self._acknowledged[id] = sequence
        self._acknowledged.move_to_end(id)
        if len(self._acknowledged) > REMEMBERED:
            self._acknowledged.popitem(last=False)
        self._uncleared[id] = sequence
        if not self._clearing:
            # It begins in the loop's next turn, so that a whole batch is cleared at once.
            self._clearing = True
            self.spawn(self._clear())

    async def _clear(self) -> None:
        """Empty the outboxes that Kafka has, together; what is acknowledged meanwhile goes with the next round."""
        assert self._port is not None
        try:
            while self._uncleared:
                taken, self._uncleared = self._uncleared, {}
                try:
                    await self._port.clear(taken)
                except Unavailable:
                    log.info("left_for_the_poll", documents=len(taken))
        finally:
            self._clearing = False

    @property
    def producer(self) -> AIOKafkaProducer:
        assert self._producer is not None
        return self._producer

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # What it left undone is found again by the poll.
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("relay_failed", error=repr(error))

    async def renew_producer(self, broken: AIOKafkaProducer) -> None:
        """Replace a producer that can send no more."""
        if self.producer is broken:
            self._producer = await self._connected()
            with contextlib.suppress(KafkaError):
                await broken.stop()

    def _learn(self, name: str, id: str, authority: str, outbox: Sequence[Raw]) -> None:
        """Ask for a topic's partitions once; what is handed over meanwhile waits for the answer."""
        waiting = self._homeless.get(name)
        if waiting is None:
            self._homeless[name] = {id: (authority, outbox)}
            self.spawn(self._find_home(name))
        elif id in waiting or len(waiting) < MOST_QUEUED:
            waiting[id] = (authority, outbox)

    async def _find_home(self, name: str) -> None:
        found = None
        try:
            with contextlib.suppress(KafkaError):
                found = await self.producer.partitions_for(name)
        finally:
            waiting = self._homeless.pop(name)
        # Of a topic that is not there the outboxes stay where the poll finds them.
        for id, (authority, outbox) in waiting.items() if found else ():
            self.hand_over(id, authority, outbox)

    async def _connected(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                **self._kafka.client(),
                enable_idempotence=True,
                acks="all",
                compression_type="lz4",
                linger_ms=5,
                max_batch_size=LARGEST_BATCH,
                max_request_size=2 * LARGEST_BATCH,
            )
            try:
                await producer.start()
            except KafkaError as error:
                log.warning("kafka_unreachable", error=str(error))
                with contextlib.suppress(KafkaError):
                    await producer.stop()
                await asyncio.sleep(random.uniform(0.5, 1.5))
            else:
                return producer

    async def _poll_for_ever(self) -> None:
        after: tuple[datetime, str] | None = None
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                assert self._port is not None
                found = await self._port.unsent(system_clock() - POLL_AGE, after, POLL_PAGE)
            except Unavailable:
                continue
            for unsent in found:
                if unsent.outbox[-1]["sequence"] <= self.acknowledged(unsent.id):
                    # Kafka has it; only the clearing was lost.
                    self.acknowledge(unsent.id, unsent.outbox[-1]["sequence"])
                else:
                    self.hand_over(unsent.id, unsent.authority, unsent.outbox)
            after = (found[-1].saved, found[-1].id) if len(found) == POLL_PAGE else None


class _Lane:
    """One partition's queue: documents with their outboxes, sent batch after batch."""

    def __init__(self, relay: Relay, name: str, partition: int) -> None:
        self._relay = relay
        self._name = name
        self._partition = partition
        self._waiting: dict[str, tuple[str, Sequence[Raw]]] = {}
        self.busy = False

    def take(self, id: str, authority: str, outbox: Sequence[Raw]) -> None:
        if id not in self._waiting and len(self._waiting) >= MOST_QUEUED:
            return
        self._waiting[id] = (authority, outbox)
        if not self.busy:
            self.busy = True
            self._relay.spawn(self.drain())

    async def drain(self) -> None:
        failures = 0
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, {}
                producer = self._relay.producer
                try:
                    await self._send(producer, taken)
                    failures = 0
                except KafkaError as error:
                    failures += 1
                    log.warning("lane_stopped", topic=self._name, partition=self._partition, error=repr(error))
                    # Nothing is lost: what was handed over since is newer and whole, the rest goes on waiting here.
                    self._waiting = taken | self._waiting
                    if isinstance(error, _SPENT):
                        await self._relay.renew_producer(producer)
                    await asyncio.sleep(random.uniform(0, min(10, 0.2 * 2**failures)))
        finally:
            self.busy = False

    async def _send(self, producer: AIOKafkaProducer, taken: Mapping[str, tuple[str, Sequence[Raw]]]) -> None:
        batch = producer.create_batch()
        reached: dict[str, int] = {}
        traced = tracing.on
        spans: list[Span] = []
        for id, (authority, outbox) in taken.items():
            known = self._relay.acknowledged(id)
            key, source = id.encode(), self._relay.source(authority)
            for entry in outbox:
                if entry["sequence"] <= known:
                    continue
                event = Outgoing.stored(entry)
                record = {"timestamp": None, "key": key, "value": event.data, "headers": event.headers(source, id)}
                if batch.append(**record) is None:
                    await self._ship(producer, batch, reached, spans)
                    batch, reached, spans = producer.create_batch(), {}, []
                    if batch.append(**record) is None:
                        raise AssertionError(f"an event of {id} is larger than a batch")
                reached[id] = event.sequence
                if traced and event.trace:
                    spans.append(self._span(event))
        if reached:
            await self._ship(producer, batch, reached, spans)

    def _span(self, event: Outgoing) -> Span:
        """The sending of one event, in the trace it was saved with."""
        return tracing.begun(
            f"publish {self._name}",
            SpanKind.PRODUCER,
            event.trace,
            messaging_system="kafka",
            messaging_destination_name=self._name,
        )

    async def _ship(
        self, producer: AIOKafkaProducer, batch: object, reached: Mapping[str, int], spans: Sequence[Span]
    ) -> None:
        try:
            sending = await producer.send_batch(batch, self._name, partition=self._partition)
            await sending
        except KafkaError as error:
            for span in spans:
                span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            for span in spans:
                span.end()
        for id, sequence in reached.items():
            self._relay.acknowledge(id, sequence)
        self._relay.sent += len(reached)

"""From Kafka to a handler: every event is applied once, in order per key, and nothing is committed before it is saved.

Whose fault an error is, is asked here and nowhere else:

    malformed, or refused by a rule     the message's    it is parked, the partition goes on
    Conflict                            nobody's         the chain runs again
    Unavailable                         the world's      the partition is rewound and waits, order is kept
    anything else                       ours             a few tries, then parked; many in a row pause the topic
"""

import asyncio
import contextlib
import functools
import inspect
import random
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from opentelemetry.trace import SpanKind

from shared import store
from shared.document import Heard
from shared.envelope import CENTRE, Received, read, type_of
from shared.errors import Malformed, Refusal, Unavailable
from shared.fetching import UNDECODABLE, Fetching
from shared.kafka import KafkaAccess, group, heard_topics
from shared.metrics import counted, measured
from shared.parked import Cause, Parking, Record
from shared.port import Conflict
from shared.telemetry import correlation, log_for, tracing

log = log_for(__name__)

Handler = Callable[[Received[Any]], Awaitable[None]]

MOST_IN_BATCH = 2_000
TRIES = 3
"""How often a handler that fails for its own reasons is run before the event is parked."""
MANY_IN_A_ROW = 20
"""So many bugs on one topic without a success between them are the handler's, not the events': the topic waits."""
LONGEST_WAIT = 30.0
SESSION_MS = 10_000


Handlers = Mapping[type[Heard], Callable[..., Awaitable[None]]]
"""A service's one table from event to handler."""


def bind(handlers: Handlers, **resources: object) -> dict[type[Heard], Handler]:
    """Give each handler the resources it names as arguments.

    Raises ``TypeError`` at once when one names something that is not there.
    """
    bound: dict[type[Heard], Handler] = {}
    for heard, handler in handlers.items():
        names = list(inspect.signature(handler).parameters)[1:]
        if missing := [name for name in names if name not in resources]:
            raise TypeError(f"{handler.__name__} asks for {', '.join(missing)}, which {heard.__name__} cannot be given")
        bound[heard] = functools.partial(handler, **{name: resources[name] for name in names})
    return bound


class Delivery:
    """Carries the events of one service's streams to its handlers."""

    def __init__(
        self,
        service: str,
        authorities: Collection[str],
        handlers: Mapping[type[Heard], Handler],
        collection: store.Collection,
        parking: Parking,
    ) -> None:
        self._service = service
        self._authorities = frozenset(authorities)
        self._handlers = {heard.TYPE.encode(): (heard, handler) for heard, handler in handlers.items()}
        self._streams = sorted({heard.STREAM for heard in handlers})
        self._collection = collection
        self.parking = parking
        self._consumers: list[_Consumer] = []
        self.applied = 0
        self.bugs_in_a_row: Counter[str] = Counter()

    async def run(self, kafka: KafkaAccess, replica: str | None) -> None:
        """Subscribe, however long it takes to reach Kafka, and consume until cancelled."""
        while True:
            broker = self._subscribed(kafka, replica)
            try:
                await self.parking.learn()
                await broker.start()
                break
            except (KafkaError, Unavailable) as error:
                log.warning("kafka_unreachable", error=str(error))
                await broker.stop()
                await asyncio.sleep(random.uniform(0.5, 1.5))
        try:
            await asyncio.Event().wait()
        finally:
            await broker.stop()

    @property
    def consumers(self) -> Sequence["_Consumer"]:
        """One per stream, for health and status."""
        return self._consumers

    async def parked_lanes(self) -> int:
        """How many subjects wait behind a parked event."""
        return await self.parking.waiting()

    def _subscribed(self, kafka: KafkaAccess, replica: str | None) -> KafkaBroker:
        access = kafka.client()
        security = {name: access.pop(name) for name in kafka.security()}
        broker = KafkaBroker(
            access.pop("bootstrap_servers"),
            **access,
            security=_security(security),
            ack_policy=AckPolicy.MANUAL,
            allow_auto_create_topics=False,
            logger=None,
            graceful_timeout=60,
            client_id=f"ocop-{self._service}",
        )
        self._consumers = []
        for stream in self._streams:
            consumer = _Consumer(stream, self)
            self._consumers.append(consumer)
            subscriber = broker.subscriber(
                pattern=heard_topics(self._authorities, stream),
                group_id=group(self._authorities, self._service, stream),
                group_instance_id=f"{self._service}-{stream}-{replica}" if replica is not None else None,
                batch=True,
                max_records=MOST_IN_BATCH,
                batch_timeout_ms=20,
                auto_offset_reset="earliest",
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=1_000,
                rebalance_timeout_ms=60_000,
                max_partition_fetch_bytes=2 * 1024 * 1024,
                listener=consumer,
                parser=_untouched,
                decoder=_nothing,
            )
            subscriber(consumer.on_batch)
            consumer.follow(functools.partial(getattr, subscriber, "consumer", None))
        return broker

    async def chain(self, records: Sequence[Record]) -> None:
        """Handle records of one key in order, and save what they decided.

        Raises ``Unavailable`` when the world is away and ``Paused`` when the topic is to wait; nothing of the chain
        may be committed then. Whatever was saved is recognised when it comes again.
        """
        await self.parking.learn()
        careful = False
        while True:
            try:
                await self._pass(records, careful)
                return
            except Conflict:
                careful = True

    async def _pass(self, records: Sequence[Record], careful: bool) -> None:
        """One attempt at a chain: what was decided before is saved before anything is parked.

        When the save fails for a reason of its own, each record is tried alone.
        """
        with self._collection.chain(careful=careful) as chain:
            for record in records:
                if self.parking.may_wait(record):
                    await chain.save()
                    if await self._lines_up(record):
                        continue
                try:
                    await self.handle(record, chain)
                except (Unavailable, Conflict):
                    raise
                except (Malformed, Refusal) as error:
                    await chain.save()
                    await self._park(record, "malformed" if isinstance(error, Malformed) else "refused", str(error))
                except Exception:  # noqa: BLE001 - this is the delivery edge: whose fault it is, is asked here
                    await chain.save()
                    await self._try_alone(record)
            try:
                await chain.save()
                return
            except (Unavailable, Conflict):
                raise
            except Exception:  # noqa: BLE001 - one of the records cannot be saved; find out which
                log.warning("chain_taken_apart", topic=records[0].topic, records=len(records))
        for record in records:
            if not await self._lines_up(record):
                await self._try_alone(record)

    async def _lines_up(self, record: Record) -> bool:
        """Whether an earlier event of this record's subject is parked; then it waits behind it."""
        if not self.parking.may_wait(record) or not await self.parking.line_up(record):
            return False
        counted("parked", topic=record.topic, cause="behind")
        return True

    async def _try_alone(self, record: Record) -> None:
        """Run one record by itself a few times; when it goes on failing, park it."""
        cause: Cause = "bug"
        reason = ""
        for attempt in range(TRIES):
            try:
                await self._alone(record)
                return
            except (Unavailable, Conflict):
                raise
            except (Malformed, Refusal) as error:
                cause, reason = "refused", str(error)
                break
            except Exception:  # noqa: BLE001 - the delivery edge again
                reason = traceback.format_exc(limit=-6)
                counted("retries", topic=record.topic)
                await asyncio.sleep(random.uniform(0, 0.05 * 4**attempt))
        if cause == "bug":
            if self.bugs_in_a_row[record.topic] >= MANY_IN_A_ROW:
                raise Paused(record.topic)
            self.bugs_in_a_row[record.topic] += 1
        await self._park(record, cause, reason)

    async def _alone(self, record: Record) -> None:
        with self._collection.chain(careful=True) as chain:
            await self.handle(record, chain)
            await chain.save()

    async def _park(self, record: Record, cause: Cause, reason: str) -> None:
        await self.parking.park(record, cause, reason)
        counted("parked", topic=record.topic, cause=cause)
        log.warning("event_parked", topic=record.topic, offset=record.offset, cause=cause, reason=reason)

    async def handle(self, record: Record, chain: store.Chain | None) -> None:
        """Read one record and run its handler."""
        type = type_of(record.headers)
        found = self._handlers.get(type) if type is not None else None
        if found is None:
            if type is None:
                raise Malformed(_undecodable(record) or "the header ce_type is missing")
            return
        heard, handler = found
        try:
            event = read(record.topic, record.key, record.headers, record.value, heard, chain)
        except Malformed:
            correlation.set("")
            raise
        if event.addressee not in self._authorities:
            # Another deployment's, which hears it too.
            return
        if event.addressee != event.authority and CENTRE not in (event.authority, event.addressee):
            raise AddressedElsewhere(speaker=event.authority, addressee=event.addressee)
        # It stays set when the handler fails, so that the line which says so carries it.
        correlation.set(event.correlation_id)
        if tracing.on:
            name = f"process {heard.__name__}"
            with tracing.span(
                name,
                SpanKind.CONSUMER,
                event.traceparent,
                messaging_system="kafka",
                messaging_destination_name=record.topic,
                messaging_kafka_offset=record.offset,
            ):
                await handler(event)
        else:
            await handler(event)
        self.applied += 1

    async def replay(self, record: Record) -> None:
        """Run a parked record through the same handler, and come back when it is saved."""
        while True:
            try:
                await self._alone(record)
                return
            except Conflict:
                continue

    def consumes(self, type: bytes | None) -> bool:
        # A record without a readable type must be looked at: it is to be parked.
        return type is None or type in self._handlers


def _undecodable(record: Record) -> str | None:
    """Why the record could not be decoded, when that is what it stands for."""
    why = next((raw for name, raw in record.headers if name == UNDECODABLE), None)
    return why.decode(errors="backslashreplace") if why else None


class AddressedElsewhere(Refusal):
    """A province speaks to itself and to the centre; another one's people are not told what it says."""

    vi = "Cơ quan {speaker} không gửi sự kiện tới cơ quan {addressee}: chỉ tới chính mình hoặc tới trung ương."
    en = "Authority {speaker} does not address authority {addressee}, only itself and the centre."


class Paused(Exception):
    """Too many handlers failed on this topic: it waits, so that not all of it is parked."""


class _Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """One stream's batches: grouped by key, run together, committed with explicit offsets."""

    def __init__(self, stream: str, delivery: Delivery) -> None:
        self.stream = stream
        self._delivery = delivery
        self._busy = asyncio.Lock()
        self._get: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._waits: Counter[TopicPartition] = Counter()
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
            self._waits.clear()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        consumer = self.consumer
        if consumer is not None and not isinstance(consumer.getmany, Fetching):
            consumer.getmany = Fetching(consumer)
        # Asked again before the next record is handled, which waits when the database does not answer.
        self._delivery.parking.forget()

    async def on_batch(self, message: KafkaMessage) -> None:
        """Never raises: with manual acknowledgement a later commit would cover the hole."""
        records: Any = message.raw_message
        consumer = self.consumer
        async with self._busy:
            if consumer is None:
                return
            self.batch_since = time.monotonic()
            try:
                await self._batch(consumer, records)
            finally:
                self.batch_since = None

    async def _batch(self, consumer: AIOKafkaConsumer, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        mine = consumer.assignment()
        chains: defaultdict[tuple[str, int, bytes | None], list[Record]] = defaultdict(list)
        reached: dict[TopicPartition, int] = {}
        places: dict[tuple[str, int], TopicPartition | None] = {}
        consumes = self._delivery.consumes
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
        bugs = self._delivery.bugs_in_a_row
        for topic in {topic for topic, _, _ in chains if bugs[topic] >= MANY_IN_A_ROW}:
            # Its pause is over: one more failure starts the next one, a success ends it.
            bugs[topic] = MANY_IN_A_ROW - 1
        outcomes = await asyncio.gather(*(self._settled(chain) for chain in chains.values()))
        held: dict[TopicPartition, int] = {}
        for chain, settled in zip(chains.values(), outcomes, strict=True):
            if not settled:
                at = TopicPartition(chain[0].topic, chain[0].partition)
                held[at] = min(chain[0].offset, held.get(at, chain[0].offset))
        for at, offset in held.items():
            reached[at] = offset
        await self._commit(consumer, {at: offset for at, offset in reached.items() if at in consumer.assignment()})
        for at in reached:
            if at not in held:
                self._waits.pop(at, None)
        for at, offset in held.items():
            self._wait(consumer, at, offset)

    async def _settled(self, chain: Sequence[Record]) -> bool:
        """Whether everything in the chain is applied or parked, so that it may be committed."""
        topic = chain[0].topic
        bugs = self._delivery.bugs_in_a_row
        before = bugs[topic]
        try:
            await self._delivery.chain(chain)
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


async def _untouched(batch: Sequence[ConsumerRecord[bytes, bytes]]) -> KafkaMessage:
    """The batch as it is: headers that are not UTF-8 are for us to park, not for the framework to drop."""
    return KafkaMessage(raw_message=tuple(batch), body=b"", consumer=_NO_CONSUMER)


async def _nothing(message: KafkaMessage) -> None:
    return None


class _NoConsumer:
    async def commit(self) -> None:
        raise AssertionError("offsets are committed explicitly")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        raise AssertionError("offsets are sought explicitly")


_NO_CONSUMER = _NoConsumer()


def _security(arguments: Mapping[str, Any]) -> Any:
    from faststream.security import SASLScram512

    if not arguments:
        return None
    return SASLScram512(
        username=arguments["sasl_plain_username"], password=arguments["sasl_plain_password"], use_ssl=False
    )

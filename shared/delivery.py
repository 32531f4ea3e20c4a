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
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from opentelemetry.trace import SpanKind

from shared.collection import Chain, Collection
from shared.consumer import MANY_IN_A_ROW, Consumer, Paused, nothing, untouched
from shared.document import CENTRE, Heard
from shared.envelope import Received, Record, read, type_of
from shared.errors import Malformed, Refusal, Unavailable
from shared.fetching import UNDECODABLE
from shared.kafka import KafkaAccess, group, heard_topics
from shared.metrics import counted
from shared.parked import Cause, Parking
from shared.port import Conflict
from shared.telemetry import correlation, log_for, tracing

log = log_for(__name__)

Handler = Callable[[Received[Any]], Awaitable[None]]

MOST_IN_BATCH = 4_000
TRIES = 3
"""How often a handler that fails for its own reasons is run before the event is parked."""
SESSION_MS = 10_000
LONGEST_GOODBYE = 15
"""Seconds a process that is to stop gives the batches in hand."""

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
        authorities: Iterable[str],
        handlers: Mapping[type[Heard], Handler],
        collection: Collection,
        parking: Parking,
    ) -> None:
        self._service = service
        self._authorities = frozenset(authorities)
        self._handlers = {heard.TYPE.encode(): (heard, handler) for heard, handler in handlers.items()}
        self._streams = sorted({heard.STREAM for heard in handlers})
        self._collection = collection
        self.parking = parking
        self._consumers: list[Consumer] = []
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
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_GOODBYE):
                    await asyncio.gather(*(consumer.drain() for consumer in self._consumers))
            await broker.stop()

    @property
    def consumers(self) -> Sequence[Consumer]:
        """One per stream, for health and status."""
        return self._consumers

    async def parked_lanes(self) -> int:
        """How many subjects wait behind a parked event."""
        return await self.parking.waiting()

    def _subscribed(self, kafka: KafkaAccess, replica: str | None) -> KafkaBroker:
        broker = KafkaBroker(
            **kafka.broker(),
            ack_policy=AckPolicy.MANUAL,
            allow_auto_create_topics=False,
            logger=None,
            # What is in hand has been waited for by then.
            graceful_timeout=1,
            client_id=f"ocop-{self._service}",
        )
        self._consumers = []
        for stream in self._streams:
            consumer = Consumer(stream, self)
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
                parser=untouched,
                decoder=nothing,
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

    async def handle(self, record: Record, chain: Chain | None) -> None:
        """Read one record and run its handler."""
        type = type_of(record.headers)
        found = self._handlers.get(type) if type is not None else None
        if found is None:
            if type is None:
                raise Malformed(_undecodable(record) or "the header ce_type is missing")
            return
        heard, handler = found
        try:
            events = read(record, heard, chain)
        except Malformed:
            correlation.set("")
            raise
        # What is for an authority of another deployment is heard there.
        ours = [event for event in events if event.addressee in self._authorities]
        for event in ours:
            if event.addressee != event.authority and CENTRE not in (event.authority, event.addressee):
                raise AddressedElsewhere(speaker=event.authority, addressee=event.addressee)
        if not ours:
            return
        # It stays set when the handler fails, so that the line which says so carries it.
        correlation.set(ours[0].correlation_id)
        with self._span(ours[0], record) if tracing.on else contextlib.nullcontext():
            for event in ours:
                await handler(event)
        self.applied += 1

    def _span(self, event: Received[Any], record: Record) -> contextlib.AbstractContextManager[object]:
        return tracing.span(
            f"process {type(event.data).__name__}",
            SpanKind.CONSUMER,
            event.traceparent,
            messaging_system="kafka",
            messaging_destination_name=record.topic,
            messaging_kafka_offset=record.offset,
        )

    async def replay(self, record: Record) -> None:
        """Run a parked record through the same handler, and come back when it is saved. Raises ``StillFailing``."""
        while True:
            try:
                await self._alone(record)
                return
            except Conflict:
                continue
            except (Unavailable, Malformed, Refusal):
                raise
            except Exception as error:
                log.error("replay_failed", topic=record.topic, offset=record.offset, exc_info=True)
                raise StillFailing(reason=f"{type(error).__name__}: {error}"[:300]) from error

    def consumes(self, type: bytes | None) -> bool:
        # A record without a readable type must be looked at: it is to be parked.
        return type is None or type in self._handlers


def _undecodable(record: Record) -> str | None:
    """Why the record could not be decoded, when that is what it stands for."""
    why = next((raw for name, raw in record.headers if name == UNDECODABLE), None)
    return why.decode(errors="backslashreplace") if why else None


class StillFailing(Refusal):
    """What was parked because the handler is wrong still fails."""

    vi = "Sự kiện đầu làn vẫn gây lỗi trong dịch vụ ({reason}). Hãy sửa dịch vụ rồi chạy lại."
    en = "The first event of the lane still breaks its handler ({reason}). Mend the service, then replay it."


class AddressedElsewhere(Refusal):
    """A province speaks to itself and to the centre; another one's people are not told what it says."""

    vi = "Cơ quan {speaker} không gửi sự kiện tới cơ quan {addressee}: chỉ tới chính mình hoặc tới trung ương."
    en = "Authority {speaker} does not address authority {addressee}, only itself and the centre."

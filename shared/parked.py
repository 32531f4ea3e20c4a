"""Events that could not be applied: one lane per topic and subject, kept until somebody replays or discards them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict

from shared.document import Decision, Document, Fact
from shared.envelope import Record, printable, sequence_of, speaker_of
from shared.errors import Refusal, Unavailable
from shared.store import Store

MOST_IN_LANE = 500
LARGEST_LANE = 4 * 1024 * 1024
"""Bytes of records in one lane. A full lane stops its partition instead of forgetting anything."""

Cause = Literal["malformed", "refused", "bug", "behind"]
"""Unreadable; a rule says no; the handler is wrong; an earlier event of its subject is parked."""


_FIGURES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+")


class ParkedEvent(BaseModel):
    """One event in a lane, with everything needed to run it again byte for byte."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    offset: int
    key: Base64Bytes | None
    headers: tuple[tuple[str, Base64Bytes | None], ...]
    value: Base64Bytes | None
    sequence: int
    cause: Cause
    reason: str
    parked_at: datetime

    @classmethod
    def of(cls, record: Record, cause: Cause, reason: str, now: datetime) -> "ParkedEvent":
        return cls.model_construct(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            headers=tuple(record.headers),
            value=record.value,
            sequence=sequence_of(record.headers),
            cause=cause,
            reason=reason[:2_000],
            parked_at=now,
        )

    def record(self) -> Record:
        return Record(self.topic, self.partition, self.offset, self.key, self.headers, self.value)

    @property
    def size(self) -> int:
        return len(self.value or b"") + sum(len(name) + len(raw or b"") for name, raw in self.headers)

    @property
    def trouble(self) -> str:
        """What is wrong, the same for all events that fail alike: the last line of the reason, its figures left out."""
        type = next((raw.decode(errors="replace") for name, raw in self.headers if name == "ce_type" and raw), "")
        last = self.reason.strip().rpartition("\n")[2]
        return f"{self.cause} {type}: {_FIGURES.sub('…', last)[:200]}"

    @property
    def group(self) -> str:
        """The short name of its trouble."""
        return sha256(self.trouble.encode()).hexdigest()[:12]


class Action(BaseModel):
    """What somebody did with a lane."""

    model_config = ConfigDict(frozen=True)

    what: Literal["replayed", "discarded"]
    sequence: int
    offset: int
    who: str
    why: str
    at: datetime


class EventParked(Fact):
    """The record of a parked event on the dead-letter topic of its stream."""

    TYPE: ClassVar[str] = "vn.ocop.event.parked.v1"
    STREAM: ClassVar[str] = "dlq"

    service: str
    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    cause: Cause
    reason: str

    @property
    def stream(self) -> str:
        return f"{self.topic.rsplit('.', 1)[-1]}.dlq"


class LaneFull(Unavailable):
    """A lane holds as much as it can; its partition waits until an operator empties it."""


class NothingParked(Refusal):
    status = 409
    vi = "Không còn sự kiện nào bị giữ lại trong làn {lane}."
    en = "Nothing is parked in lane {lane} any more."


class AnotherFirst(Refusal):
    status = 409
    vi = "Sự kiện đứng đầu làn {lane} nằm ở vị trí {first}, không phải {offset}. Hãy xem lại làn."
    en = "The first event of lane {lane} stands at offset {first}, not {offset}. Look at the lane again."


class Lane(Document):
    """The parked events of one subject, in order, and what was done with those that are gone."""

    topic: str
    subject: str
    service: str
    events: tuple[ParkedEvent, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def waiting(self) -> bool:
        return bool(self.events)

    def park(self, event: ParkedEvent) -> Decision["Lane"]:
        """Take one more event, in the order of its sequence; the same one again changes nothing."""
        if any(_same(event, held) for held in self.events):
            return self, ()
        if len(self.events) >= MOST_IN_LANE or sum(e.size for e in self.events) + event.size > LARGEST_LANE:
            raise LaneFull(f"{self.id} holds {len(self.events)} events")
        if event.sequence == 0 and self.events:
            # It cannot be read, so its place is where it came.
            event = event.model_copy(update={"sequence": self.events[-1].sequence})
        events = tuple(sorted((*self.events, event), key=lambda e: e.sequence))
        said = EventParked(
            service=self.service,
            topic=event.topic,
            partition=event.partition,
            offset=event.offset,
            key=(event.key or b"").decode(errors="backslashreplace"),
            headers=printable(event.headers),
            cause=event.cause,
            reason=event.reason,
        )
        return self.but(events=events), (said,)

    def without(self, event: ParkedEvent, action: Action) -> Decision["Lane"]:
        """The lane after its first event was replayed or discarded."""
        if not self.events or not _same(self.events[0], event):
            raise NothingParked(lane=self.id)
        return self.but(events=self.events[1:], actions=(*self.actions, action)[-MOST_IN_LANE:]), ()


def _same(one: ParkedEvent, other: ParkedEvent) -> bool:
    """A re-sent event has another offset; one without a readable sequence is known by its place only."""
    here = (one.partition, one.offset) == (other.partition, other.offset)
    return here or (one.sequence == other.sequence and one.value == other.value and one.headers == other.headers)


class Lanes(Store[Lane]):
    """The lanes of one service."""

    model = Lane
    indexes = (("events.0.parked_at",),)
    WAITING: ClassVar[Mapping[str, object]] = {"events.0.parked_at": {"$gt": ""}}
    """What a lane has in which something waits."""


def lane_of(record: Record) -> str:
    """The id of the lane in which this record would wait: its topic and its key, whatever its headers say."""
    return f"lane/{record.topic}/{(record.key or b'').decode(errors='backslashreplace')[:200]}"


class Parking:
    """Parks events, lets later ones line up behind them, and runs lanes again."""

    def __init__(self, lanes: Lanes, service: str, authorities: frozenset[str], clock: Callable[[], datetime]) -> None:
        self._lanes = lanes
        self._service = service
        self._authorities = authorities
        self._clock = clock
        self._waiting: set[str] = set()
        self._asked = 1
        self._learned = 0
        self._learning: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Partitions have come from another process, which may have parked what this one does not know of."""
        self._asked += 1

    async def waiting(self) -> int:
        """How many lanes wait for an operator."""
        return await self._lanes.count(Lanes.WAITING)

    async def learn(self) -> None:
        """Find out which lanes are waiting, when that is not known; until then nothing may be handled.

        Whoever asks meanwhile waits for the same answer. Raises ``Unavailable``.
        """
        while self._learned < self._asked:
            if self._learning is None:
                self._learning = asyncio.create_task(self._look())
                self._learning.add_done_callback(self._looked)
            await asyncio.shield(self._learning)

    async def _look(self) -> None:
        asked = self._asked
        async for lane in self._lanes.every(Lanes.WAITING):
            # Only added to: what is parked while this looks is known anyway, and an empty lane is found out later.
            self._waiting.add(lane.id)
        self._learned = asked

    def _looked(self, _: "asyncio.Task[None]") -> None:
        self._learning = None

    def may_wait(self, record: Record) -> bool:
        """Whether an earlier event of this record's subject may be parked. Most records end here."""
        return bool(self._waiting) and lane_of(record) in self._waiting

    async def line_up(self, record: Record) -> bool:
        """Park the record behind an earlier one. False when there is none: the record is to be handled."""
        id = lane_of(record)
        lane = await self._lanes.get(id)
        if not lane.waiting:
            self._waiting.discard(id)
            return False
        if 0 < sequence_of(record.headers) < lane.events[0].sequence:
            return False
        event = ParkedEvent.of(record, "behind", "an earlier event of this subject is parked", self._clock())

        def behind(lane: Lane) -> Decision[Lane]:
            # Somebody may just have emptied the lane; then the event is handled like any other.
            return lane.park(event) if lane.waiting else (lane, ())

        saved = await self._lanes.change(id, behind)
        return saved.document.waiting

    async def park(self, record: Record, cause: Cause, reason: str) -> None:
        """Put the record at its place in its lane, and say so on the dead-letter topic."""
        event = ParkedEvent.of(record, cause, reason, self._clock())
        id = lane_of(record)
        speaker = speaker_of(record.topic)
        empty = Lane(
            id=id,
            authority=speaker if speaker in self._authorities else min(self._authorities),
            topic=record.topic,
            subject=(record.key or b"").decode(errors="backslashreplace"),
            service=self._service,
        )
        await self._lanes.settle(id, lambda lane: (lane or empty).park(event))
        self._waiting.add(id)

    async def replay(self, id: str, handle: Callable[[Record], Awaitable[None]], who: str, why: str) -> int:
        """Run a lane's events in order through ``handle``, taking each out when it is applied.

        Stops at the first that still fails, and raises what it raised. Returns how many went through.
        """
        applied = 0
        lane = await self._lanes.get(id)
        while lane.waiting:
            event = lane.events[0]
            await handle(event.record())
            lane = await self._leave(id, event, "replayed", who, why)
            applied += 1
        return applied

    async def discard(self, id: str, who: str, why: str, offset: int | None = None) -> ParkedEvent:
        """Take the first event of a lane out without applying it.

        With the ``offset`` of the event that is meant, asking again when the answer was lost cannot take the next
        one out as well. Raises ``NothingParked`` or ``AnotherFirst``.
        """
        lane = await self._lanes.get(id)
        if not lane.waiting:
            raise NothingParked(lane=id)
        event = lane.events[0]
        if offset is not None and event.offset != offset:
            raise AnotherFirst(lane=id, offset=offset, first=event.offset)
        await self._leave(id, event, "discarded", who, why)
        return event

    async def _leave(
        self, id: str, event: ParkedEvent, what: Literal["replayed", "discarded"], who: str, why: str
    ) -> Lane:
        action = Action(what=what, sequence=event.sequence, offset=event.offset, who=who, why=why, at=self._clock())
        saved = await self._lanes.change(id, lambda lane: lane.without(event, action))
        return saved.document

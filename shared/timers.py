"""What is due is done: by whichever worker comes first, once, and never by a clock that ran away."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.collection import Collection
from shared.document import D, Decision, Document
from shared.errors import Refusal, Unavailable
from shared.store import Store
from shared.telemetry import log_for

log = log_for(__name__)

Ring = Callable[[D, datetime], Decision[D]]
"""The rule of a timer: the document and the facts it does not list yet, and its next ``due``."""

FURTHEST = timedelta(hours=72)
"""A clock that is further than this past the last ring stops the timers until an operator accepts it."""
RECORD_EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 500
CLOCK_ID = "clock"


class ClockAccepted(Refusal):
    vi = "Đồng hồ không bị dừng; không có gì để chấp nhận."
    en = "The clock is not stopped; there is nothing to accept."


class ClockRecord(Document):
    """Until when this service's timers have rung, and the time an operator has accepted."""

    rung: datetime
    accepted_by: str | None = None

    def ring(self, now: datetime) -> Decision["ClockRecord"]:
        if now - self.rung < RECORD_EVERY:
            return self, ()
        return self.but(rung=now), ()

    def accept(self, now: datetime, who: str) -> Decision["ClockRecord"]:
        if now - self.rung <= FURTHEST:
            raise ClockAccepted()
        return self.but(rung=now, accepted_by=who), ()


class ClockRecords(Store[ClockRecord]):
    model = ClockRecord


class ClockGuard:
    """Stops the timers when the clock has jumped: a wrong clock must not expire the country, exactly once."""

    def __init__(self, collection: Collection, clock: Clock, authority: str) -> None:
        self._records = ClockRecords(collection)
        self._clock = clock
        self._authority = authority
        self.stopped_at: datetime | None = None

    async def passed(self) -> datetime | None:
        """The present instant, recorded; None when it is too far from the last one to be believed."""
        now = self._clock()
        first = ClockRecord(id=CLOCK_ID, authority=self._authority, rung=now)
        record = (await self._records.add(first)).document if self._unknown else await self._records.get(CLOCK_ID)
        self._unknown = False
        if now - record.rung > FURTHEST:
            if self.stopped_at is None:
                log.error("clock_jumped", now=now.isoformat(), last_ring=record.rung.isoformat())
            self.stopped_at = now
            return None
        self.stopped_at = None
        if now - record.rung >= RECORD_EVERY:
            await self._records.change(CLOCK_ID, lambda held: held.ring(now))
        return now

    _unknown = True

    async def accept(self, who: str) -> datetime:
        """An operator vouches for the clock as it is. Raises ``ClockAccepted`` when it was not stopped."""
        now = self._clock()
        await self._records.change(CLOCK_ID, lambda held: held.accept(now, who))
        self.stopped_at = None
        log.warning("clock_accepted", now=now.isoformat(), who=who)
        return now


async def ring_for_ever(store: Store[D], ring: Ring[D], guard: ClockGuard, every: float = 1.0) -> None:
    """Ring what is due, until cancelled. Compare-and-set decides between two workers who ring the same document."""
    while True:
        try:
            rung = await ring_once(store, ring, guard)
        except Unavailable as error:
            log.warning("timers_wait", kind=store.model.__name__, reason=str(error))
            rung = 0
        if rung < MOST_AT_ONCE:
            await asyncio.sleep(every)


async def ring_once(store: Store[D], ring: Ring[D], guard: ClockGuard) -> int:
    """Ring the documents that are due now; how many there were."""
    now = await guard.passed()
    if now is None:
        return 0
    ids = await store.due(now, MOST_AT_ONCE)

    def rung(document: D) -> Decision[D]:
        if document.due is None or document.due > now:
            return document, ()
        return ring(document, now)

    outcomes = await asyncio.gather(*(store.change(id, rung) for id in ids), return_exceptions=True)
    for id, outcome in zip(ids, outcomes, strict=True):
        if isinstance(outcome, Unavailable):
            raise outcome
        if isinstance(outcome, BaseException):
            # One document that cannot ring must not keep the others from ringing.
            log.error("timer_failed", id=id, error=repr(outcome))
    return len(ids)

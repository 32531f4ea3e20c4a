"""Everything one subscription is told of one certificate: in order, one at a time, until the receiver took it.

The order is kept by keeping it all in one document: only its first waiting event is ever sent. A crash between the
receiver's answer and the record of it sends that event again, under the same ``webhook-id``.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.notification.domain.delivery import LEASE, Claim
from services.notification.domain.retrying import LONGEST_ASKED, SCHEDULE, again_after
from shared.document import Decision, Document
from shared.errors import Refusal

KEPT_TRIES = 50
MOST_ENTRIES = 500


class NothingSuch(Refusal):
    status = 404
    vi = "Không có sự kiện {event} trong nhật ký này."
    en = "There is no event {event} in this log."


class Try(BaseModel):
    """One request to the receiver and what became of it."""

    model_config = ConfigDict(frozen=True)

    event: str
    at: datetime
    outcome: Literal["delivered", "failed", "gone"]
    status: int | None
    said: str
    milliseconds: int


class Entry(BaseModel):
    """One event for the receiver. ``body`` is the CloudEvent exactly as it is sent."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    event: str
    type: str
    time: datetime
    body: str
    correlation_id: str
    delivered_at: datetime | None = None
    resent: bool = False


class Dispatch(Document):
    """The events of one subject for one subscription."""

    subscription: str
    source: str
    subject: str
    entries: tuple[Entry, ...] = ()
    tries: tuple[Try, ...] = ()
    failures: int = 0
    """Failed tries of the first waiting event."""
    claim: Claim | None = None
    waiting: int = 0

    def take(self, entry: Entry, now: datetime) -> Decision["Dispatch"]:
        """One more event to tell; one that is there already changes nothing."""
        if any(held.event == entry.event for held in self.entries):
            return self, ()
        entries = sorted((*self.entries, entry), key=lambda each: each.sequence)
        told = [each for each in entries if each.delivered_at is not None]
        # What waits is never forgotten, only what was told long ago.
        forgotten = told[: max(len(entries) - MOST_ENTRIES, 0)]
        return self._with(tuple(each for each in entries if each not in forgotten), due=self.due or now), ()

    def next(self) -> Entry | None:
        """The event that goes out next."""
        return next((entry for entry in self.entries if entry.delivered_at is None), None)

    def claimed(self, by: str, now: datetime, watch: datetime, lease: timedelta = LEASE) -> Decision["Dispatch"]:
        """Take it in hand for ``lease``, unless it is not due or in somebody else's."""
        if self.due is None or self.due > now or (self.claim is not None and self.claim.until > watch):
            return self, ()
        return self.but(claim=Claim(by=by, until=watch + lease), due=now + lease), ()

    def held(self, by: str) -> bool:
        return self.claim is not None and self.claim.by == by

    def delivered(self, tried: Try) -> Decision["Dispatch"]:
        """The receiver took it. This holds whoever holds the claim by now."""
        entries = tuple(
            entry.model_copy(update={"delivered_at": tried.at}) if entry.event == tried.event else entry
            for entry in self.entries
        )
        return self._with(entries, tries=self._tried(tried), failures=0), ()

    def failed(self, by: str, tried: Try, now: datetime, asked: timedelta | None) -> Decision["Dispatch"]:
        """The receiver did not take it: later again, and everything behind it waits."""
        if not self.held(by):
            return self.but(tries=self._tried(tried)), ()
        failures = self.failures + 1
        # After the last try the subscription is disabled; this waits until it is well again.
        pause = again_after(self.id, failures, asked) or LONGEST_ASKED
        return self.but(tries=self._tried(tried), claim=None, failures=failures, due=now + pause), ()

    @property
    def exhausted(self) -> bool:
        """Whether the first waiting event has used up its tries."""
        return self.failures > len(SCHEDULE)

    def let_go(self, by: str, now: datetime) -> Decision["Dispatch"]:
        """Everything was told, or the rest is for the next round."""
        if not self.held(by):
            return self, ()
        return self.but(claim=None, due=now if self.waiting else None), ()

    def hurried(self, now: datetime) -> Decision["Dispatch"]:
        """The endpoint is well again: what waits goes out now."""
        if not self.waiting or self.claim is not None or self.due == now:
            return self, ()
        return self.but(due=now, failures=0), ()

    def resent(self, event: str, now: datetime) -> Decision["Dispatch"]:
        """Send one event again, as the subscriber asks."""
        if not any(entry.event == event for entry in self.entries):
            raise NothingSuch(event=event)
        entries = tuple(
            entry.model_copy(update={"delivered_at": None, "resent": True}) if entry.event == event else entry
            for entry in self.entries
        )
        return self._with(entries, due=now), ()

    def _with(self, entries: tuple[Entry, ...], **changes: object) -> "Dispatch":
        waiting = sum(entry.delivered_at is None for entry in entries)
        if not waiting:
            changes |= {"due": None, "claim": None}
        return self.but(entries=entries, waiting=waiting, **changes)

    def _tried(self, tried: Try) -> tuple[Try, ...]:
        return (*self.tries, tried)[-KEPT_TRIES:]

"""One message to one person: claimed, tried, tried again, and recorded as sent only when it was accepted.

A delivery is claimed for a while (``claim``), and an attempt is written down just before the message leaves and
closed just after the server has answered. A process that dies between those two writes leaves an attempt without an
end. Whether its message went out cannot be known, so it is shown as ``interrupted`` and the message is sent again
under the same Message-ID, by which most mail systems drop a repeat. That moment, the time the server takes to answer
one message, is all that is left of the risk of telling somebody twice.
"""

from datetime import datetime, timedelta
from typing import Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, JsonValue

from services.notification.domain.rules import Audience, ChannelName, PaperName
from shared.document import Decision, Document
from shared.errors import Refusal

State = Literal["waiting", "sending", "sent", "no_address", "undeliverable", "recorded"]
"""``recorded`` is a fact that came too late to be told by itself; an operator may release it."""
Ended = Literal["accepted", "deferred", "refused", "unanswered", "interrupted"]
"""What became of an attempt: the server took it; not now; never; it did not answer; the sender died."""

OLDEST_TOLD = timedelta(days=7)
"""A fact that is heard later than this after it happened is recorded and not sent."""
LEASE = timedelta(minutes=5)
"""How long a claim holds; longer than everything a worker does with what it has claimed."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 16
"""On the last channel that is open; with the pauses between them these take about two days."""
ATTEMPTS_BEFORE_NEXT = 8
"""On a channel behind which another one is open: about an hour and a half."""


class NotRecorded(Refusal):
    vi = "Tin nhắn này không ở trạng thái chỉ ghi lại («{state}»); không có gì để gửi."
    en = "This message is not one that was only recorded (it is “{state}”); there is nothing to release."


class NotGivenUp(Refusal):
    vi = "Tin nhắn này đang ở trạng thái «{state}»; chỉ gửi lại tin không có địa chỉ hoặc không gửi được."
    en = "This message is “{state}”; only one without an address, or one that could not be delivered, is sent again."


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Cause(Frozen):
    """The event a message tells of."""

    type: str
    id: str
    source: str
    subject: str
    sequence: int
    time: datetime
    correlation_id: str
    traceparent: str


class Claim(Frozen):
    """Who works on a delivery, and until when nobody else may. Measured by a clock that no trial moves."""

    by: str
    until: datetime


class Attempt(Frozen):
    """One try. Without an end it is running, or its sender died."""

    number: int
    by: str
    channel: ChannelName = "email"
    started: datetime
    ended: datetime | None = None
    outcome: Ended | None = None
    reply: str = ""
    """The server's words, without anybody's address."""


class SentPaper(Frozen):
    """What a mail brought with it; ``digest`` is the SHA-256 of the file."""

    name: str
    size: int
    digest: str


class SentMessage(Frozen):
    """What was sent. The person's name is left out, because personal data lives with the dossiers only.

    ``digest`` is the SHA-256 of the text that really went out.
    """

    at: datetime
    attempt: int
    channel: str
    message_id: str
    language: str
    template_version: str
    subject: str
    text: str
    digest: str
    paper: SentPaper | None = None
    without_paper: str | None = None
    """Why the paper that the rule asks for did not go with it."""


class Delivery(Document):
    """One message to one person because of one event."""

    cause: Cause
    audience: Audience
    recipient: str
    """An owner as the dossier service knows it, else an office, a subscriber or a person as ``addressees`` names it."""
    template: str
    channel: ChannelName
    others: tuple[ChannelName, ...] = ()
    """Which channels come next, when nobody can be reached over this one."""
    facts: dict[str, JsonValue]
    """What the event said, for the template."""
    paper: PaperName | None = None
    """What a mail is to bring with it."""
    state: State = "waiting"
    claim: Claim | None = None
    attempts: tuple[Attempt, ...] = ()
    delayed_by: str | None = None
    """Why it is not even tried now: the contacts or the mail server are away, the template does not fit."""
    sent: SentMessage | None = None
    released_by: str | None = None
    """Who had it sent after all, and why."""
    given_up_after: int = 0
    """How many attempts lie before that; they count no more."""
    read_at: datetime | None = None
    """When its recipient first opened it in the inbox."""

    def released(self, who: str, now: datetime) -> Decision["Delivery"]:
        """Send after all what was only recorded."""
        if self.state != "recorded":
            raise NotRecorded(state=self.state)
        return self.but(state="waiting", released_by=who, due=now), ()

    def tried_again(self, who: str, channels: tuple[ChannelName, ...], now: datetime) -> Decision["Delivery"]:
        """Begin anew on the rule's first channel, because an address was mended. What was sent is never sent again."""
        if self.state not in ("no_address", "undeliverable"):
            raise NotGivenUp(state=self.state)
        begun = {"state": "waiting", "released_by": who, "due": now, "given_up_after": len(self.attempts)}
        return self.but(**begun, channel=channels[0], others=channels[1:]), ()

    def opened(self, now: datetime) -> Decision["Delivery"]:
        """Its recipient has read it in the inbox; the first time counts."""
        return (self, ()) if self.read_at is not None else (self.but(read_at=now), ())

    def claimed(self, by: str, now: datetime, watch: datetime, lease: timedelta = LEASE) -> Decision["Delivery"]:
        """Take the delivery for ``lease``, unless it is not due, finished, or in somebody's hands.

        ``now`` is the service's clock, ``watch`` the one leases are measured by.
        """
        if self.due is None or self.due > now or (self.claim is not None and self.claim.until > watch):
            return self, ()
        attempts = self.attempts
        if self.state == "sending":
            attempts = (
                *attempts[:-1],
                attempts[-1].model_copy(update={"ended": now, "outcome": "interrupted"}),
            )
        claim = Claim(by=by, until=watch + lease)
        return self.but(state="waiting", attempts=attempts, claim=claim, due=now + lease), ()

    @property
    def channels(self) -> tuple[ChannelName, ...]:
        """The channels still to be tried, in their order."""
        return (self.channel, *self.others)

    def begun(
        self, by: str, channels: tuple[ChannelName, ...], now: datetime, watch: datetime, lease: timedelta = LEASE
    ) -> Decision["Delivery"]:
        """Write down that the message leaves now, over the first of ``channels``, which are those that are open.

        Only for the holder of the claim, while it has time left.
        """
        if not self.held(by) or self.claim is None or self.claim.until - lease / 2 <= watch:
            return self, ()
        attempt = Attempt(number=len(self.attempts) + 1, by=by, channel=channels[0], started=now)
        begun = self.but(
            state="sending",
            channel=channels[0],
            others=channels[1:],
            claim=Claim(by=by, until=watch + lease),
            attempts=(*self.attempts, attempt),
            delayed_by=None,
            due=now + lease,
        )
        return begun, ()

    def held(self, by: str) -> bool:
        """Whether ``by`` holds the claim and has not begun."""
        return self.state == "waiting" and self.claim is not None and self.claim.by == by

    def running(self, by: str) -> Attempt | None:
        """The attempt ``by`` has begun and not ended."""
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.by == by and last.outcome is None else None

    def accepted(self, message: SentMessage, reply: str) -> Decision["Delivery"]:
        """The server took the message. This holds even when the attempt was given up as interrupted meanwhile."""
        attempts = self._ended(message.attempt, message.at, "accepted", reply)
        if self.sent is not None:
            return self.but(attempts=attempts), ()
        return self.but(state="sent", sent=message, attempts=attempts, claim=None, due=None, delayed_by=None), ()

    def failed(self, number: int, now: datetime, outcome: Ended, reply: str) -> Decision["Delivery"]:
        """The server did not take it: try again later, or over the next channel when it said never or too often."""
        attempts = self._ended(number, now, outcome, reply)
        if self.state != "sending" or self.attempts[-1].number != number:
            # The attempt was given up as interrupted meanwhile, and somebody else goes on.
            return self.but(attempts=attempts), ()
        ended = self.but(attempts=attempts, claim=None)
        tried = sum(attempt.channel == self.channel for attempt in attempts[self.given_up_after :])
        if outcome != "refused" and tried < (ATTEMPTS_BEFORE_NEXT if self.others else MOST_ATTEMPTS):
            return ended.but(state="waiting", due=now + pause(self.id, tried)), ()
        if self.others:
            return ended.but(state="waiting", channel=self.others[0], others=self.others[1:], due=now), ()
        return ended.but(state="undeliverable", due=None), ()

    def without_address(self, by: str, left: tuple[ChannelName, ...], now: datetime) -> Decision["Delivery"]:
        """There is no address that could be used, but perhaps one over the channels that are ``left``."""
        if not self.held(by):
            return self, ()
        if left:
            return self.but(channel=left[0], others=left[1:], claim=None, due=now), ()
        return self.but(state="no_address", claim=None, due=None, delayed_by=None), ()

    def given_back(self, by: str, until: datetime, why: str | None) -> Decision["Delivery"]:
        """Not tried at all: whoever comes first after ``until`` takes it again."""
        if not self.held(by):
            return self, ()
        return self.but(claim=None, due=until, delayed_by=why), ()

    def _ended(self, number: int, at: datetime, outcome: Ended, reply: str) -> tuple[Attempt, ...]:
        changed = {"ended": at, "outcome": outcome, "reply": reply}
        return tuple(
            attempt.model_copy(update=changed) if attempt.number == number else attempt for attempt in self.attempts
        )


def pause(id: str, attempts: int) -> timedelta:
    """How long to wait after so many attempts: three times as long each time, spread by the delivery's id."""
    longest = min(FIRST_PAUSE * int(3 ** min(attempts - 1, 10)), LONGEST_PAUSE)
    spread = 800 + crc32(f"{id}|{attempts}".encode()) % 400
    return longest * spread // 1000

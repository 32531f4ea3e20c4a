"""The sending loop: claims what is due, asks for contacts, and carries each message out once."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from jinja2 import TemplateError
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from services.notification.channels import ChannelAway, Outcome, Session
from services.notification.contacts import Contact, Contacts
from services.notification.domain.delivery import LEASE, Delivery, SentMessage
from services.notification.domain.rules import ChannelName
from services.notification.messages import AddressUnusable, Messages
from services.notification.papers import Papers
from services.notification.store import Deliveries, Wordings
from services.notification.ways import Way
from shared.clock import Clock
from shared.document import Decision
from shared.errors import Unavailable
from shared.http import fresh_id
from shared.peers import PeerAway
from shared.telemetry import correlation, log_for, tracing

log = log_for(__name__)

MOST_AT_ONCE = 100
"""Deliveries in one claim, sent long before their lease ends."""
MOST_LANES = 4
"""Connections to a provider; one person's messages go over the same one, in order."""
IDLE_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 15.0
STOP_SECONDS = 8.0
"""How long a stopping worker may take to finish the message in hand."""
AWAY_PAUSE = timedelta(seconds=5)
UNFIT_PAUSE = timedelta(minutes=5)


class Reached(NamedTuple):
    """A delivery, and the channels over which its recipient has an address."""

    delivery: Delivery
    contact: Contact
    channels: tuple[ChannelName, ...]


class Sending:
    """One worker's loop. Any number of them may run: a claim has one winner.

    ``clock`` says what is due and may be moved in a trial; ``watch`` measures leases and is never moved.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        contacts: Contacts,
        messages: Messages,
        wordings: Wordings,
        papers: Papers,
        ways: Mapping[ChannelName, Way],
        clock: Clock,
        watch: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._deliveries = deliveries
        self._contacts = contacts
        self._messages = messages
        self._wordings = wordings
        self._papers = papers
        self._ways = ways
        self._clock = clock
        self._watch = watch
        self._lease = lease
        self._stopping = False

    async def run(self) -> None:
        """Send until cancelled; then the message in hand is finished and the rest given back."""
        self._stopping = False
        wait = IDLE_SECONDS
        while True:
            sending = asyncio.create_task(self.round())
            try:
                found = await asyncio.shield(sending)
                wait = IDLE_SECONDS
            except asyncio.CancelledError:
                self._stopping = True
                with suppress(TimeoutError, Unavailable):
                    await asyncio.wait_for(sending, STOP_SECONDS)
                raise
            except Unavailable as error:
                log.warning("sending_waits", reason=str(error), seconds=wait)
                found, wait = 0, min(2 * wait, LONGEST_WAIT_SECONDS)
            if found < MOST_AT_ONCE:
                await asyncio.sleep(wait)

    async def round(self) -> int:
        """Claim and send what is due now; how many were found.

        Raises ``Unavailable`` when the database, the contacts or the channel are away; what was claimed is then
        given back, or its lease runs out.
        """
        ids = await self._deliveries.due(self._clock(), MOST_AT_ONCE)
        if not ids:
            return 0
        by = fresh_id()
        claimed = await self._claim(ids, by)
        by_authority: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in claimed:
            by_authority[delivery.authority].append(delivery)
        outcomes = await asyncio.gather(
            *(self._send_for(authority, each, by) for authority, each in by_authority.items()), return_exceptions=True
        )
        _raise_first(outcomes)
        return len(ids)

    async def _claim(self, ids: Sequence[str], by: str) -> list[Delivery]:
        now, watch = self._clock(), self._watch()

        def claim(delivery: Delivery) -> Decision[Delivery]:
            return delivery.claimed(by, now, watch, self._lease)

        outcomes = await asyncio.gather(*(self._deliveries.change(id, claim) for id in ids), return_exceptions=True)
        won = [saved.document for saved in outcomes if not isinstance(saved, BaseException)]
        mine = [delivery for delivery in won if delivery.held(by)]
        if not mine:
            _raise_first(outcomes)
        return sorted(mine, key=lambda delivery: (delivery.cause.time, delivery.cause.sequence))

    async def _send_for(self, authority: str, deliveries: Sequence[Delivery], by: str) -> None:
        """Send one authority's deliveries, over a few lanes of each channel."""
        try:
            contacts = await self._contacts.of(authority, [delivery.recipient for delivery in deliveries])
        except PeerAway as away:
            await self._give_back(deliveries, by, self._clock() + AWAY_PAUSE, str(away))
            raise
        reached = []
        for delivery in deliveries:
            contact = contacts.get(delivery.recipient)
            channels = self._open(delivery, contact)
            if contact is None or not channels:
                await self._nowhere(delivery, (), by)
            else:
                reached.append(Reached(delivery, contact, channels))
        outcomes = await asyncio.gather(*(self._lane(lane, by) for lane in _lanes(reached)), return_exceptions=True)
        _raise_first(outcomes)

    def _open(self, delivery: Delivery, contact: Contact | None) -> tuple[ChannelName, ...]:
        """The channels that this deployment has and for which there is an address, in their order."""
        if contact is None:
            return ()
        return tuple(name for name in delivery.channels if name in self._ways and self._ways[name].reaches(contact))

    async def _nowhere(self, delivery: Delivery, left: tuple[ChannelName, ...], by: str) -> None:
        now = self._clock()
        await self._deliveries.change(delivery.id, lambda held: held.without_address(by, left, now))
        log.warning("no_address", delivery=delivery.id, left=left)

    async def _lane(self, lane: Sequence[Reached], by: str) -> None:
        """Send one after the other over one connection."""
        left = list(lane)
        way = self._ways[lane[0].channels[0]]
        async with way.channel.session() as session:
            try:
                while left and not self._stopping:
                    await self._send(left[0], way, session, by)
                    del left[0]
            except ChannelAway as away:
                await self._give_back([each.delivery for each in left], by, self._clock() + AWAY_PAUSE, str(away))
                raise
        if left:
            await self._give_back([each.delivery for each in left], by, self._clock(), None)

    async def _send(self, reached: Reached, way: Way, session: Session, by: str) -> None:
        """Carry one message out: written down just before it leaves, and just after it was taken."""
        delivery, contact, channels = reached
        language, facts, type = contact.language, delivery.facts, delivery.cause.type
        now, template = self._clock(), delivery.template
        words = await self._wordings.said(delivery.authority, template, language)
        try:
            text = self._messages.text(template, language, type, facts, contact.name, words)
            kept = self._messages.text(template, language, type, facts, f"[{delivery.recipient}]", words)
            paper = await self._papers.of(delivery) if way.brings else None
            parcel = way.wrap(delivery, text, contact, now, paper)
        except PeerAway as away:
            await self._give_back([delivery], by, now + AWAY_PAUSE, str(away))
            log.warning("paper_waited_for", delivery=delivery.id, reason=str(away))
            return
        except AddressUnusable:
            await self._nowhere(delivery, channels[1:], by)
            return
        except (TemplateError, ValidationError) as error:
            await self._give_back([delivery], by, now + UNFIT_PAUSE, f"the template does not fit: {error}"[:300])
            log.error("template_unfit", delivery=delivery.id, template=delivery.template, error=str(error))
            return
        await session.ready()
        watch = self._watch()
        begun = (
            await self._deliveries.change(delivery.id, lambda held: held.begun(by, channels, now, watch, self._lease))
        ).document
        attempt = begun.running(by)
        if attempt is None:
            log.warning("claim_lost", delivery=delivery.id)
            return
        with _told(delivery):
            mark = f"{delivery.id}.{attempt.number}"
            outcome = await session.send(parcel, mark)
            sent = SentMessage(
                at=self._clock(),
                attempt=attempt.number,
                channel=way.channel.name,
                message_id=parcel.message_id,
                language=language,
                template_version=text.version,
                subject=text.subject,
                text=kept.plain,
                digest=parcel.digest,
                paper=paper.sent() if paper is not None else None,
                without_paper=paper.lacking if paper is not None else None,
            )
            await self._record(delivery.id, outcome, sent)

    async def _record(self, id: str, outcome: Outcome, sent: SentMessage) -> None:
        """Write down what became of the attempt, however long the database stays away.

        To stop trying would be to forget that somebody was told.
        """

        def ended(held: Delivery) -> Decision[Delivery]:
            if outcome.kind == "accepted":
                return held.accepted(sent, outcome.reply)
            return held.failed(sent.attempt, sent.at, outcome.kind, outcome.reply)

        wait = 0.1
        while True:
            try:
                await self._deliveries.change(id, ended)
                break
            except Unavailable as error:
                log.warning("outcome_unrecorded", delivery=id, outcome=outcome.kind, reason=str(error))
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        say = log.info if outcome.kind == "accepted" else log.warning
        say(f"message_{outcome.kind}", delivery=id, attempt=sent.attempt, reply=outcome.reply)

    async def _give_back(self, deliveries: Sequence[Delivery], by: str, until: datetime, why: str | None) -> None:
        def give_back(held: Delivery) -> Decision[Delivery]:
            return held.given_back(by, until, why)

        await asyncio.gather(*(self._deliveries.change(each.id, give_back) for each in deliveries))


@contextmanager
def _told(delivery: Delivery) -> Iterator[None]:
    """The trace and the correlation id of the event a message tells of."""
    token = correlation.set(delivery.cause.correlation_id)
    try:
        with tracing.span("send message", SpanKind.CLIENT, delivery.cause.traceparent, ocop_template=delivery.template):
            yield
    finally:
        correlation.reset(token)


def _lanes(all: Sequence[Reached]) -> Iterator[Sequence[Reached]]:
    """The deliveries in a few rows for each channel; everything for one person stands in the same."""
    lanes: defaultdict[tuple[ChannelName, int], list[Reached]] = defaultdict(list)
    for reached in all:
        lanes[reached.channels[0], crc32(reached.delivery.recipient.encode()) % MOST_LANES].append(reached)
    yield from lanes.values()


def _raise_first(outcomes: Sequence[object]) -> None:
    """What went wrong in any of several things done together; a mistake of ours before the world's."""
    wrong = [each for each in outcomes if isinstance(each, BaseException)]
    for error in sorted(wrong, key=lambda each: isinstance(each, Unavailable)):
        raise error

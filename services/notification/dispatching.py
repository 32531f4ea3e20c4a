"""The loop that carries events to subscribers: each subscription by itself, so that none waits for another."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from pydantic import JsonValue

from services.notification.addressees import SUBSCRIBER
from services.notification.domain.delivery import LEASE
from services.notification.domain.dispatch import Dispatch, Try
from services.notification.domain.planning import planned, said_here
from services.notification.domain.rules import SUBSCRIPTION_DISABLED
from services.notification.domain.subscription import Subscription
from services.notification.endpoints import Answer
from services.notification.recovery import resume
from services.notification.store import Deliveries, Dispatches, Subscriptions
from services.notification.webhooks import Webhooks
from shared.clock import Clock
from shared.document import Decision
from shared.envelope import named
from shared.errors import NotFound, Unavailable
from shared.http import fresh_id
from shared.telemetry import correlation, log_for

log = log_for(__name__)

IDLE_SECONDS = 0.5
STOP_SECONDS = 8.0
"""How long a stopping worker may take to finish the requests in hand."""
MOST_TOGETHER = 8
"""Certificates told of at once to one receiver."""
MOST_AT_ONCE = 200
MOST_PER_CLAIM = 10
"""Events sent under one claim; all their time-outs fit into its lease."""


class Dispatching:
    """One worker's loop. Any number of them may run: a claim has one winner."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        dispatches: Dispatches,
        deliveries: Deliveries,
        webhooks: Webhooks,
        clock: Clock,
        watch: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._subscriptions = subscriptions
        self._dispatches = dispatches
        self._deliveries = deliveries
        self._webhooks = webhooks
        self._clock = clock
        self._watch = watch
        self._lease = lease
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def run(self) -> None:
        """Dispatch until cancelled; what a receiver has taken by then is still written down."""
        self._stopping = False
        try:
            while True:
                try:
                    await self.look()
                except Unavailable as error:
                    log.warning("dispatching_waits", reason=str(error))
                await asyncio.sleep(IDLE_SECONDS)
        finally:
            self._stopping = True
            if self._serving:
                await asyncio.wait(self._serving.values(), timeout=STOP_SECONDS)
            for task in self._serving.values():
                task.cancel()

    async def look(self) -> None:
        """Begin to serve every subscription to which something is due and that is not being served."""
        for id in await self._dispatches.owed(self._clock()):
            if id not in self._serving:
                task = self._serving[id] = asyncio.create_task(self._serve(id))
                task.add_done_callback(self._served(id))

    def delivering(self) -> bool:
        """Whether anything is on its way to a receiver."""
        return bool(self._serving)

    async def settled(self) -> None:
        """Come back when everything that was begun has ended."""
        while self._serving:
            await asyncio.gather(*self._serving.values(), return_exceptions=True)

    def _served(self, id: str) -> Callable[[asyncio.Task[None]], None]:
        def ended(task: asyncio.Task[None]) -> None:
            del self._serving[id]
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("dispatch_failed", subscription=id, error=repr(error))

        return ended

    async def _serve(self, id: str) -> None:
        """Tell one subscriber what is due, while the endpoint takes it."""
        with suppress(Unavailable, NotFound):
            while not self._stopping:
                subscription = await self._subscriptions.get(id)
                now = self._clock()
                if subscription.state != "active" or (subscription.rests_until or now) > now:
                    return
                # An endpoint that takes nothing is tried with one certificate, not with all that wait.
                together = 1 if subscription.failing else MOST_TOGETHER
                ids = await self._dispatches.due_of(id, now, 1 if subscription.failing else MOST_AT_ONCE)
                if not ids:
                    return
                waiting = list(reversed(ids))

                async def carrying(waiting: list[str] = waiting) -> bool:
                    tried = False
                    while waiting and not self._stopping:
                        tried |= await self._carry(waiting.pop(), id)
                    return tried

                if not any(await asyncio.gather(*(carrying() for _ in range(min(together, len(ids)))))):
                    # All of it is in the hands of another worker.
                    return

    async def _carry(self, id: str, subscription_id: str) -> bool:
        """Send what waits of one certificate, in order; whether anything was tried."""
        by, now, watch = fresh_id(), self._clock(), self._watch()
        subscription = await self._subscriptions.get(subscription_id)
        if subscription.state != "active" or (subscription.rests_until or now) > now:
            return False
        held = (await self._dispatches.change(id, lambda each: each.claimed(by, now, watch, self._lease))).document
        if not held.held(by):
            return False
        for _ in range(MOST_PER_CLAIM):
            entry = held.next()
            if entry is None or self._stopping:
                break
            correlation.set(entry.correlation_id)
            answer, tried = await self._webhooks.post(subscription, entry.event, entry.body, self._clock())
            log.info(f"webhook_{answer.outcome}", dispatch=id, webhook_id=entry.event, status=answer.status)
            if answer.outcome == "delivered":
                held = (await self._dispatches.change(id, partial(_delivered, tried))).document
                if subscription.failures:
                    await self._recovered(subscription)
                    subscription = await self._subscriptions.get(subscription_id)
            else:
                failed = await self._dispatches.change(id, partial(_failed, by, tried, self._clock(), answer))
                await self._failed(subscription, failed.document, answer)
                return True
        if held.held(by):
            # Once nothing waits the claim has ended by itself.
            await self._dispatches.change(id, lambda each: each.let_go(by, self._clock()))
        return True

    async def _recovered(self, subscription: Subscription) -> None:
        """The endpoint takes events again: say since when it had not, and send what waited."""
        await self._subscriptions.change(subscription.id, lambda held: held.succeeded())
        if subscription.failing:
            await resume(subscription, self._dispatches, self._clock())

    async def _failed(self, subscription: Subscription, dispatch: Dispatch, answer: Answer) -> None:
        """Count it against the endpoint; after the last try it is disabled, and its operators are told by mail."""
        now = self._clock()
        for_good = answer.outcome == "gone" or dispatch.exhausted
        after, _ = subscription.failed(dispatch.subject, now, answer.said, for_good)
        if after.state == "disabled":
            # Written first, under an id of its own, so that a crash in between tells twice neither way.
            await self._notice(after)
        saved = await self._subscriptions.change(
            subscription.id, lambda held: held.failed(dispatch.subject, now, answer.said, for_good)
        )
        if saved.document.state == "disabled":
            log.warning("subscription_disabled", subscription=subscription.id, reason=answer.said)

    async def _notice(self, subscription: Subscription) -> None:
        now = self._clock()
        since = subscription.failing_since or now
        id = named(subscription.id, "disabled", since.isoformat())
        facts: dict[str, JsonValue] = {
            "subscription": subscription.id,
            "name": subscription.name,
            "url": subscription.url,
            "failing_since": since.isoformat(),
            "reason": subscription.disabled_because or "",
        }
        cause = said_here(SUBSCRIPTION_DISABLED, id, subscription.authority, subscription.id, now)
        await self._deliveries.add(
            planned(
                SUBSCRIPTION_DISABLED,
                cause,
                id=id,
                authority=subscription.authority,
                recipient=f"{SUBSCRIBER}{subscription.id}",
                facts=facts,
                due=now,
            )
        )


def _delivered(tried: Try, held: Dispatch) -> Decision[Dispatch]:
    return held.delivered(tried)


def _failed(by: str, tried: Try, now: datetime, answer: Answer, held: Dispatch) -> Decision[Dispatch]:
    return held.failed(by, tried, now, answer.asked)

"""A webhook as it leaves: signed and posted, with the record of what became of it."""

import asyncio
from datetime import datetime

from services.notification.cloudevents import MEDIA_TYPE
from services.notification.domain.dispatch import Try
from services.notification.domain.subscription import Subscription
from services.notification.endpoints import Answer, Posting
from services.notification.recovery import about
from services.notification.signing import signed_headers
from shared.clock import Clock
from shared.http import fresh_id


class Webhooks:
    """Signs and posts what a subscription is told."""

    def __init__(self, endpoints: Posting, watch: Clock) -> None:
        self._endpoints = endpoints
        self._watch = watch

    async def post(self, subscription: Subscription, event: str, body: str, now: datetime) -> tuple[Answer, Try]:
        """One request. It carries the real time, whatever the clock of a trial says, because receivers check it."""
        headers = signed_headers(event, self._watch(), body, subscription.live_secrets(now))
        ticks = asyncio.get_running_loop().time
        begun = ticks()
        answer = await self._endpoints.post(
            subscription.url,
            {**headers, "Content-Type": MEDIA_TYPE, "User-Agent": "OCOP-Hub-Webhooks/1"},
            body.encode(),
            self._watch(),
        )
        taken = int(1_000 * (ticks() - begun))
        return answer, Try(
            event=event,
            at=now,
            outcome=answer.outcome,
            status=answer.status,
            said=answer.said,
            milliseconds=taken,
        )

    async def tell(self, subscription: Subscription, type: str, now: datetime, **data: str) -> tuple[Answer, Try]:
        """An event about the subscription itself: a challenge, or a test."""
        id = fresh_id()
        return await self.post(subscription, id, about(subscription, id, type, now, **data), now)

"""What a subscription is told about itself, and how what waited for it begins to move again."""

import asyncio
from datetime import datetime

from services.notification.cloudevents import as_json, cloud_event
from services.notification.domain.dispatch import Dispatch, Entry
from services.notification.domain.planning import source_of
from services.notification.domain.subscription import Subscription
from services.notification.store import Dispatches
from shared.envelope import named
from shared.telemetry import log_for

log = log_for(__name__)

RECOVERED = "vn.ocop.subscription.recovered.v1"
CHALLENGE = "vn.ocop.subscription.challenge.v1"
TEST = "vn.ocop.subscription.test.v1"


async def resume(before: Subscription, dispatches: Dispatches, now: datetime) -> None:
    """Tell the subscriber since when it was not reached; then everything that waits is due at once.

    ``before`` is the subscription as it stood while it was failing or disabled.
    """
    since = before.failing_since or before.disabled_at or now
    event = named(before.id, "recovered", since.isoformat())
    entry = Entry(
        sequence=int(now.timestamp()),
        event=event,
        type=RECOVERED,
        time=now,
        body=about(before, event, RECOVERED, now, silent_since=since.isoformat()),
        correlation_id=event,
    )
    notices = Dispatch(
        id=named(before.id, "notices"),
        authority=before.authority,
        subscription=before.id,
        source=source_of(before.authority),
        subject=before.id,
    )
    await dispatches.settle(notices.id, lambda held: (held or notices).take(entry, now))
    log.warning("subscription_recovered", subscription=before.id)
    after: str | None = None
    while True:
        page = await dispatches.find({"subscription": before.id, "waiting": {"$gt": 0}}, after=after, limit=500)
        await asyncio.gather(*(dispatches.change(each.id, lambda held: held.hurried(now)) for each in page.items))
        if (after := page.next) is None:
            return


def about(subscription: Subscription, id: str, type: str, now: datetime, **data: str) -> str:
    """An event of ours whose subject is the subscription."""
    body = cloud_event(
        id=id,
        source=source_of(subscription.authority),
        type=type,
        subject=subscription.id,
        time=now,
        data={"subscription": subscription.id, **data},
    )
    return as_json(body)

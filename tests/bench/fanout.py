"""Case ``fanout``: signed webhooks, each recorded before the next of its certificate, beside a plain loop of posts."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from services.notification.dispatching import Dispatching
from services.notification.domain.dispatch import Dispatch, Entry
from services.notification.domain.interest import Interest
from services.notification.domain.subscription import Secret, Subscription
from services.notification.endpoints import Endpoints
from services.notification.reach import Reach
from services.notification.signing import new_secret
from services.notification.store import Deliveries, Dispatches, Subscriptions
from services.notification.webhooks import Webhooks
from shared.clock import system_clock
from shared.collection import Collection
from shared.driver import connect
from shared.envelope import named
from shared.http import fresh_id
from tests.bench.stage import ROOT, Stage
from tests.shared.unplugged import Unplugged

SUBSCRIBERS = 20
CERTIFICATES = 100
POSTS = 1_000
BODY = '{"data":"' + "x" * 700 + '"}'


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    async with taker() as url:
        baseline = await by_hand(url)
        ours, cpu = await dispatched(stage, url)
    return [
        {
            "case": "fanout: webhooks signed, sent and recorded, against a plain loop of httpx posts",
            "ours": ours,
            "baseline": baseline,
            "ratio": ours / baseline,
            "unit": "deliveries/s",
            "detail": {"ours": {"cpu_us_per_event": {"service": cpu}}},
        }
    ]


@asynccontextmanager
async def taker() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.taker", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def dispatched(stage: Stage, url: str) -> tuple[float, float]:
    """Deliveries per second, and microseconds of processor for each."""
    port = connect("motor", stage.mongo.url, stage.fresh_database(), "notifications")
    collection = Collection(port, Unplugged(), new_correlation=fresh_id)
    subscriptions, dispatches = Subscriptions(collection), Dispatches(collection)
    await port.prepare_indexes([*subscriptions.indexes, *dispatches.indexes])
    now = datetime.now(UTC)
    for number in range(SUBSCRIBERS):
        await subscriptions.add(subscription(f"s-{number}", f"{url}/{number}", now))
        waiting = [waiting_for(f"s-{number}", f"c-{certificate}", now) for certificate in range(CERTIFICATES)]
        await asyncio.gather(*(dispatches.add(each) for each in waiting))
    endpoints = Endpoints(Reach(["127.0.0.0/8"]))
    webhooks = Webhooks(endpoints, system_clock)
    work = Dispatching(subscriptions, dispatches, Deliveries(collection), webhooks, system_clock, system_clock)
    begun, used = time.perf_counter(), time.process_time()
    await work.look()
    await work.settled()
    taken, spent = time.perf_counter() - begun, time.process_time() - used
    assert await dispatches.count({"waiting": {"$gt": 0}}) == 0
    await endpoints.close()
    await port.close()
    count = SUBSCRIBERS * CERTIFICATES
    return count / taken, 1e6 * spent / count


def subscription(id: str, url: str, now: datetime) -> Subscription:
    secret = Secret(value=new_secret("v1"), since=now)
    made = Subscription(
        id=id,
        authority="37",
        subscriber=id,
        name=id,
        url=url,
        notice_to="ops@example.vn",
        language="vi",
        interest=Interest(),
        signature="v1",
        secrets=(secret,),
    )
    return made.verified(now)[0]


def waiting_for(subscription: str, subject: str, now: datetime) -> Dispatch:
    entry = Entry(sequence=1, event=f"{subject}.1", type="t", time=now, body=BODY, correlation_id="c")
    empty = Dispatch(
        id=named(subscription, subject), authority="37", subscription=subscription, source="s", subject=subject
    )
    return empty.take(entry, now)[0]


async def by_hand(url: str) -> float:
    async with httpx.AsyncClient(trust_env=False) as client:
        begun = time.perf_counter()
        for _ in range(POSTS):
            await client.post(url, content=BODY)
        return POSTS / (time.perf_counter() - begun)

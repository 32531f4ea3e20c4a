"""A subscriber that was off for a week has everything afterwards, by feed and by webhook, and can prove it."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from joserfc import jws
from joserfc.jwk import OKPKey

from services.notification.cloudevents import as_json
from services.notification.courtesy import Courtesy
from services.notification.domain.manifest import Span, missing
from services.notification.recovery import RECOVERED, resume
from shared.clock import day, midnight, system_clock
from shared.envelope import Outgoing, topic
from tests.services.notification.desk import example
from tests.services.notification.log import OpenLog, feed_of
from tests.services.notification.switchboard import BROKEN, TAKEN, Switchboard

PROVINCE = "45"
"""An authority no other test uses."""
TODAY = day(system_clock())
WEEK = [TODAY - timedelta(days=before) for before in range(7, 0, -1)]
SAID = ("CertificateIssued", *["CertificateExpiring"] * 5, "CertificateExpired")
SUBJECTS = [f"week-{number}" for number in range(6)]
SHOP = "https://shop"

pytestmark = pytest.mark.real


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest_asyncio.fixture
async def feed(open_log: OpenLog, board: Switchboard) -> AsyncIterator[httpx.AsyncClient]:
    async with feed_of(open_log(Courtesy(lambda: False)), board, PROVINCE, system_clock) as client:
        yield client


async def say(producer: AIOKafkaProducer, name: str, subject: str, sequence: int, at: datetime) -> None:
    data = example(name, province=PROVINCE)
    entry = Outgoing(sequence, data.TYPE, data.STREAM, at, data.model_dump_json().encode(), "c", "", "")
    await producer.send(
        topic(PROVINCE, data.STREAM),
        entry.data,
        key=subject.encode(),
        headers=entry.headers(f"/authorities/{PROVINCE}/certification", subject),
        timestamp_ms=int(at.timestamp() * 1_000),
    )


async def test_a_week_of_silence_is_made_good_by_feed_and_webhook_and_a_lost_event_is_found(
    feed: httpx.AsyncClient, producer: AIOKafkaProducer, board: Switchboard
) -> None:
    await board.subscribe("shop")
    last = await read_on(feed, None)
    board.receivers.answers[SHOP] = BROKEN
    for sequence, (on, name) in enumerate(zip(WEEK, SAID, strict=True), 1):
        for subject in SUBJECTS:
            await say(producer, name, subject, sequence, midnight(on) + timedelta(hours=12))
            await board.happens(example(name), sequence, subject)
        await board.dispatch()
        board.pass_time(timedelta(days=1))
    await producer.flush()
    silent = await board.subscriptions.get("shop")

    board.receivers.answers[SHOP] = TAKEN
    await board.subscriptions.change("shop", lambda held: held.verified(board.clock()))
    await resume(silent, board.dispatches, board.clock())
    await board.dispatch()
    fed = (await read_on(feed, last[1]))[0]

    expected = [f"{subject}.{sequence}" for subject in SUBJECTS for sequence in range(1, 8)]
    pushed = [event for event in board.receivers.taken[SHOP] if event["type"] != RECOVERED]
    assert silent.state == "disabled"
    assert in_order(pushed) == in_order(fed) == expected
    everything = (await read_on(feed, None))[0]
    assert await lacking(feed, everything) == {}
    without = [event for event in everything if event["id"] != "week-3.4"]
    (deleted,) = [event for event in everything if event["id"] == "week-3.4"]
    assert await lacking(feed, without) == {(WEEK[3].isoformat(), deleted["partition"]): [deleted["offset"]]}


async def read_on(feed: httpx.AsyncClient, after: str | None) -> tuple[list[dict[str, Any]], str]:
    """Everything of the feed from a cursor on, page by page, and the cursor after it."""
    items: list[dict[str, Any]] = []
    while True:
        asked = {"limit": "10"} | ({"after": after} if after else {})
        page = (await feed.get("/events", params=asked)).json()
        items, after = items + page["items"], page["next"]
        if page["complete"]:
            return items, page["next"]


def in_order(events: list[Any]) -> list[str]:
    """The ids, subject by subject as they came, of what this test has said."""
    by_subject: defaultdict[str, list[str]] = defaultdict(list)
    for event in events:
        by_subject[event["subject"]].append(event["id"])
    return [id for subject in SUBJECTS for id in by_subject[subject]]


async def lacking(feed: httpx.AsyncClient, held: list[dict[str, Any]]) -> dict[tuple[str, str], list[int]]:
    """The offsets that the signed manifests of the week name and that are not held, by day and partition."""
    (key,) = (await feed.get("/events/keys")).json()["keys"]
    found: dict[tuple[str, str], list[int]] = {}
    for on in WEEK:
        signed = (await feed.get(f"/events/manifests/{on.isoformat()}")).json()["signed"]
        told = jws.deserialize_compact(signed, OKPKey.import_key(key), algorithms=["Ed25519"]).payload
        for span in (Span(**each) for each in json.loads(told)["spans"]):
            name = f"{span.authority}.{span.partition}"
            mine = [(each["offset"], each["id"], as_json(each["data"])) for each in held if each["partition"] == name]
            if gaps := missing(span, mine):
                found[on.isoformat(), name] = gaps
    return found

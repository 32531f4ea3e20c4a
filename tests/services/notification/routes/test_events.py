"""The feed gives everything once, in order, and a manifest proves it."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jws
from joserfc.jwk import OKPKey

from services.notification.cloudevents import as_json
from services.notification.domain.cursor import Partition
from services.notification.domain.manifest import Span, missing
from tests.services.notification.desk import NOW, example
from tests.services.notification.log import Log, feed_of
from tests.services.notification.routes.test_subscriptions import as_
from tests.services.notification.switchboard import Switchboard

HOME, OTHER, CENTRE = Partition("37", 0), Partition("37", 1), Partition("00", 0)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def log() -> Log:
    return Log(HOME, OTHER, CENTRE)


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest_asyncio.fixture
async def client(board: Switchboard, log: Log) -> AsyncIterator[httpx.AsyncClient]:
    async with feed_of(log, board) as client:
        yield client


async def all_of(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    """Every page from the beginning."""
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await client.get("/events", params={"limit": 3, **asked, **after})).json()
        items += page["items"]
        after = {"after": page["next"]}
        if page["complete"]:
            return items


def fill(log: Log, when: datetime = NOW) -> None:
    for number in range(4):
        log.say((HOME, OTHER)[number % 2], "CertificateIssued", f"s-{number}", 1, when)
    log.garble(HOME, when)
    for number in range(4):
        log.say((HOME, OTHER)[number % 2], "CertificateExpired", f"s-{number}", 2, when)
    log.say(CENTRE, "CertificateIssued", "c-0", 1, when, province="48", stars=5)


async def test_page_by_page_everything_comes_once_and_in_order(client: httpx.AsyncClient, log: Log) -> None:
    fill(log)

    items = await all_of(client)

    ids = [event["id"] for event in items]
    assert len(ids) == len(set(ids)) == 9
    assert all(ids.index(f"s-{n}.1") < ids.index(f"s-{n}.2") for n in range(4))
    assert items[0]["data"]["rule_set"] == "26-2026"


async def test_a_cursor_goes_on_where_it_ended_a_week_later(client: httpx.AsyncClient, log: Log) -> None:
    fill(log)
    last = (await client.get("/events", params={"limit": 1_000})).json()

    nothing = (await client.get("/events", params={"after": last["next"]})).json()
    log.say(OTHER, "CertificateHandedOver", "s-1", 3)
    more = (await client.get("/events", params={"after": last["next"]})).json()

    assert (last["complete"], nothing["items"], nothing["next"]) == (True, [], last["next"])
    assert [event["id"] for event in more["items"]] == ["s-1.3"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"type": "vn.ocop.certificate.expired.v1"}, 4),
        ({"province": "48"}, 1),
        ({"stars": 5, "type": "vn.ocop.certificate.issued.v1"}, 5),
        ({"stars": [3, 5], "type": "vn.ocop.certificate.issued.v1", "province": ["37", "48"]}, 5),
        ({"stars": 4}, 0),
        ({"province": "91"}, 0),
    ],
)
async def test_filters_let_through_what_is_asked(
    client: httpx.AsyncClient, log: Log, asked: dict[str, Any], found: int
) -> None:
    fill(log)

    assert len(await all_of(client, **asked)) == found


async def test_a_filter_by_set_finds_events_that_do_not_repeat_it(
    client: httpx.AsyncClient, log: Log, board: Switchboard
) -> None:
    log.say(HOME, "CertificateExpired", "subject-1", 2)
    await board.happens(example("CertificateIssued"))

    assert len(await all_of(client, product_set="white-spirit")) == 1
    assert await all_of(client, product_set="fresh-produce") == []


async def test_a_page_looks_at_so_many_records_whatever_its_filter(client: httpx.AsyncClient, log: Log) -> None:
    for number in range(2_500):
        log.say(HOME, "CertificateIssued", f"s-{number}", 1)

    page = (await client.get("/events", params={"province": "91"})).json()

    assert (log.read, page["items"], page["complete"]) == (2_000, [], False)


async def test_the_feed_begins_where_it_is_asked_to(client: httpx.AsyncClient, log: Log) -> None:
    fill(log, YESTERDAY)
    log.say(OTHER, "CertificateHandedOver", "s-1", 3)

    page = (await client.get("/events", params={"since": (NOW - timedelta(hours=1)).isoformat()})).json()

    assert [event["id"] for event in page["items"]] == ["s-1.3"]


async def test_a_span_of_time_is_read_page_by_page_and_is_complete(client: httpx.AsyncClient, log: Log) -> None:
    fill(log, YESTERDAY)
    for sequence in (3, 4):
        log.say(OTHER, "CertificateHandedOver", "s-1", sequence)
    span = {"since": YESTERDAY.isoformat(), "until": (NOW - timedelta(hours=1)).isoformat()}

    items = await all_of(client, **span)
    beyond = (await client.get("/events")).json()["next"]
    nothing = (await client.get("/events", params={"until": span["until"], "after": beyond})).json()

    assert len(items) == 9 and not [event for event in items if event["id"] in ("s-1.3", "s-1.4")]
    assert (nothing["items"], nothing["complete"]) == ([], True)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("after=nonsense", 422),
        ("until=2026-11-21", 422),
        ("type=vn.ocop.score.finalized.v1", 422),
        ("province=3", 422),
        ("stars=6", 422),
        ("since=2026-11-21", 422),
        ("since=2026-11-21T00:00:00", 422),
        ("limit=5000", 422),
        ("colour=red", 422),
    ],
)
async def test_a_wrong_question_is_refused(client: httpx.AsyncClient, asked: str, status: int) -> None:
    assert (await client.get(f"/events?{asked}")).status_code == status


async def test_a_subscriber_proves_that_it_has_everything_and_finds_the_one_it_lost(
    client: httpx.AsyncClient, log: Log
) -> None:
    fill(log, YESTERDAY)
    day = YESTERDAY.date().isoformat()
    made = (await client.get(f"/events/manifests/{day}")).json()
    (key,) = (await client.get("/events/keys", headers={"Authorization": ""})).json()["keys"]

    told = json.loads(jws.deserialize_compact(made["signed"], OKPKey.import_key(key), algorithms=["Ed25519"]).payload)
    spans = {f"{span['authority']}.{span['partition']}": Span(**span) for span in told["spans"]}
    held = [
        (event["partition"], event["offset"], event["id"], as_json(event["data"])) for event in await all_of(client)
    ]

    def lost(mine: list[tuple[str, int, str, str]]) -> dict[str, list[int]]:
        return {
            name: gaps
            for name, span in spans.items()
            if (gaps := missing(span, [each[1:] for each in mine if each[0] == name]))
        }

    assert sum(span.count for span in spans.values()) == 9
    assert "d" not in key
    assert lost(held) == {}
    assert lost([each for each in held if each[2] != "s-1.2"]) == {"37.1": [2]}


async def test_a_manifest_never_changes_and_the_next_begins_where_it_ended(client: httpx.AsyncClient, log: Log) -> None:
    fill(log, YESTERDAY)
    first = (await client.get("/events/manifests/2026-11-20")).json()
    log.say(HOME, "CertificateHandedOver", "s-0", 3, YESTERDAY)

    again = (await client.get("/events/manifests/2026-11-20")).json()

    assert again == first


async def test_a_day_that_is_not_over_has_no_manifest(client: httpx.AsyncClient) -> None:
    assert (await client.get("/events/manifests/2026-11-21")).status_code == 409


async def test_an_operator_sees_what_is_of_its_own_authority(client: httpx.AsyncClient, log: Log) -> None:
    fill(log)

    client.headers.update(as_("x", "operator"))

    assert {event["data"]["province"] for event in await all_of(client)} == {"37"}


async def test_a_system_that_is_reading_already_is_told_so_while_others_read_on(
    client: httpx.AsyncClient, log: Log
) -> None:
    fill(log, YESTERDAY)

    with log.courtesy.seat("shop"):
        page = await client.get("/events")
        manifest = await client.get("/events/manifests/2026-11-20")
        other = await client.get("/events", headers=as_("portal"))
    after = await client.get("/events")

    assert (page.status_code, page.headers["Retry-After"], manifest.status_code) == (429, "1", 429)
    assert (other.status_code, after.status_code) == (200, 200)


@pytest.mark.parametrize("role", ["owner", "council_member", "service"])
async def test_others_do_not_read_the_feed(client: httpx.AsyncClient, role: str) -> None:
    for path in ("/events", "/events/manifests/2026-11-20"):
        assert (await client.get(path, headers=as_("x", role))).status_code == 403

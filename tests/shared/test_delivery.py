"""From Kafka to a handler, on the real broker and the real database: once, in order, and nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from deploy.local.bus import Bus
from shared.consumer import MANY_IN_A_ROW
from shared.delivery import StillFailing, bind
from tests.shared.cups import NOW, Rained
from tests.shared.tearoom import Tearoom

pytestmark = pytest.mark.real

Deployment = Callable[..., Awaitable[Bus]]
MakeTopics = Callable[..., Awaitable[list[str]]]


@pytest_asyncio.fixture
async def tea(
    deployment: Deployment, make_topics: MakeTopics, mongo_url: str, database: str, stream: str
) -> AsyncIterator[Tearoom]:
    await make_topics("00", "37", streams=(stream, f"{stream}cups"))
    async with Tearoom(await deployment("37"), mongo_url, database, stream, f"{stream}cups") as room:
        yield room


async def test_events_of_one_key_are_applied_in_order_and_what_they_caused_is_published_in_order(tea: Tearoom) -> None:
    for drops in range(1, 51):
        await tea.rain(drops)

    cup = await tea.cup(sum(range(1, 51)))
    said = await tea.heard_on(tea.cups_stream, 50)

    assert cup.poured_by == tuple(f"sky.{number}" for number in range(1, 51))
    assert [dict(record.headers)["ce_sequence"] for record in said] == [b"%020d" % n for n in range(1, 51)]
    assert {record.key for record in said} == {b"cup"}
    assert dict(said[0].headers)["ce_source"] == b"/authorities/37/tea"
    assert dict(said[0].headers)["ce_causationid"] == b"sky.1"


async def test_a_full_resend_changes_nothing(tea: Tearoom) -> None:
    for drops in (1, 2, 3):
        await tea.rain(drops)
    await tea.cup(6)

    for again in (1, 2, 3):
        await tea.rain(100, again=again)
    await tea.rain(1)

    assert (await tea.cup(7)).drops == 7


async def test_a_type_nobody_consumes_is_skipped_without_a_look(tea: Tearoom) -> None:
    await tea.send([("ce_type", b"vn.ocop.sky.snowed.v1")], b"not even json", key=b"sky")
    await tea.rain(1)

    assert (await tea.cup(1)).drops == 1
    assert (await tea.lanes.find({})).items == []


UNREADABLE: dict[str, tuple[list[tuple[str, bytes | None]], bytes | None]] = {
    "no type": ([], b"{}"),
    "malformed bytes": ([("ce_type", Rained.TYPE.encode()), ("ce_subject", b"sky")], b"\x00\xff"),
    "headers that are not utf-8": ([("ce_type", Rained.TYPE.encode()), ("ce_subject", b"\xff\xfe")], b"{}"),
    "a null header": ([("ce_type", Rained.TYPE.encode()), ("ce_subject", None)], b"{}"),
    "a null body": (
        [
            ("ce_type", Rained.TYPE.encode()),
            ("ce_id", b"sky.1"),
            ("ce_source", b"/authorities/37/weather"),
            ("ce_subject", b"sky"),
            ("ce_sequence", b"%020d" % 1),
        ],
        None,
    ),
    "another authority's source": (
        [
            ("ce_type", Rained.TYPE.encode()),
            ("ce_id", b"sky.1"),
            ("ce_source", b"/authorities/48/weather"),
            ("ce_subject", b"sky"),
            ("ce_sequence", b"%020d" % 1),
            ("ce_time", NOW.isoformat().encode()),
        ],
        b'{"drops": 1}',
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_what_cannot_be_read_is_parked_and_only_its_subject_waits(tea: Tearoom, what: str) -> None:
    headers, value = UNREADABLE[what]
    await tea.send(headers, value, key=b"sky")
    await tea.rain(5)
    await tea.rain(7, subject="other-sky", cup="other")

    assert (await tea.cup(7, "other")).drops == 7
    lane = (await tea.parked(2))[0]
    assert [event.cause for event in lane.events] == ["malformed", "behind"]
    letter = (await tea.heard_on(f"{tea.stream}.dlq", 2))[0]
    assert b'"cause":"malformed"' in letter.value

    await tea.parking.discard(lane.id, "operator", "the writer was wrong")
    assert await tea.parking.replay(lane.id, tea.delivery.replay, "operator", "go on") == 1
    assert (await tea.cup(5)).drops == 5


async def test_a_header_whose_name_cannot_be_decoded_costs_nobody_an_event(tea: Tearoom) -> None:
    for number in range(20):
        await tea.rain(1, subject=f"sky-{number}")
    for partition in (0, 1):
        await tea.send_undecodable(partition)
    for number in range(20):
        await tea.rain(1, subject=f"sky-{number}")

    assert (await tea.cup(40)).drops == 40
    (lane,) = await tea.parked(2)
    assert lane.events[0].cause == "malformed"
    assert "cannot be decoded" in lane.events[0].reason
    assert {event.partition for event in lane.events} == {0, 1}
    await tea.rain(1)
    assert (await tea.cup(41)).drops == 41


async def test_a_refused_event_is_parked_and_later_ones_of_its_subject_follow_it_in_order(tea: Tearoom) -> None:
    tea.dry = {13}
    for drops in (1, 13, 2, 3):
        await tea.rain(drops)

    lane = (await tea.parked(3))[0]
    assert [(event.sequence, event.cause) for event in lane.events] == [(2, "refused"), (3, "behind"), (4, "behind")]
    assert (await tea.cup(1)).drops == 1

    tea.dry = set()
    assert await tea.parking.replay(lane.id, tea.delivery.replay, "operator", "it rains again") == 3
    await tea.rain(4)

    cup = await tea.cup(23)
    assert cup.poured_by == tuple(f"sky.{number}" for number in range(1, 6))
    lane = await tea.lanes.get(lane.id)
    assert [(action.what, action.who) for action in lane.actions] == [("replayed", "operator")] * 3


async def test_an_event_older_than_the_lane_is_applied_and_not_parked(tea: Tearoom) -> None:
    tea.dry = {13}
    await tea.rain(1)
    await tea.rain(13)
    await tea.parked(1)

    await tea.rain(99, again=1)
    await tea.rain(7, subject="other-sky", cup="other")

    await tea.cup(7, "other")
    assert len((await tea.parked(1))[0].events) == 1
    assert (await tea.cup(1)).drops == 1


async def test_a_bug_is_tried_again_and_then_parked_with_its_traceback(tea: Tearoom) -> None:
    tea.broken = {13}
    await tea.rain(13)
    await tea.rain(2)

    lane = (await tea.parked(2))[0]

    assert [event.cause for event in lane.events] == ["bug", "behind"]
    assert "ZeroDivisionError: 13 drops" in lane.events[0].reason


async def test_replay_stops_at_what_still_fails_and_keeps_the_rest(tea: Tearoom) -> None:
    tea.broken = {13}
    await tea.rain(13)
    await tea.rain(2)
    lane = (await tea.parked(2))[0]

    with pytest.raises(StillFailing, match="ZeroDivisionError: 13 drops"):
        await tea.parking.replay(lane.id, tea.delivery.replay, "operator", "perhaps it is mended")

    assert len((await tea.lanes.get(lane.id)).events) == 2


async def test_many_bugs_in_a_row_pause_the_topic_instead_of_parking_all_of_it(tea: Tearoom) -> None:
    tea.broken = {13}
    count = 4 * MANY_IN_A_ROW
    await asyncio.gather(*(tea.rain(13, subject=f"sky{n}", cup=f"cup{n}") for n in range(count)))

    async with asyncio.timeout(20):
        while not any(consumer.paused_topics for consumer in tea.delivery.consumers):
            await asyncio.sleep(0.05)
    tea.broken = set()
    async with asyncio.timeout(60):
        while True:
            parked = sum(len(lane.events) for lane in (await tea.lanes.find({}, limit=200)).items)
            if await tea.cups.count({}) + parked == count:
                break
            await asyncio.sleep(0.1)

    assert parked < 2 * MANY_IN_A_ROW
    assert not any(consumer.paused_topics for consumer in tea.delivery.consumers)


def test_a_handler_that_names_what_is_not_there_is_told_at_the_start() -> None:
    async def pour(event: object, kettle: object) -> None: ...

    with pytest.raises(TypeError, match="kettle"):
        bind({Rained: pour}, cups=object())

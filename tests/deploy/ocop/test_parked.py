"""``ocop parked``: what waits in a service's lanes, found, replayed and discarded over HTTP."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.ocop.client import Refused, operator
from deploy.ocop.parked import Discarded, Replayed, find_lane, groups, lanes, leave, register, replay_group
from deploy.ocop.telling import Trouble
from tests.deploy.ocop.room import Room


async def test_a_parked_event_is_listed_with_its_cause_and_its_service(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.park()

    async with room.client() as client:
        (lane,) = await lanes(client)

    assert (lane.service, lane.subject, lane.events[0].cause) == ("scoring", "sky-1", "malformed")
    assert lane.events[0].body == "{not json"


async def test_a_lane_is_found_by_a_part_of_its_name(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.park("sky-1")
    await room.park("sky-2")

    async with room.client() as client:
        assert (await find_lane(client, "sky-2", None)).subject == "sky-2"
        with pytest.raises(Trouble, match="not one lane"):
            await find_lane(client, "sky", None)
        with pytest.raises(Trouble, match="nothing is parked"):
            await find_lane(client, "sky-3", None)


async def test_discarding_takes_the_first_event_out_and_keeps_the_reason(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.park("sky 1")

    async with room.client() as client:
        done = await leave(client, await find_lane(client, "sky 1", None), "discard", "sent again", Discarded)
        left = await lanes(client)

    assert (done.sequence, left) == (1, [])
    (lane,) = [raw for id, raw in room.port.documents.items() if id.startswith("lane/")]
    assert (lane["actions"][0]["why"], lane["actions"][0]["who"]) == ("sent again", "operator#operator-37")


async def test_replaying_applies_what_was_mended_and_says_why_the_rest_stays(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.park("sky-1", "a bug", b'{"drops": 5}')
    await room.park("sky-2")

    async with room.client() as client:
        done = await leave(client, await find_lane(client, "sky-1", None), "replay", "mended", Replayed)
        with pytest.raises(Refused, match="still cannot be read"):
            await leave(client, await find_lane(client, "sky-2", None), "replay", "mended?", Replayed)
        left = await lanes(client)

    assert (done.applied, room.drops, [lane.subject for lane in left]) == (1, 5, ["sky-2"])


async def test_a_service_that_refuses_is_quoted(tmp_path: Path) -> None:
    room = Room(tmp_path)
    async with room.client() as client:
        with pytest.raises(Refused, match="scoring answered 403"):
            await client.get("scoring", "/operations/status", Discarded, operator("48"))


def test_replay_and_discard_ask_for_a_reason() -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    for command in ("replay", "discard"):
        result = CliRunner().invoke(app, ["parked", command, "lane/ocop.37.skies/sky-1"])
        assert (result.exit_code, "--reason" in result.output) == (2, True)


async def test_lanes_that_fail_alike_are_one_group_and_are_replayed_together(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for subject in ("sky-1", "sky-2"):
        await room.park(subject, "a bug", b'{"drops": 5}')

    async with room.client() as client:
        (group,) = await groups(client)
        done = await replay_group(client, group, "mended")
        left = await lanes(client)

    assert (group.lanes, group.service, done.applied, done.failing, left) == (2, "scoring", 2, [], [])

"""While the blind phase is open a member's marks change nothing that anybody else can see.

Two rooms live through the same session, and only the sheet of one member differs. Whatever the others read, are refused
or hear as an event must be the same in both, to the letter.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import RICE_HASH, SECRETARY, Room, council

RICE = sheet("rice-grains")
SECRET = "m2"
"""Whose sheet differs."""
READERS = (
    ("council_chair", "m1"),
    ("council_member", "m3"),
    ("council_member", "stranger"),
    ("council_secretary", SECRETARY),
    ("agency", "agency"),
    ("advisory_group", "adviser"),
    ("observer", "observer"),
    ("owner", "owner"),
    ("chair", "chair"),
)


class Lived(NamedTuple):
    """A session on its way: its room, and the ids in it."""

    room: Room
    evaluation: str
    session: str

    def address(self, path: str) -> str:
        id = self.session if path.startswith("/sessions/") else self.evaluation
        return path.replace("{id}", id).replace("{hash}", RICE_HASH)


async def lived(ticks: Mapping[str, str | None]) -> Lived:
    """A session in which the secret member has signed, reopened and signed again, the chair once, m3 not yet."""
    room = Room()
    await room.prepare()
    id = await room.submit()
    await room.tell("/councils", council(3), "agency")
    async with room.as_("council_secretary") as client:
        # The key makes the session's id the same in both rooms.
        asked = {"round": 2, "on": "2026-10-01", "agenda": [id]}
        session = (await client.post("/sessions", json=asked, headers={"Idempotency-Key": "s"})).json()["id"]
    await room.tell(f"/sessions/{session}/attendance", {"present": ["m1", "m2", "m3"]})
    await room.sign(id, "m1", best(RICE))
    await room.sign(id, SECRET, ticks)
    await room.tell(f"/evaluations/{id}/sheets/reopening", {"reason": "Chọn nhầm"}, "council_member", SECRET)
    await room.sign(id, SECRET, ticks)
    return Lived(room, id, session)


@pytest_asyncio.fixture
async def rooms() -> AsyncIterator[tuple[Lived, Lived]]:
    yield await lived(best(RICE)), await lived(none_met(RICE))


def told(answer: httpx.Response) -> tuple[int, Any]:
    """An answer without the id that every answer has of its own."""
    body = answer.json()
    if isinstance(body, dict):
        body.pop("correlation_id", None)
    return answer.status_code, body


async def seen(one: Lived, role: str, person: str) -> dict[str, Any]:
    """Everything this reader is answered at every address that can be read."""
    async with one.room.as_(role, person) as client:
        return {path: told(await client.get(one.address(path))) for path in one.room.readable()}


COMMANDS = (
    ("/evaluations/{id}/blind-phase/closing", {}),
    ("/evaluations/{id}/agreement", {"agreed": {}}),
    ("/evaluations/{id}/finalisation", {}),
    ("/evaluations/{id}/sheets", {"sheet_hash": RICE_HASH, "ticks": {}}),
    ("/evaluations/{id}/sheets", {"sheet_hash": "0" * 64, "ticks": {}}),
    ("/evaluations/{id}/sheets/reopening", {"reason": "Xem thử"}),
    ("/sessions/{id}/attendance", {"present": ["m1", "m3"]}),
    ("/sessions/{id}/closing", {"minutes": "12/BB-HĐ"}),
)
"""What can be tried while the phase is open."""


async def tried(one: Lived, role: str, person: str) -> list[tuple[int, Any]]:
    """What each command that may be of use to somebody curious is answered."""
    async with one.room.as_(role, person) as client:
        return [told(await client.post(one.address(path), json=body)) for path, body in COMMANDS]


@pytest.mark.parametrize(("role", "person"), READERS)
async def test_no_reader_sees_a_difference_at_any_address(rooms: tuple[Lived, Lived], role: str, person: str) -> None:
    high, low = rooms

    assert await seen(high, role, person) == await seen(low, role, person)


@pytest.mark.parametrize(("role", "person"), [reader for reader in READERS if reader[1] != "m1"])
async def test_no_refusal_tells_a_difference(rooms: tuple[Lived, Lived], role: str, person: str) -> None:
    high, low = rooms

    assert await tried(high, role, person) == await tried(low, role, person)


async def test_no_event_and_no_sequence_number_tells_a_difference(rooms: tuple[Lived, Lived]) -> None:
    def spoken(one: Lived) -> list[tuple[str, int, bytes]]:
        return [
            (event["type"], event["sequence"], event["data"])
            for id in (one.evaluation, one.session)
            for event in one.room.spoken(id)
        ]

    high, low = rooms
    assert spoken(high) == spoken(low)


async def test_no_line_of_the_log_tells_of_a_sheet(capfd: pytest.CaptureFixture[str]) -> None:
    one = await lived(best(RICE))
    for role, person in READERS:
        await seen(one, role, person)
        await tried(one, role, person)

    logged = "".join(capfd.readouterr())

    evaluation = await one.room.evaluations.get(one.evaluation)
    for signed in (*evaluation.sheets, *(old.sheet for old in evaluation.record)):
        assert signed.marks not in logged
        assert signed.hash not in logged


async def test_the_member_alone_sees_what_they_signed(rooms: tuple[Lived, Lived]) -> None:
    """Without this the rooms might be the same because nothing was signed at all."""
    high, low = rooms

    assert await seen(high, "council_member", SECRET) != await seen(low, "council_member", SECRET)


async def test_once_the_phase_is_closed_the_council_does_see_it(rooms: tuple[Lived, Lived]) -> None:
    shown = []
    for one in rooms:
        await one.room.sign(one.evaluation, "m3", best(RICE))
        await one.room.close(one.evaluation)
        shown.append(await seen(one, "council_member", "m3"))

    assert shown[0]["/evaluations/{id}/deliberation"] != shown[1]["/evaluations/{id}/deliberation"]

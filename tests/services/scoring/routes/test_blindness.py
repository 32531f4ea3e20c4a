"""While the blind phase is open a member's marks change nothing that anybody else can see.

Two rooms live through the same session, and only the sheet of one member differs, whether signed here or entered from
paper. Whatever the others read, are refused or hear as an event must be the same in both, to the letter.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio
from pypdfium2 import PdfDocument

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.curious import COMMANDS, READERS, SECRET, TELL_NOTHING_OF_A_SHEET, address
from tests.services.scoring.room import RICE_HASH, SECRETARY, Room, council
from tests.shared.contents import PDF

RICE = sheet("rice-grains")


class Lived(NamedTuple):
    """A session on its way: its room, and the ids in it."""

    room: Room
    evaluation: str
    session: str

    def address(self, path: str) -> str:
        return address(path, self.evaluation, self.session)


async def lived(ticks: Mapping[str, str | None], files: Path, *, by_hand: bool = False) -> Lived:
    """A session in which the secret member has signed, reopened and signed again, the chair once, m3 not yet."""
    room = Room(files=files)
    await room.prepare()
    id = await room.submit()
    await room.tell("/councils", council(3), "agency")
    async with room.as_("council_secretary") as client:
        # The key makes the session's id the same in both rooms.
        asked = {"round": 2, "on": "2026-10-01", "agenda": [id]}
        session = (await client.post("/sessions", json=asked, headers={"Idempotency-Key": "s"})).json()["id"]
    await room.tell(f"/sessions/{session}/attendance", {"present": ["m1", "m2", "m3"]})
    await room.sign(id, "m1", best(RICE))
    if by_hand:
        await sign_by_hand(room, id, ticks)
    else:
        await room.sign(id, SECRET, ticks)
    await room.tell(f"/evaluations/{id}/sheets/reopening", {"reason": "Chọn nhầm"}, "council_member", SECRET)
    await room.sign(id, SECRET, ticks)
    return Lived(room, id, session)


async def sign_by_hand(room: Room, id: str, ticks: Mapping[str, str | None]) -> None:
    body = {"sheet_hash": RICE_HASH, "ticks": ticks, "member": SECRET, "signed_on": "2026-10-01"}
    await room.tell(f"/evaluations/{id}/paper-sheets", body)
    async with room.as_(SECRETARY) as secretary:
        # The scans differ as the sheets do.
        scan = PDF + str(ticks).encode()
        await secretary.put(f"/evaluations/{id}/paper-sheets/1/scan?file_name=phieu.pdf", content=scan)
    await room.tell(f"/evaluations/{id}/paper-sheets/1/confirmation", {}, "council_member", SECRET)


@pytest_asyncio.fixture(params=[False, True], ids=["signed here", "signed by hand"])
async def rooms(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Lived, Lived]]:
    high = await lived(best(RICE), tmp_path / "high", by_hand=request.param)
    yield high, await lived(none_met(RICE), tmp_path / "low", by_hand=request.param)


def told(answer: httpx.Response) -> tuple[int, Any]:
    """An answer without the id that every one has of its own; a scan as it is, a paper by the words on it."""
    if "etag" in answer.headers:
        return answer.status_code, answer.content
    if answer.headers["content-type"] == "application/pdf":
        return answer.status_code, [page.get_textpage().get_text_range() for page in PdfDocument(answer.content)]
    body = answer.json()
    if isinstance(body, dict):
        body.pop("correlation_id", None)
    return answer.status_code, body


def entered_it(one: Lived, person: str) -> bool:
    """Whether this reader has typed in what the secret member wrote."""
    document = one.room.port.documents[one.evaluation]
    return any(entry["entered_by"].startswith(f"{person}#") for entry in document["paper_sheets"])


async def seen(one: Lived, role: str, person: str) -> dict[str, Any]:
    """Everything this reader is answered at every address that can be read."""
    own = "/evaluations/{id}/paper-sheets"
    async with one.room.as_(role, person) as client:
        return {
            path: told(await client.get(one.address(path)))
            for path in one.room.readable()
            if not (path.startswith(own) and entered_it(one, person))
        }


async def tried(one: Lived, role: str, person: str) -> list[tuple[int, Any]]:
    """What each command that may be of use to somebody curious is answered."""
    async with one.room.as_(role, person) as client:
        return [told(await client.request(method, one.address(path), json=body)) for method, path, body in COMMANDS]


async def test_nothing_that_can_be_asked_for_is_left_untried(rooms: tuple[Lived, Lived]) -> None:
    high, _ = rooms

    assert {path for _, path, _ in COMMANDS} | TELL_NOTHING_OF_A_SHEET == set(high.room.commanded())


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


async def test_no_line_of_the_log_tells_of_a_sheet(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = await lived(best(RICE), tmp_path, by_hand=True)
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

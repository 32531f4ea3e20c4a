"""Drafts over HTTP: a member goes on where they left off, and nobody else sees anything of it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, SECRETARY, Room

RICE = sheet("rice-grains")
SOME = {"1.1": best(RICE)["1.1"], "9": None}


class Drafting:
    """A product before a council of three, of whom only m1 and m2 have been noted as present."""

    def __init__(self, room: Room, id: str) -> None:
        self.room, self.id = room, id

    async def keep(self, person: str, ticks: Mapping[str, str | None], **changed: Any) -> httpx.Response:
        async with self.room.as_("council_member", person) as client:
            body = {"sheet_hash": RICE_HASH, "ticks": ticks} | changed
            return await client.put(f"/evaluations/{self.id}/draft", json=body)

    async def shown(self, person: str, role: str = "council_member") -> httpx.Response:
        async with self.room.as_(role, person) as client:
            return await client.get(f"/evaluations/{self.id}/draft")


@pytest_asyncio.fixture
async def drafting() -> AsyncIterator[Drafting]:
    room = Room()
    await room.prepare()
    id = await room.submit()
    await room.convene(id, present=("m1", "m2"))
    yield Drafting(room, id)


async def test_a_member_goes_on_where_they_left_off(drafting: Drafting) -> None:
    await drafting.keep("m1", {"1.1": None})
    kept = await drafting.keep("m1", SOME)

    shown = (await drafting.shown("m1")).json()

    assert kept.json()["revision"] == 2
    assert (shown["ticks"], shown["revision"]) == (SOME, 2)
    # The story is not answered yet, so its structure is not asked for.
    assert len(shown["unfinished"]) == 31 - len(SOME)


async def test_a_whole_draft_lacks_nothing(drafting: Drafting) -> None:
    await drafting.keep("m1", best(RICE))

    assert (await drafting.shown("m1")).json()["unfinished"] == []


async def test_whoever_has_not_come_yet_may_prepare(drafting: Drafting) -> None:
    assert (await drafting.keep("m3", SOME)).status_code == 200


@pytest.mark.parametrize(
    ("person", "role"), [("m2", "council_member"), (SECRETARY, SECRETARY), ("m1-other", "council_member")]
)
async def test_nobody_else_sees_it_nor_that_there_is_one(drafting: Drafting, person: str, role: str) -> None:
    await drafting.keep("m1", SOME)

    assert (await drafting.shown(person, role)).status_code == 404


async def test_it_leaves_no_trace_in_the_evaluation_and_is_spoken_nowhere(drafting: Drafting) -> None:
    before = dict(drafting.room.port.documents[drafting.id])

    await drafting.keep("m1", SOME)

    assert drafting.room.port.documents[drafting.id] == before
    drafts = [raw for raw in drafting.room.port.documents.values() if raw["kind"] == "Draft"]
    assert [raw["outbox"] for raw in drafts] == [[]]


@pytest.mark.parametrize(
    ("ticks", "pointer"),
    [({"9.9": None}, "/ticks/9.9"), ({"1.1": "no-such-option"}, "/ticks/1.1"), ({"1.1": 3}, "/ticks/1.1")],
)
async def test_what_the_sheet_does_not_have_is_not_kept(
    drafting: Drafting, ticks: dict[str, Any], pointer: str
) -> None:
    answer = await drafting.keep("m1", ticks)

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await drafting.shown("m1")).status_code == 404


async def test_after_signing_there_is_nothing_to_draft(drafting: Drafting) -> None:
    await drafting.room.sign(drafting.id, "m1", best(RICE))

    assert (await drafting.keep("m1", SOME)).json()["type"] == "/problems/sheet-handed-in"


async def test_strangers_those_in_conflict_and_other_sheets_are_refused(drafting: Drafting) -> None:
    await drafting.room.tell(f"/evaluations/{drafting.id}/conflicts", {"kind": "own"}, "council_member", "m2")

    assert (await drafting.keep("stranger", SOME)).json()["type"] == "/problems/not-seated"
    assert (await drafting.keep("m2", SOME)).json()["type"] == "/problems/in-conflict"
    assert (await drafting.keep("m1", SOME, sheet_hash="0" * 64)).json()["type"] == "/problems/another-sheet"


async def test_once_the_phase_is_over_nothing_is_drafted(drafting: Drafting) -> None:
    for person in ("m1", "m2"):
        await drafting.room.sign(drafting.id, person, best(RICE))
    await drafting.room.tell(
        f"/sessions/{(await drafting.room.evaluations.get(drafting.id)).sitting.session_id}/attendance",  # type: ignore[union-attr]
        {"present": ["m1", "m2", "m3"]},
    )
    await drafting.room.sign(drafting.id, "m3", best(RICE))
    await drafting.room.close(drafting.id)

    assert (await drafting.keep("m3", SOME)).json()["type"] == "/problems/blind-phase-over"

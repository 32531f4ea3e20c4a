"""The integrity view over HTTP: only what is finalised, only of one's own council, only for the agency."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.services.scoring.builders import best, sheet, with_total
from tests.services.scoring.room import RICE_HASH, Room

RICE = sheet("rice-grains")


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    await room.prepare()
    yield room


async def scored(room: Room) -> str:
    id = await room.submit()
    for member, ticks in (("mild", best(RICE)), ("strict", with_total(RICE, 84))):
        async with room.as_("council_member", member) as client:
            await client.post(f"/evaluations/{id}/sheets", json={"sheet_hash": RICE_HASH, "ticks": ticks})
    return id


async def test_nothing_is_told_of_an_evaluation_that_is_open(room: Room) -> None:
    await scored(room)

    async with room.as_("agency") as agency:
        view = (await agency.get("/integrity")).json()

    assert view == {"evaluations": 0, "sheets": 0, "members": [], "outliers": [], "disputed": []}


async def test_after_the_result_the_agency_sees_who_was_strict(room: Room) -> None:
    id = await scored(room)
    async with room.as_("council_chair") as chair:
        (owed,) = [(await chair.post(f"/evaluations/{id}/finalisation", json={})).json()]
        agreed = {error["pointer"].removeprefix("/agreed/"): None for error in owed.get("errors", ())}
        await chair.post(f"/evaluations/{id}/finalisation", json={"agreed": agreed})

    async with room.as_("agency") as agency:
        view = (await agency.get("/integrity")).json()
        later = (await agency.get("/integrity?since=2026-11-22")).json()
    async with room.as_("agency", authority="48") as other:
        elsewhere = (await other.get("/integrity")).json()

    assert [(one["member"], one["severity"]) for one in view["members"]] == [("strict", "-16.00"), ("mild", "+16.00")]
    assert len(view["outliers"]) == 2
    assert (later["evaluations"], elsewhere["evaluations"]) == (0, 0)


@pytest.mark.parametrize("role", ["council_member", "council_chair", "council_secretary", "observer", "operator"])
async def test_nobody_but_the_agency_looks(room: Room, role: str) -> None:
    async with room.as_(role) as client:
        assert (await client.get("/integrity")).status_code == 403

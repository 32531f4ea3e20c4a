"""The integrity view over HTTP: only what is finalised, only of one's own council, only for the agency."""

import pytest

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import Room

RICE = sheet("rice-grains")


async def scored(room: Room) -> str:
    id = await room.submit()
    await room.convene(id, members=2)
    await room.sign(id, "m1", best(RICE))
    await room.sign(id, "m2", best(RICE, **{"1.1": None, "1.2": None, "11": None}))
    return id


async def test_nothing_is_told_of_an_evaluation_that_is_open(room: Room) -> None:
    await scored(room)

    async with room.as_("agency") as agency:
        view = (await agency.get("/integrity")).json()

    assert view == {"evaluations": 0, "sheets": 0, "members": [], "outliers": [], "disputed": []}


async def test_after_the_result_the_agency_sees_who_was_strict_in_which_session(room: Room) -> None:
    id = await scored(room)
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})
    sitting = (await room.evaluations.get(id)).sitting
    assert sitting is not None

    async with room.as_("agency") as agency:
        view = (await agency.get(f"/integrity?session={sitting.session_id}&outlier_points=5")).json()
        others = [
            (await agency.get(f"/integrity?{asked}")).json()["evaluations"]
            for asked in ("since=2026-11-22", "until=2026-11-20", "session=another")
        ]
    async with room.as_("agency", authority="48") as other:
        elsewhere = (await other.get("/integrity")).json()

    assert [(one["member"], one["severity"]) for one in view["members"]] == [("m2", "-7.00"), ("m1", "+7.00")]
    assert len(view["outliers"]) == 2
    assert (others, elsewhere["evaluations"]) == ([0, 0, 0], 0)


@pytest.mark.parametrize("role", ["council_member", "council_chair", "council_secretary", "observer", "operator"])
async def test_nobody_but_the_agency_looks(room: Room, role: str) -> None:
    async with room.as_(role) as client:
        assert (await client.get("/integrity")).status_code == 403

"""Evaluations over HTTP: who sees what when, and who does what."""

import pytest

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, Room, get, post

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "path", "status"),
        [
            ("owner", "/sheets", 403),
            ("agency", "/sheets", 403),
            ("observer", "/sheets", 403),
            ("council_member", "/finalisation", 403),
            ("agency", "/finalisation", 403),
            ("council_member", "/conclusion", 403),
        ],
    )
    async def test_a_role_does_only_what_is_its_own(self, room: Room, role: str, path: str, status: int) -> None:
        id = await room.submit()

        answer = await post(room.as_(role), f"/evaluations/{id}{path}", SHEET)

        assert answer.status_code == status

    @pytest.mark.parametrize("role", ["owner", "commune", "council_member", "council_chair", "observer"])
    async def test_only_the_agency_reads_an_explanation(self, room: Room, role: str) -> None:
        id = await room.submit()

        assert (await get(room.as_(role), f"/evaluations/{id}/explanation")).status_code == 403

    async def test_another_province_sees_and_does_nothing(self, room: Room) -> None:
        id = await room.submit()

        listed = await get(room.as_("agency", authority="48"), "/evaluations")
        shown = await get(room.as_("agency", authority="48"), f"/evaluations/{id}")
        done = await post(room.as_("council_member", "m9", "48"), f"/evaluations/{id}/sheets", SHEET)

        assert listed.json()["items"] == []
        assert (shown.status_code, done.status_code) == (404, 404)


async def test_an_observer_is_not_told_a_result_before_it_is_announced(room: Room) -> None:
    id = await room.scored(best(RICE))
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})

    results = {
        role: (await get(room.as_(role), f"/evaluations/{id}")).json()["evaluation"]["result"] is not None
        for role in ("observer", "agency", "council_member")
    }

    assert results == {"observer": False, "agency": True, "council_member": True}


async def test_evaluations_are_listed_page_by_page_and_by_state(room: Room) -> None:
    for attempt in (1, 2, 3):
        await room.submit(sequence=attempt, attempt=attempt)
    await room.withdraw(sequence=4, attempt=2)

    first = (await get(room.as_("agency"), "/evaluations?limit=2")).json()
    second = (await get(room.as_("agency"), f"/evaluations?limit=2&after={first['next']}")).json()
    stopped = (await get(room.as_("agency"), "/evaluations?state=stopped")).json()

    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert [one["attempt"] for one in stopped["items"]] == [2]


class TestDeliberating:
    async def test_the_council_sees_every_sheet_once_the_blind_phase_is_closed(self, room: Room) -> None:
        id = await room.scored(best(RICE), best(RICE, **{"3.5": APPLIED}))
        path = f"/evaluations/{id}/deliberation"

        before = (await get(room.as_("council_member", "m2"), path)).json()
        await room.close(id)
        after = (await get(room.as_("council_member", "m2"), path)).json()

        assert before["sheets"] == []
        assert [(one["member"], one["sheet"]["total"]) for one in after["sheets"]] == [("m1", 100), ("m2", 98)]
        assert after["differing"] == ["3.5"]

    async def test_only_the_council_that_sits_on_the_product_sees_them(self, room: Room) -> None:
        id = await room.scored(best(RICE))
        await room.close(id)
        path = f"/evaluations/{id}/deliberation"

        stranger = await get(room.as_("council_chair", "stranger"), path)
        agency = await get(room.as_("agency"), path)

        assert (stranger.status_code, agency.status_code) == (403, 403)

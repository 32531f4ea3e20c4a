"""The way back from the centre: below 5 stars the province may rate the same file itself, once."""

import json

import pytest

from services.scoring.domain.evaluation import NotTheSubmitter
from services.scoring.domain.way_back import awaited, own_evaluation, rate_itself
from tests.services.scoring.builders import best, sheet, with_total
from tests.services.scoring.room import DOSSIER, RICE_HASH, SECRETARY, Room, council

RICE = sheet("rice-grains")
BACK = awaited("37", DOSSIER, 1).id


async def rated_at_the_centre(room: Room, ticks: dict[str, str | None]) -> str:
    """The central council of one has rated a product of province 37."""
    id = await room.submit(to="00", evidence=tuple(sorted(_evidence())), owner_kind="cooperative")
    await room.tell("/councils", council(1), "agency", authority="00")
    asked = {"round": 2, "on": "2026-10-01", "agenda": [id]}
    session = (await room.tell("/sessions", asked, authority="00"))["id"]
    await room.tell(f"/sessions/{session}/attendance", {"present": ["m1"]}, authority="00")
    await room.tell(
        f"/evaluations/{id}/sheets", {"sheet_hash": RICE_HASH, "ticks": ticks}, "council_member", "m1", "00"
    )
    await room.tell(f"/evaluations/{id}/blind-phase/closing", {}, authority="00")
    await room.tell(f"/sessions/{session}/closing", {"minutes": "9/BB-HĐTW"}, authority="00")
    await room.tell(f"/evaluations/{id}/finalisation", {}, authority="00")
    return id


def _evidence() -> set[str]:
    return {document for scored in RICE.scored for document in scored.documents}


async def test_the_province_rates_the_same_file_by_the_same_rules_as_another_attempt(room: Room) -> None:
    central = await rated_at_the_centre(room, with_total(RICE, 85))
    await room.hear_centre(central)

    own = (await room.tell(f"/returned/{BACK}/rating", {}, "agency"))["evaluation"]

    theirs, ours = await room.evaluations.get(central), await room.evaluations.get(own)
    assert (ours.authority, ours.submitted_by, ours.attempt, ours.state) == ("37", "37", 2, "open")
    assert (ours.case, ours.basis.sheet_hash) == (theirs.case, theirs.basis.sheet_hash)
    (opened,) = room.spoken(own)
    assert (opened["type"], json.loads(opened["data"])["attempt"]) == ("vn.ocop.evaluation.opened.v1", 2)


async def test_the_own_rating_goes_to_its_result_like_any_other(room: Room) -> None:
    await room.hear_centre(await rated_at_the_centre(room, with_total(RICE, 85)))
    own = (await room.tell(f"/returned/{BACK}/rating", {}, "agency"))["evaluation"]

    await room.convene(own, members=1)
    await room.sign(own, "m1", with_total(RICE, 92))
    await room.over(own)

    assert (await room.tell(f"/evaluations/{own}/finalisation", {}))["stars"] == 4
    assert json.loads(room.spoken(own)[-1]["data"])["owner_kind"] == "cooperative"


async def test_the_agency_has_a_list_with_the_central_result(room: Room) -> None:
    central = await rated_at_the_centre(room, with_total(RICE, 85))
    await room.hear_centre(central)

    async with room.as_("agency") as agency, room.as_("agency", authority="48") as elsewhere:
        (listed,) = (await agency.get("/returned")).json()["items"]
        others = (await elsewhere.get("/returned")).json()["items"]

    assert (listed["central_evaluation"], listed["average"], listed["stars"]) == (central, "85.00", 4)
    assert others == []


async def test_heard_and_asked_twice_it_is_rated_once(room: Room) -> None:
    central = await rated_at_the_centre(room, with_total(RICE, 85))
    await room.hear_centre(central)

    first = await room.tell(f"/returned/{BACK}/rating", {}, "agency")
    await room.hear_centre(central)
    again = await room.tell(f"/returned/{BACK}/rating", {}, "agency")

    assert first == again
    assert len(room.spoken(first["evaluation"])) == 1


class TestTakenBack:
    """The owner may take the dossier back until the centre's result is announced."""

    async def test_a_withdrawal_stops_the_own_rating(self, room: Room) -> None:
        central = await rated_at_the_centre(room, with_total(RICE, 85))
        await room.hear_centre(central)
        own = (await room.tell(f"/returned/{BACK}/rating", {}, "agency"))["evaluation"]

        await room.withdraw(to="00")
        await room.withdraw(to="00")

        stopped = await room.evaluations.get(own)
        assert (stopped.state, stopped.stopped and stopped.stopped.ground) == ("stopped", "withdrawn")
        assert [event["type"] for event in room.spoken(own)] == [
            "vn.ocop.evaluation.opened.v1",
            "vn.ocop.evaluation.stopped.v1",
        ]
        assert (await room.evaluations.get(central)).state == "finalised"

    async def test_before_the_own_rating_is_asked_for_none_begins(self, room: Room) -> None:
        await room.hear_centre(await rated_at_the_centre(room, with_total(RICE, 85)))
        await room.withdraw(to="00")

        async with room.as_("agency") as agency:
            listed = (await agency.get("/returned")).json()["items"]
            answer = await agency.post(f"/returned/{BACK}/rating", json={})

        assert (listed, answer.status_code, answer.json()["type"]) == ([], 409, "/problems/taken-back")

    async def test_heard_before_the_centres_result_it_holds_as_well(self, room: Room) -> None:
        central = await rated_at_the_centre(room, with_total(RICE, 85))
        await room.withdraw(to="00")

        async with room.as_("agency") as agency:
            unheard = await agency.post(f"/returned/{BACK}/rating", json={})
            await room.hear_centre(central)
            answer = await agency.post(f"/returned/{BACK}/rating", json={})

        assert (unheard.json()["type"], answer.json()["type"]) == ("/problems/not-returned", "/problems/taken-back")

    async def test_it_stops_what_a_crash_kept_from_being_opened(self, room: Room) -> None:
        await room.hear_centre(await rated_at_the_centre(room, with_total(RICE, 85)))
        known = await room.returned.get(BACK)
        await room.returned.change(BACK, lambda held: (rate_itself(held), ()))

        await room.withdraw(to="00")

        assert (await room.evaluations.get(own_evaluation(known).id)).state == "stopped"

    async def test_another_province_stops_nothing(self, room: Room) -> None:
        await room.hear_centre(await rated_at_the_centre(room, with_total(RICE, 85)))
        own = (await room.tell(f"/returned/{BACK}/rating", {}, "agency"))["evaluation"]

        with pytest.raises(NotTheSubmitter):
            await room.withdraw(to="00", speaker="48")

        assert (await room.evaluations.get(own)).state == "open"


async def test_what_the_centre_gives_five_stars_stays_there(room: Room) -> None:
    await room.hear_centre(await rated_at_the_centre(room, best(RICE)))

    async with room.as_("agency") as agency:
        listed = (await agency.get("/returned")).json()["items"]
        answer = await agency.post(f"/returned/{BACK}/rating", json={})

    assert (listed, answer.status_code, answer.json()["type"]) == ([], 409, "/problems/stays-at-the-centre")


@pytest.mark.parametrize(("role", "authority", "status"), [(SECRETARY, "37", 403), ("agency", "48", 404)])
async def test_nobody_else_opens_it(room: Room, role: str, authority: str, status: int) -> None:
    await room.hear_centre(await rated_at_the_centre(room, with_total(RICE, 85)))

    async with room.as_(role, authority=authority) as client:
        answer = await client.post(f"/returned/{BACK}/rating", json={})

    assert answer.status_code == status


async def test_a_provinces_own_result_comes_from_nowhere_back(room: Room) -> None:
    id = await room.submit()
    await room.convene(id, members=1)
    await room.sign(id, "m1", with_total(RICE, 85))
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})

    async with room.as_("agency") as agency:
        assert (await agency.get("/returned")).json()["items"] == []

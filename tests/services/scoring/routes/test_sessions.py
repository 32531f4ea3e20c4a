"""Councils and sessions over HTTP: set up, scheduled, attended product by product, put off, closed."""

import json
from typing import Any

import pytest

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import DOSSIER, RICE_HASH, Room, council

RICE = sheet("rice-grains")
OTHER = f"{DOSSIER[:-1]}2"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def ask(room: Room, method: str, path: str, body: Any = None, role: str = "council_secretary", **who: Any) -> Any:
    """The status and the answer."""
    async with room.as_(role, **who) as client:
        answer = await client.request(method, path, json=body)
    return answer.status_code, answer.json()


class TestCouncils:
    async def test_the_agency_enters_a_membership_and_the_council_sees_it(self, room: Room) -> None:
        await room.tell("/councils", council(9), "agency")

        status, seen = await ask(room, "GET", "/council?on=2026-10-01", role="council_member", person="m2")

        assert status == 200
        assert len(seen["membership"]["members"]) == 10
        assert seen["regulation"]["quorum"] == {"numerator": 3, "denominator": 4}

    async def test_a_flawed_membership_is_answered_with_each_place(self, room: Room) -> None:
        flawed = council(3) | {"until": "2025-12-31", "members": council(3)["members"][1:]}

        status, problem = await ask(room, "POST", "/councils", flawed, role="agency")

        assert (status, [flaw["pointer"] for flaw in problem["errors"]]) == (422, ["/until", "/members"])

    @pytest.mark.parametrize("role", ["owner", "council_secretary", "council_chair", "observer"])
    async def test_nobody_else_sets_up_a_council(self, room: Room, role: str) -> None:
        status, _ = await ask(room, "POST", "/councils", council(3), role=role)

        assert status == 403


class TestScheduling:
    async def test_without_a_council_there_is_no_session(self, room: Room) -> None:
        id = await room.submit()

        status, _ = await ask(room, "POST", "/sessions", {"round": 2, "on": "2026-10-01", "agenda": [id]})

        assert status == 404

    async def test_each_product_is_answered_for_itself_and_the_session_spoken(self, room: Room) -> None:
        await room.tell("/councils", council(3), "agency")
        id = await room.submit()

        told = await room.tell("/sessions", {"round": 2, "on": "2026-10-01", "agenda": [id, UNKNOWN]})

        first, second = told["items"]["items"]
        assert (first["refused"], second["refused"]["status"]) == (None, 404)
        assert (await room.sessions.get(told["id"])).agenda == (id,)
        (event,) = room.spoken(told["id"])
        assert event["type"] == "vn.ocop.session.scheduled.v1"
        said = json.loads(event["data"])
        assert said["agenda"] == [id]
        assert said["seated"] == [member["person"] for member in council(3)["members"]]

    async def test_a_product_is_on_one_agenda_at_a_time(self, room: Room) -> None:
        id = await room.submit()
        first = await room.convene(id)

        told = await room.tell("/sessions", {"round": 2, "on": "2026-10-02", "agenda": [id]})

        assert told["items"]["items"][0]["refused"]["type"] == "/problems/on-another-agenda"
        assert (await room.sessions.get(first)).agenda == (id,)

    async def test_the_same_request_again_makes_one_session(self, room: Room) -> None:
        await room.tell("/councils", council(3), "agency")
        body = {"round": 2, "on": "2026-10-01", "agenda": [await room.submit()]}

        async with room.as_("council_secretary") as client:
            answers = [await client.post("/sessions", json=body, headers={"Idempotency-Key": "s"}) for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert len(room.spoken(answers[0].json()["id"])) == 1

    async def test_another_province_schedules_nothing_here(self, room: Room) -> None:
        id = await room.submit()
        await room.tell("/councils", council(3), "agency", authority="48")

        body = {"round": 2, "on": "2026-10-01", "agenda": [id]}
        told = await room.tell("/sessions", body, authority="48")
        shown, _ = await ask(room, "GET", f"/sessions/{told['id']}")

        assert told["items"]["items"][0]["refused"]["status"] == 404
        assert shown == 404


class TestAttendance:
    async def test_who_leaves_early_scores_only_what_they_were_there_for(self, room: Room) -> None:
        early, late = await room.submit(), await room.submit(dossier=OTHER)
        session = await room.convene(early, late)
        await room.sign(early, "m3", best(RICE))

        left = {"present": ["m1", "m2"], "evaluations": [late]}
        await room.tell(f"/sessions/{session}/attendance", left)
        status, problem = await ask(
            room,
            "POST",
            f"/evaluations/{late}/sheets",
            {"sheet_hash": RICE_HASH, "ticks": best(RICE)},
            role="council_member",
            person="m3",
        )

        assert (status, problem["type"]) == (409, "/problems/not-present")
        assert (await room.evaluations.get(early)).sheet_of("m3") is not None

    async def test_strangers_are_named_for_each_product(self, room: Room) -> None:
        id = await room.submit()
        session = await room.convene(id)

        told = await room.tell(f"/sessions/{session}/attendance", {"present": ["m1", "stranger"]})

        (refused,) = [item["refused"] for item in told["items"]]
        assert [flaw["pointer"] for flaw in refused["errors"]] == ["/present/1"]

    @pytest.mark.parametrize(
        ("role", "person"), [("council_member", "m2"), ("council_chair", "m2"), ("council_chair", "stranger")]
    )
    async def test_only_who_runs_the_session_notes_it(self, room: Room, role: str, person: str) -> None:
        session = await room.convene(await room.submit())

        status, _ = await ask(
            room, "POST", f"/sessions/{session}/attendance", {"present": []}, role=role, person=person
        )

        assert status == 403


class TestPuttingOff:
    async def test_a_product_put_off_is_scored_by_another_session(self, room: Room) -> None:
        id = await room.submit()
        session = await room.convene(id)
        await room.sign(id, "m1", best(RICE))

        await room.tell(f"/sessions/{session}/put-off", {"evaluation": id, "reason": "Thiếu mẫu"})
        closed = await room.tell(f"/sessions/{session}/closing", {"minutes": "12/BB-HĐ"})
        await room.convene(id)

        evaluation = await room.evaluations.get(id)
        assert (closed["state"], closed["agenda"]) == ("closed", [])
        assert evaluation.sitting is not None
        assert evaluation.sitting.session_id != session
        assert [old.why for old in evaluation.record] == ["put_off"]


class TestClosing:
    async def test_it_lists_each_product_that_is_not_done(self, room: Room) -> None:
        session = await room.convene(await room.submit(), await room.submit(dossier=OTHER))

        status, problem = await ask(room, "POST", f"/sessions/{session}/closing", {"minutes": "12/BB-HĐ"})

        assert (status, problem["type"]) == (409, "/problems/session-not-ready")
        assert [flaw["pointer"] for flaw in problem["errors"]] == ["/agenda/0", "/agenda/1"]

    async def test_it_is_spoken_and_nothing_is_added_any_more(self, room: Room) -> None:
        id = await room.submit()
        session = await room.convene(id, members=1)
        await room.sign(id, "m1", best(RICE))

        await room.over(id)
        status, problem = await ask(room, "POST", f"/sessions/{session}/agenda", {"agenda": [id]})

        assert [event["type"] for event in room.spoken(session)] == [
            "vn.ocop.session.scheduled.v1",
            "vn.ocop.session.closed.v1",
        ]
        assert (status, problem["type"]) == (409, "/problems/session-closed")


class TestInWriting:
    async def test_a_re_evaluation_is_rated_without_a_meeting(self, room: Room) -> None:
        await room.tell("/councils", council(3), "agency")
        id = await room.submit(case_kind="re_evaluation")
        asked = {"round": 2, "on": "2026-10-01", "replies_by": "2026-10-05", "agenda": [id]}
        session = (await room.tell("/sessions", asked))["id"]
        for person in ("m1", "m2", "m3"):
            await room.sign(id, person, best(RICE))

        await room.over(id)
        result = await room.tell(f"/evaluations/{id}/finalisation", {})

        assert result["sheet_count"] == 3
        assert json.loads(room.spoken(session)[0]["data"])["replies_by"] == "2026-10-05"

    async def test_those_near_their_last_day_are_listed(self, room: Room) -> None:
        id = await room.submit(case_kind="re_evaluation")
        await room.submit(dossier=OTHER)

        near, later = [
            (await ask(room, "GET", f"/evaluations?rate_by={day}", role="agency"))[1]["items"]
            for day in ("2026-10-16", "2026-10-15")
        ]

        assert [(one["id"], one["rate_by"]) for one in near] == [(id, "2026-10-16")]
        assert later == []


class TestTheCentre:
    async def test_the_central_council_rates_what_a_province_submits_to_it(self, room: Room) -> None:
        await room.tell("/councils", council(1), "agency", authority="00")
        id = await room.submit(to="00")
        asked = {"round": 1, "on": "2026-10-01", "agenda": [id]}
        session = (await room.tell("/sessions", asked, authority="00"))["id"]
        at = {"authority": "00"}
        await room.tell(f"/sessions/{session}/attendance", {"present": ["m1"]}, **at)
        ticked = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}
        await room.tell(f"/evaluations/{id}/sheets", ticked, "council_member", "m1", **at)
        await room.tell(f"/evaluations/{id}/blind-phase/closing", {}, **at)
        await room.tell(f"/sessions/{session}/closing", {"minutes": "12/BB-HĐTW"}, **at)

        result = await room.tell(f"/evaluations/{id}/finalisation", {}, **at)

        assert (result["stars"], result["potential_five_star"]) == (5, False)
        data = json.loads(room.spoken(id)[-1]["data"])
        assert (data["province"], data["stars"]) == ("37", 5)

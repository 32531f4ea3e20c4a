"""Scoring over HTTP: who sees and does what, and what a wrong sheet is answered."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import RICE_HASH, Room

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    await room.prepare()
    yield room


async def post(client: httpx.AsyncClient, path: str, body: Any, key: str | None = None) -> httpx.Response:
    async with client:
        return await client.post(path, json=body, headers={"Idempotency-Key": key} if key else {})


async def get(client: httpx.AsyncClient, path: str) -> httpx.Response:
    async with client:
        return await client.get(path)


async def scored(room: Room, *sheets: dict[str, str | None]) -> str:
    """An evaluation with the signed sheets of m1, m2, …, who are the whole council."""
    id = await before_council(room, len(sheets))
    for n, ticks in enumerate(sheets, 1):
        await room.sign(id, f"m{n}", ticks)
    return id


async def before_council(room: Room, members: int = 3) -> str:
    """An evaluation on the agenda of a session at which all of a council are there."""
    id = await room.submit()
    await room.convene(id, members=members)
    return id


def numbers(told: Any) -> set[int]:
    """Every number anywhere in an answer."""
    if isinstance(told, dict):
        return numbers(list(told.values()))
    if isinstance(told, list):
        return set().union(*map(numbers, told))
    return {told} if isinstance(told, int) else set()


class TestTheCatalogue:
    async def test_everybody_can_list_the_sets_in_force(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), "/catalogue/sets")).json()

        assert (answer["rule_set"], len(answer["sets"])) == ("26-2026", 26)
        rice = answer["sets"][2]
        assert (rice["set"], rice["sheet_hash"]) == ("rice-grains", RICE_HASH)
        assert set(rice["name"]) == {"vi", "en"}

    async def test_the_rules_of_an_older_day_have_no_sheets_here(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), "/catalogue/sets?on=2024-01-01")).json()

        assert (answer["rule_set"], answer["sets"]) == ("148-2023", [])

    async def test_a_frozen_sheet_comes_with_the_wording_of_its_keys(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), f"/sheets/{RICE_HASH}")).json()

        assert answer["sheet"]["set"] == "rice-grains"
        first = answer["sheet"]["parts"][0]["groups"][0]["criteria"][2]
        assert first["star_minimums"] == {"5": 3}
        assert {"product-origin", "forged-file", "stop-scoring"} <= set(answer["labels"]["vi"])

    @pytest.mark.parametrize(("hash", "status"), [("0" * 64, 404), ("rice", 422)])
    async def test_an_unknown_sheet_is_said_so(self, room: Room, hash: str, status: int) -> None:
        assert (await get(room.as_("owner"), f"/sheets/{hash}")).status_code == status


class TestHandingIn:
    async def test_a_member_hands_in_a_sheet_and_sees_it(self, room: Room) -> None:
        id = await scored(room, best(RICE, **{"3.5": APPLIED}))

        shown = (await get(room.as_("council_member", "m1"), f"/evaluations/{id}")).json()

        assert shown["evaluation"]["handed_in"] is True
        assert shown["own_sheet"]["total"] == 98
        mark = next(mark for mark in shown["own_sheet"]["marks"] if mark["criterion"] == "3.5")
        assert mark == {"criterion": "3.5", "option": APPLIED, "points": 1, "applies": True}

    async def test_the_same_request_again_is_answered_the_same(self, room: Room) -> None:
        id = await before_council(room)
        path = f"/evaluations/{id}/sheets"

        first = await post(room.as_("council_member", "m1"), path, SHEET, key="k1")
        again = await post(room.as_("council_member", "m1"), path, SHEET, key="k1")

        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert len((await room.evaluations.get(id)).sheets) == 1

    async def test_another_sheet_of_the_same_member_is_refused(self, room: Room) -> None:
        id = await scored(room, best(RICE))

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", SHEET)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/sheet-handed-in")

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"9.9": None}, "/ticks/9.9"),
            ({"1.1": "no-such-option"}, "/ticks/1.1"),
            ({"1.1": "packing-creative"}, "/ticks/1.1"),
            ({"5.1": "story-none"}, "/ticks/5.2"),
        ],
        ids=["unknown criterion", "unknown option", "another criterion's option", "story-only"],
    )
    async def test_a_wrong_tick_is_answered_with_its_criterion_and_changes_nothing(
        self, room: Room, changed: dict[str, str | None], pointer: str
    ) -> None:
        id = await before_council(room)
        body = {"sheet_hash": RICE_HASH, "ticks": best(RICE) | changed}

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", body)

        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert (await room.evaluations.get(id)).sheets == ()

    async def test_an_option_whose_document_the_file_lacks_is_answered_with_its_criterion(self, room: Room) -> None:
        id = await room.submit(evidence=("evidence-business-registration",))
        await room.convene(id)

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", SHEET)

        assert [error["pointer"] for error in answer.json()["errors"]] == ["/ticks/9"]

    async def test_every_unanswered_criterion_is_named(self, room: Room) -> None:
        id = await before_council(room)
        body = {"sheet_hash": RICE_HASH, "ticks": {}}

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", body)

        # Without a story the criterion on its structure does not apply, so 31 of the 32 are missing.
        assert len(answer.json()["errors"]) == 31

    async def test_the_sheet_of_another_set_is_refused(self, room: Room) -> None:
        id = await before_council(room)
        body = SHEET | {"sheet_hash": "0" * 64}

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", body)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/another-sheet")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            SHEET | {"points": 100},
            SHEET | {"ticks": {"1.1": 3}},
            SHEET | {"ticks": {"\ud800": None}},
            SHEET | {"ticks": [["1.1", None]]},
            {"sheet_hash": RICE_HASH, "ticks": {f"{n}.{m}": None for n in range(1, 99) for m in range(1, 9)}},
        ],
        ids=["empty", "a typed number", "points for an option", "a lone surrogate", "a list", "too many"],
    )
    async def test_a_body_that_is_no_sheet_is_refused(self, room: Room, body: Any) -> None:
        id = await before_council(room)

        async with room.as_("council_member", "m1") as client:
            answer = await client.post(
                f"/evaluations/{id}/sheets",
                content=json.dumps(body),
                headers={"Content-Type": "application/json"},
            )

        assert answer.status_code in (400, 422)
        assert answer.json()["detail"]
        assert (await room.evaluations.get(id)).sheets == ()

    async def test_nothing_is_added_after_the_end(self, room: Room) -> None:
        id = await scored(room, best(RICE))
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})

        answer = await post(room.as_("council_member", "late"), f"/evaluations/{id}/sheets", SHEET)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/evaluation-closed")


class TestFinalising:
    async def test_the_result_is_told_and_spoken_without_any_members_marks(self, room: Room) -> None:
        id = await scored(room, best(RICE), best(RICE, **{"3.5": APPLIED}), best(RICE))
        await room.over(id, **{"3.5": APPLIED})

        result = await room.tell(f"/evaluations/{id}/finalisation", {})

        assert (result["stars"], result["potential_five_star"], result["average"]) == (3, False, "99.33")
        assert (result["total_sum"], result["sheet_count"]) == ("298", 3)
        sitting = (await room.evaluations.get(id)).sitting
        assert sitting is not None
        event = room.spoken(id)[-1]
        assert event["type"] == "vn.ocop.score.finalized.v1"
        assert json.loads(event["data"]) == {
            "province": "37",
            "dossier_id": "4f1d9a2e-0000-4000-8000-000000000001",
            "attempt": 1,
            "product": {"id": "product-1", "name": "Gạo nếp hương"},
            "owner_id": "owner-1",
            "commune": "14371",
            "product_set": "rice-grains",
            "case_kind": "first",
            "stars": 3,
            "potential_five_star": False,
            "total_sum": "298",
            "sheet_count": 3,
            "average": "99.33",
            "failed_minimums": [
                {"star": 4, "criterion": "3.5", "needed": 2, "had": 1},
                {"star": 5, "criterion": "3.5", "needed": 2, "had": 1},
            ],
            "rule_set": "26-2026",
            "rule_set_hash": (await room.evaluations.get(id)).basis.rule_set_hash,
            "sheet_hash": RICE_HASH,
            "manifest_hash": "a" * 64,
            "session": sitting.session_id,
            "next_star": {
                "star": 4,
                "average_short": "0.00",
                "minimums": [
                    {
                        "criterion": "3.5",
                        "had": 1,
                        "needed": 2,
                        "options": ["trademark-granted", "trademark-granted-plus-ip"],
                    }
                ],
                "at_the_centre": False,
            },
            "on_paper": False,
            "manifest_version": 1,
            "received_on": "2026-09-01",
            "evidence": None,
        }

    async def test_criteria_without_agreement_are_listed(self, room: Room) -> None:
        id = await scored(room, best(RICE), best(RICE, **{"3.5": APPLIED, "10": None}))
        await room.close(id)

        answer = await post(room.as_("council_secretary"), f"/evaluations/{id}/agreement", {"agreed": {}})
        finalised = await post(room.as_("council_secretary"), f"/evaluations/{id}/finalisation", {})

        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/agreed/3.5", "/agreed/10"]
        assert finalised.json()["type"] == "/problems/result-not-ready"
        assert [error["pointer"] for error in finalised.json()["errors"]] == ["/agreed/3.5", "/agreed/10", "/session"]
        assert (await room.evaluations.get(id)).state == "open"

    async def test_without_a_session_it_is_refused(self, room: Room) -> None:
        id = await room.submit()

        answer = await post(room.as_("council_chair", "m1"), f"/evaluations/{id}/finalisation", {})

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/result-not-ready")

    async def test_a_result_is_spoken_only_after_the_session_has_closed(self, room: Room) -> None:
        id = await scored(room, best(RICE))
        await room.close(id)

        before = await post(room.as_("council_secretary"), f"/evaluations/{id}/finalisation", {})
        types = [event["type"] for event in room.spoken(id)]

        assert [error["pointer"] for error in before.json()["errors"]] == ["/session"]
        assert "vn.ocop.score.finalized.v1" not in types

    async def test_the_agency_reads_how_it_came_about(self, room: Room) -> None:
        id = await scored(room, best(RICE, **{"3.5": APPLIED}))
        path = f"/evaluations/{id}/explanation"

        before = await get(room.as_("agency"), path)
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})
        after = await get(room.as_("agency"), path)

        assert before.status_code == 409
        assert after.json()["differences"] == []
        assert after.json()["steps"][-1]["outcome"] == "3"
        assert all(step["article"] and step["vi"] and step["en"] for step in after.json()["steps"])
        assert [(star["star"], star["average_reaches"]) for star in after.json()["stars"]] == [
            (star, True) for star in (1, 2, 3, 4, 5)
        ]
        assert after.json()["next_star"]["minimums"][0]["options"][0] == "trademark-granted"
        assert [part["points"] for part in after.json()["sheets"][0]["parts"]] == [38, 25, 35]
        assert "m1" not in after.text


class TestConcluding:
    async def test_a_conclusion_in_the_minutes_ends_it_without_a_star(self, room: Room) -> None:
        id = await scored(room, none_met(RICE))
        body = {"rule": "stop-impurities-wood-plastic", "criterion": "6.1", "minutes": "Biên bản 12/BB-HĐ"}

        answer = await post(room.as_("council_secretary"), f"/evaluations/{id}/conclusion", body)

        assert answer.json()["ground"] == "scoring_stopped"
        event = json.loads(room.spoken(id)[-1]["data"])
        assert (event["reason"], event["criterion"]) == ("scoring_stopped", "6.1")
        assert (await room.evaluations.get(id)).result is None

    async def test_a_ground_that_is_not_on_the_sheet_is_refused(self, room: Room) -> None:
        id = await before_council(room)
        body = {"rule": "capacity-against-local-average", "criterion": "1.4", "minutes": "12/BB-HĐ"}

        answer = await post(room.as_("council_chair", "m1"), f"/evaluations/{id}/conclusion", body)

        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-such-ground")


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


class TestBeforeTheResult:
    """Until the blind phase closes nobody learns another's marks or any total; see also ``test_blindness.py``."""

    @pytest.mark.parametrize(
        ("role", "person"),
        [
            ("council_member", "m2"),
            ("council_chair", "chair"),
            ("council_secretary", "secretary"),
            ("agency", "agency"),
            ("observer", "observer"),
        ],
    )
    async def test_no_answer_tells_anothers_marks_or_total(self, room: Room, role: str, person: str) -> None:
        ticks = best(RICE, **{"3.5": APPLIED})
        id = await scored(room, ticks)
        for refused in ("finalisation", "agreement"):
            body = {"agreed": {"1.1": None}} if refused == "agreement" else {}
            await post(room.as_("council_secretary"), f"/evaluations/{id}/{refused}", body)

        told = [
            await get(room.as_(role, person), path)
            for path in ("/evaluations", f"/evaluations/{id}", "/evaluations?state=open")
        ]

        for answer in told:
            assert answer.status_code == 200
            assert APPLIED not in answer.text
            assert 98 not in numbers(answer.json())
            assert '"total"' not in answer.text

    async def test_no_event_tells_that_a_sheet_came(self, room: Room) -> None:
        id = await scored(room, best(RICE), none_met(RICE))

        assert [event["type"] for event in room.spoken(id)] == ["vn.ocop.evaluation.opened.v1"]

    async def test_only_those_who_run_the_session_see_who_has_signed(self, room: Room) -> None:
        id = await scored(room, best(RICE))

        seen = {
            role: (await get(room.as_(role), f"/evaluations/{id}")).json()["evaluation"]
            for role in ("council_member", "council_chair", "council_secretary", "agency", "observer")
        }

        assert {role: (one["sheet_count"], one["signed"]) for role, one in seen.items()} == {
            "council_member": (None, None),
            "council_chair": (1, ["m1"]),
            "council_secretary": (1, ["m1"]),
            "agency": (None, None),
            "observer": (None, None),
        }


async def test_an_observer_is_not_told_a_result_before_it_is_announced(room: Room) -> None:
    id = await scored(room, best(RICE))
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
        id = await scored(room, best(RICE), best(RICE, **{"3.5": APPLIED}))
        path = f"/evaluations/{id}/deliberation"

        before = (await get(room.as_("council_member", "m2"), path)).json()
        await room.close(id)
        after = (await get(room.as_("council_member", "m2"), path)).json()

        assert before["sheets"] == []
        assert [(one["member"], one["sheet"]["total"]) for one in after["sheets"]] == [("m1", 100), ("m2", 98)]
        assert after["differing"] == ["3.5"]

    async def test_only_the_council_that_sits_on_the_product_sees_them(self, room: Room) -> None:
        id = await scored(room, best(RICE))
        await room.close(id)
        path = f"/evaluations/{id}/deliberation"

        stranger = await get(room.as_("council_chair", "stranger"), path)
        agency = await get(room.as_("agency"), path)

        assert (stranger.status_code, agency.status_code) == (403, 403)

    async def test_a_divergence_sends_the_product_to_another_round(self, room: Room) -> None:
        id = await scored(room, best(RICE), none_met(RICE))

        told = await room.tell(f"/evaluations/{id}/blind-phase/closing", {})
        shown = (await get(room.as_("council_member", "m2"), f"/evaluations/{id}/deliberation")).json()

        assert (told["outcome"], told["round"]) == ("rescoring", 2)
        assert [(one["sheet"]["total"], one["in_force"]) for one in shown["sheets"]] == [(100, False), (0, False)]
        event = room.spoken(id)[-1]
        assert event["type"] == "vn.ocop.evaluation.rescoring-required.v1"
        assert set(json.loads(event["data"])) == {"province", "dossier_id", "attempt", "session", "round"}

    async def test_what_was_agreed_stands_once_the_session_has_closed(self, room: Room) -> None:
        id = await scored(room, best(RICE), best(RICE, **{"3.5": APPLIED}))
        await room.over(id, **{"3.5": APPLIED})

        answer = await post(
            room.as_("council_secretary"), f"/evaluations/{id}/agreement", {"agreed": {"3.5": "trademark-granted"}}
        )

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-closed")


class TestConflicts:
    async def test_a_member_declares_their_own_and_scores_no_more(self, room: Room) -> None:
        id = await scored(room, best(RICE), best(RICE), best(RICE), best(RICE))

        async with room.as_("council_member", "m4") as member:
            declared = await member.post(f"/evaluations/{id}/conflicts", json={"kind": "related"})
            signed = await member.post(f"/evaluations/{id}/sheets", json=SHEET)
        await room.over(id)
        result = await room.tell(f"/evaluations/{id}/finalisation", {})

        assert (declared.status_code, signed.status_code) == (201, 403)
        assert result["sheet_count"] == 3

    async def test_only_who_runs_the_session_declares_that_of_another(self, room: Room) -> None:
        id = await before_council(room)
        body = {"person": "m3", "kind": "own"}

        by_member = await post(room.as_("council_member", "m2"), f"/evaluations/{id}/conflicts", body)
        by_secretary = await post(room.as_("council_secretary"), f"/evaluations/{id}/conflicts", body)

        assert (by_member.status_code, by_secretary.status_code) == (403, 201)


ORDER = {"ground": "ministry_order", "document": "4567/BNNMT-VPĐP", "dated": "2026-10-20"}


class TestAnnulling:
    async def finalised(self, room: Room) -> str:
        id = await scored(room, best(RICE))
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})
        return id

    async def test_it_is_spoken_with_ground_and_paper(self, room: Room) -> None:
        id = await self.finalised(room)

        told = await room.tell(f"/evaluations/{id}/annulment", ORDER, "agency")

        event = room.spoken(id)[-1]
        data = json.loads(event["data"])
        assert event["type"] == "vn.ocop.score.annulled.v1"
        assert (data["ground"], data["document"], data["redone_as"]) == (
            "ministry_order",
            "4567/BNNMT-VPĐP",
            told["redone_as"],
        )

    @pytest.mark.parametrize(
        ("role", "changed", "status"),
        [
            ("council_chair", {}, 403),
            ("observer", {}, 403),
            ("agency", {"dated": "2099-01-01"}, 422),
            ("agency", {"ground": "second_thoughts"}, 422),
        ],
    )
    async def test_without_right_or_reason_the_result_stands(
        self, room: Room, role: str, changed: dict[str, str], status: int
    ) -> None:
        id = await self.finalised(room)

        answer = await post(room.as_(role), f"/evaluations/{id}/annulment", ORDER | changed)

        assert answer.status_code == status
        assert (await room.evaluations.get(id)).state == "finalised"

    async def test_before_there_is_a_result_there_is_nothing_to_annul(self, room: Room) -> None:
        id = await scored(room, best(RICE))

        answer = await post(room.as_("agency"), f"/evaluations/{id}/annulment", ORDER)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-annul")

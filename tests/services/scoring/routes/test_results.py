"""Results over HTTP: counted, explained, concluded without a star, and annulled."""

import json

import pytest

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import RICE_HASH, Room, get, post

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


class TestFinalising:
    async def test_the_result_is_told_and_spoken_without_any_members_marks(self, room: Room) -> None:
        id = await room.scored(best(RICE), best(RICE, **{"3.5": APPLIED}), best(RICE))
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
            "owner_kind": None,
        }

    async def test_criteria_without_agreement_are_listed(self, room: Room) -> None:
        id = await room.scored(best(RICE), best(RICE, **{"3.5": APPLIED, "10": None}))
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
        id = await room.scored(best(RICE))
        await room.close(id)

        before = await post(room.as_("council_secretary"), f"/evaluations/{id}/finalisation", {})
        types = [event["type"] for event in room.spoken(id)]

        assert [error["pointer"] for error in before.json()["errors"]] == ["/session"]
        assert "vn.ocop.score.finalized.v1" not in types

    async def test_the_agency_reads_how_it_came_about(self, room: Room) -> None:
        id = await room.scored(best(RICE, **{"3.5": APPLIED}))
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
        id = await room.scored(none_met(RICE))
        body = {"rule": "stop-impurities-wood-plastic", "criterion": "6.1", "minutes": "Biên bản 12/BB-HĐ"}

        answer = await post(room.as_("council_secretary"), f"/evaluations/{id}/conclusion", body)

        assert answer.json()["ground"] == "scoring_stopped"
        event = json.loads(room.spoken(id)[-1]["data"])
        assert (event["reason"], event["criterion"], event["seated"]) == (
            "scoring_stopped",
            "6.1",
            ["m1", "council_secretary"],
        )
        assert (await room.evaluations.get(id)).result is None

    async def test_a_ground_that_is_not_on_the_sheet_is_refused(self, room: Room) -> None:
        id = await room.before_council()
        body = {"rule": "capacity-against-local-average", "criterion": "1.4", "minutes": "12/BB-HĐ"}

        answer = await post(room.as_("council_chair", "m1"), f"/evaluations/{id}/conclusion", body)

        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-such-ground")


ORDER = {"ground": "ministry_order", "document": "4567/BNNMT-VPĐP", "dated": "2026-10-20"}


class TestAnnulling:
    async def finalised(self, room: Room) -> str:
        id = await room.scored(best(RICE))
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})
        return id

    async def test_it_is_spoken_with_ground_and_paper(self, room: Room) -> None:
        id = await self.finalised(room)

        told = await room.tell(f"/evaluations/{id}/annulment", ORDER, "agency")

        event = room.spoken(id)[-1]
        data = json.loads(event["data"])
        assert event["type"] == "vn.ocop.score.annulled.v1"
        assert (data["ground"], data["document"], data["redone_as"], data["seated"]) == (
            "ministry_order",
            "4567/BNNMT-VPĐP",
            told["redone_as"],
            ["m1", "council_secretary"],
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
        id = await room.scored(best(RICE))

        answer = await post(room.as_("agency"), f"/evaluations/{id}/annulment", ORDER)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-annul")

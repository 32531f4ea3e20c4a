"""The blind phase over HTTP: what is told while it is open, conflicts, another round, and what is agreed after it."""

import json
from typing import Any

import pytest

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import RICE_HASH, Room, get, post

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


def numbers(told: Any) -> set[int]:
    """Every number anywhere in an answer."""
    if isinstance(told, dict):
        return numbers(list(told.values()))
    if isinstance(told, list):
        return set().union(*map(numbers, told))
    return {told} if isinstance(told, int) else set()


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
        id = await room.scored(ticks)
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
        id = await room.scored(best(RICE), none_met(RICE))

        assert [event["type"] for event in room.spoken(id)] == ["vn.ocop.evaluation.opened.v1"]

    async def test_only_those_who_run_the_session_see_who_has_signed(self, room: Room) -> None:
        id = await room.scored(best(RICE))

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


class TestConflicts:
    async def test_a_member_declares_their_own_and_scores_no_more(self, room: Room) -> None:
        id = await room.scored(best(RICE), best(RICE), best(RICE), best(RICE))

        async with room.as_("council_member", "m4") as member:
            declared = await member.post(f"/evaluations/{id}/conflicts", json={"kind": "related"})
            signed = await member.post(f"/evaluations/{id}/sheets", json=SHEET)
        await room.over(id)
        result = await room.tell(f"/evaluations/{id}/finalisation", {})

        assert (declared.status_code, signed.status_code) == (201, 403)
        assert result["sheet_count"] == 3

    async def test_only_who_runs_the_session_declares_that_of_another(self, room: Room) -> None:
        id = await room.before_council()
        body = {"person": "m3", "kind": "own"}

        by_member = await post(room.as_("council_member", "m2"), f"/evaluations/{id}/conflicts", body)
        by_secretary = await post(room.as_("council_secretary"), f"/evaluations/{id}/conflicts", body)

        assert (by_member.status_code, by_secretary.status_code) == (403, 201)


class TestClosing:
    async def test_a_divergence_sends_the_product_to_another_round(self, room: Room) -> None:
        id = await room.scored(best(RICE), none_met(RICE))

        told = await room.tell(f"/evaluations/{id}/blind-phase/closing", {})
        shown = (await get(room.as_("council_member", "m2"), f"/evaluations/{id}/deliberation")).json()

        assert (told["outcome"], told["round"]) == ("rescoring", 2)
        assert [(one["sheet"]["total"], one["in_force"]) for one in shown["sheets"]] == [(100, False), (0, False)]
        event = room.spoken(id)[-1]
        assert event["type"] == "vn.ocop.evaluation.rescoring-required.v1"
        said = json.loads(event["data"])
        assert set(said) == {"province", "dossier_id", "attempt", "session", "round", "product", "seated"}
        assert len(said["seated"]) == 2

    async def test_what_was_agreed_stands_once_the_session_has_closed(self, room: Room) -> None:
        id = await room.scored(best(RICE), best(RICE, **{"3.5": APPLIED}))
        await room.over(id, **{"3.5": APPLIED})

        answer = await post(
            room.as_("council_secretary"), f"/evaluations/{id}/agreement", {"agreed": {"3.5": "trademark-granted"}}
        )

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-closed")

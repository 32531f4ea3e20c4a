"""Sheets over HTTP: signed alone or many together, each answered for itself, and reopened with a reason."""

import json
from typing import Any

import pytest

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import DOSSIER, RICE_HASH, Room, get, post

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}
OTHER = f"{DOSSIER[:-1]}2"


def for_(id: str, **changed: Any) -> dict[str, Any]:
    return {"evaluation": id, "sheet_hash": RICE_HASH, "ticks": best(RICE)} | changed


async def send(room: Room, *sheets: dict[str, Any], person: str = "m1", key: str = "k1") -> dict[str, Any]:
    async with room.as_("council_member", person) as member:
        answer = await member.post("/sheets", json={"sheets": sheets}, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


class TestHandingIn:
    async def test_a_member_hands_in_a_sheet_and_sees_it(self, room: Room) -> None:
        id = await room.scored(best(RICE, **{"3.5": APPLIED}))

        shown = (await get(room.as_("council_member", "m1"), f"/evaluations/{id}")).json()

        assert shown["evaluation"]["handed_in"] is True
        assert shown["own_sheet"]["total"] == 98
        mark = next(mark for mark in shown["own_sheet"]["marks"] if mark["criterion"] == "3.5")
        assert mark == {"criterion": "3.5", "option": APPLIED, "points": 1, "applies": True}

    async def test_an_option_whose_document_the_file_lacks_is_answered_with_its_criterion(self, room: Room) -> None:
        id = await room.submit(evidence=("evidence-business-registration",))
        await room.convene(id)

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", SHEET)

        assert [error["pointer"] for error in answer.json()["errors"]] == ["/ticks/9"]

    async def test_every_unanswered_criterion_is_named(self, room: Room) -> None:
        id = await room.before_council()
        body = {"sheet_hash": RICE_HASH, "ticks": {}}

        answer = await post(room.as_("council_member", "m1"), f"/evaluations/{id}/sheets", body)

        # Without a story the criterion on its structure does not apply, so 31 of the 32 are missing.
        assert len(answer.json()["errors"]) == 31

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
        id = await room.before_council()

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
        id = await room.scored(best(RICE))
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})

        answer = await post(room.as_("council_member", "late"), f"/evaluations/{id}/sheets", SHEET)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/evaluation-closed")


class TestManyAtOnce:
    async def test_each_sheet_is_answered_for_itself(self, room: Room) -> None:
        first, second = await room.submit(), await room.submit(dossier=OTHER)
        await room.convene(first, second)
        unknown = "00000000-0000-4000-8000-000000000000"

        told = await send(room, for_(first), for_(second, ticks={}), for_(unknown))

        signed, wrong, missing = told["sheets"]
        assert (signed["received"]["total"], signed["refused"]) == (100, None)
        assert (wrong["refused"]["type"], wrong["refused"]["status"]) == ("/problems/sheet-not-in-order", 422)
        assert len(wrong["refused"]["errors"]) == 31
        assert missing["refused"]["status"] == 404
        assert [len((await room.evaluations.get(id)).sheets) for id in (first, second)] == [1, 0]

    async def test_the_same_request_again_is_answered_the_same(self, room: Room) -> None:
        id = await room.submit()
        await room.convene(id)

        assert await send(room, for_(id)) == await send(room, for_(id))
        assert len((await room.evaluations.get(id)).sheets) == 1

    async def test_another_request_does_not_sign_again(self, room: Room) -> None:
        id = await room.submit()
        await room.convene(id)
        await send(room, for_(id))

        (again,) = (await send(room, for_(id), key="k2"))["sheets"]

        assert again["refused"]["type"] == "/problems/sheet-handed-in"

    @pytest.mark.parametrize("count", [0, 201])
    async def test_none_and_too_many_are_refused(self, room: Room, count: int) -> None:
        async with room.as_("council_member", "m1") as member:
            answer = await member.post("/sheets", json={"sheets": [for_(DOSSIER, ticks={})] * count})

        assert answer.status_code == 422


class TestReopening:
    async def test_a_reopened_sheet_is_signed_again_and_its_member_sees_both(self, room: Room) -> None:
        id = await room.submit()
        await room.convene(id)
        await room.sign(id, "m1", best(RICE))

        body = {"reason": "Chọn nhầm tiêu chí 3.5"}
        await room.tell(f"/evaluations/{id}/sheets/reopening", body, "council_member", "m1")
        await room.sign(id, "m1", none_met(RICE))
        async with room.as_("council_member", "m1") as member:
            own = (await member.get(f"/evaluations/{id}")).json()
        async with room.as_("council_member", "m2") as other:
            others = (await other.get(f"/evaluations/{id}")).json()

        assert own["own_sheet"]["total"] == 0
        assert [(old["sheet"]["total"], old["why"], old["reason"]) for old in own["own_record"]] == [
            (100, "reopened", body["reason"])
        ]
        assert (others["own_sheet"], others["own_record"]) == (None, [])

    async def test_without_a_reason_it_stays_signed(self, room: Room) -> None:
        id = await room.submit()
        await room.convene(id)
        await room.sign(id, "m1", best(RICE))

        async with room.as_("council_member", "m1") as member:
            answer = await member.post(f"/evaluations/{id}/sheets/reopening", json={"reason": " "})

        assert answer.status_code == 422
        assert len((await room.evaluations.get(id)).sheets) == 1


class TestWhoSigns:
    @pytest.mark.parametrize(
        ("role", "person", "type"),
        [
            ("council_member", "m3", "/problems/not-present"),
            ("council_member", "stranger", "/problems/not-seated"),
            ("council_secretary", "council_secretary", "/problems/not-seated"),
        ],
        ids=["who has left", "a member of no council", "a secretary who does not score"],
    )
    async def test_who_does_not_score_is_told_why_and_nothing_changes(
        self, room: Room, role: str, person: str, type: str
    ) -> None:
        id = await room.submit()
        await room.convene(id, present=("m1", "m2", "council_secretary"))

        async with room.as_(role, person) as client:
            answer = await client.post(f"/evaluations/{id}/sheets", json={"sheet_hash": RICE_HASH, "ticks": best(RICE)})

        assert answer.json()["type"] == type
        assert (await room.evaluations.get(id)).sheets == ()

    async def test_a_product_on_no_agenda_is_not_scored(self, room: Room) -> None:
        id = await room.submit()

        (answered,) = (await send(room, for_(id)))["sheets"]

        assert answered["refused"]["type"] == "/problems/not-convened"

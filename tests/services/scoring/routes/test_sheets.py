"""Sheets over HTTP: many together, each answered for itself, and reopened with a reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import DOSSIER, RICE_HASH, Room

RICE = sheet("rice-grains")
OTHER = f"{DOSSIER[:-1]}2"


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    await room.prepare()
    yield room


def for_(id: str, **changed: Any) -> dict[str, Any]:
    return {"evaluation": id, "sheet_hash": RICE_HASH, "ticks": best(RICE)} | changed


async def send(room: Room, *sheets: dict[str, Any], person: str = "m1", key: str = "k1") -> dict[str, Any]:
    async with room.as_("council_member", person) as member:
        answer = await member.post("/sheets", json={"sheets": sheets}, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


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

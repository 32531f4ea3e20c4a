"""What is no sheet, or not from whom it must be: a clear answer that names the criterion, and nothing changed."""

import json
from typing import Any, NamedTuple

import pytest

from tests.services.scoring.builders import best, loaded, sheet
from tests.services.scoring.room import RICE_HASH, Room

RICE = sheet("rice-grains")
TEA_HASH = loaded().books["26-2026"].sheets["tea"].hash
WHOLE = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


class Bad(NamedTuple):
    """One kind of bad input and what it is answered: the problem, and where in the body it lies."""

    what: str
    body: dict[str, Any]
    type: str
    status: int
    pointers: tuple[str, ...] = ()
    person: str = "m1"
    authority: str = "37"


def ticks(**changed: str | None) -> dict[str, Any]:
    return {**WHOLE, "ticks": best(RICE, **changed)}


NOT_IN_ORDER = "/problems/sheet-not-in-order"
BAD = (
    Bad("an unknown option", ticks(**{"3.5": "no-such-option"}), NOT_IN_ORDER, 422, ("/ticks/3.5",)),
    Bad("an option of another criterion", ticks(**{"3.5": "packing-creative"}), NOT_IN_ORDER, 422, ("/ticks/3.5",)),
    Bad("a criterion that is not there", ticks(**{"9.9": None}), NOT_IN_ORDER, 422, ("/ticks/9.9",)),
    Bad("a story's structure without a story", ticks(**{"5.1": "story-none"}), NOT_IN_ORDER, 422, ("/ticks/5.2",)),
    Bad(
        "an unanswered criterion",
        {**WHOLE, "ticks": {key: option for key, option in best(RICE).items() if key != "10"}},
        NOT_IN_ORDER,
        422,
        ("/ticks/10",),
    ),
    Bad(
        "the sheet of another set",
        {"sheet_hash": TEA_HASH, "ticks": best(sheet("tea"))},
        "/problems/another-sheet",
        409,
    ),
    Bad("a sheet nobody has heard of", {**WHOLE, "sheet_hash": "0" * 64}, "/problems/another-sheet", 409),
    Bad("a tick after signing", ticks(**{"1.1": None}), "/problems/sheet-handed-in", 409, person="m2"),
    Bad("somebody who is no member", WHOLE, "/problems/not-seated", 403, person="stranger"),
    Bad("a member who had left", WHOLE, "/problems/not-present", 409, person="m3"),
    Bad("another province", WHOLE, "/problems/not-found", 404, authority="48"),
    Bad("a typed number", {**WHOLE, "ticks": {"1.1": 3}}, "/problems/request-invalid", 422, ("/ticks/1.1",)),
)


async def before_council(room: Room) -> str:
    """m1 is there and has not signed, m2 has, and m3 has left."""
    id = await room.submit()
    await room.convene(id, present=("m1", "m2"))
    await room.sign(id, "m2", best(RICE))
    return id


@pytest.mark.parametrize("bad", BAD, ids=[bad.what for bad in BAD])
async def test_it_is_answered_with_its_place_and_changes_nothing(room: Room, bad: Bad) -> None:
    id = await before_council(room)
    before = json.dumps(room.port.documents, default=str)

    async with room.as_("council_member", bad.person, bad.authority) as member:
        answer = await member.post(f"/evaluations/{id}/sheets", json=bad.body)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (bad.status, bad.type)
    assert tuple(error["pointer"] for error in problem.get("errors", ())) == bad.pointers
    assert problem["detail"]
    assert json.dumps(room.port.documents, default=str) == before


@pytest.mark.parametrize("path", ["/evaluations/{id}/sheets", "/sheets", "/evaluations/{id}/draft"])
async def test_a_body_of_10_mb_is_refused_and_changes_nothing(room: Room, path: str) -> None:
    id = await before_council(room)
    before = json.dumps(room.port.documents, default=str)
    body = {**WHOLE, "ticks": {"1.1": "a" * (10 << 20)}}

    async with room.as_("council_member", "m1") as member:
        method = "PUT" if path.endswith("draft") else "POST"
        answer = await member.request(method, path.replace("{id}", id), json=body)

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert json.dumps(room.port.documents, default=str) == before


async def test_the_same_sheet_sent_twice_is_answered_the_same_and_signed_once(room: Room) -> None:
    id = await before_council(room)

    async with room.as_("council_member", "m1") as member:
        path, headers = f"/evaluations/{id}/sheets", {"Idempotency-Key": "phieu"}
        first = await member.post(path, json=WHOLE, headers=headers)
        again = await member.post(path, json=WHOLE, headers=headers)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len((await room.evaluations.get(id)).sheets) == 2

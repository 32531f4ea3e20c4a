"""Finished evaluations computed again: all agrees, unless somebody has altered what is on file."""

from typing import Any

import pytest

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, RULES_HASH, Room

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"


async def finalised(room: Room, attempt: int = 1) -> str:
    """An evaluation of three sheets that differ in a gated criterion, one signed twice, with its result."""
    id = await room.submit(sequence=attempt, attempt=attempt)
    await room.convene(id)
    for n, ticks in enumerate((best(RICE), best(RICE, **{"3.5": APPLIED}), best(RICE, **{"1.1": None})), 1):
        await room.sign(id, f"m{n}", ticks)
    await room.tell(f"/evaluations/{id}/sheets/reopening", {"reason": "Chọn nhầm"}, "council_member", "m3")
    await room.sign(id, "m3", best(RICE, **{"1.1": None}))
    await room.over(id, **{"3.5": APPLIED})
    await room.tell(f"/evaluations/{id}/finalisation", {})
    return id


async def ask(room: Room, path: str, role: str = "agency", authority: str = "37") -> tuple[int, Any]:
    async with room.as_(role, authority=authority) as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("role", ["agency", "operator"])
async def test_an_untouched_evaluation_has_no_differences_and_tells_no_result(room: Room, role: str) -> None:
    id = await finalised(room)

    assert await ask(room, f"/evaluations/{id}/recomputation", role) == (
        200,
        {"evaluation": id, "state": "finalised", "sheets": 3, "differences": []},
    )


async def test_one_that_has_not_ended_has_nothing_to_compute(room: Room) -> None:
    id = await room.submit()

    status, problem = await ask(room, f"/evaluations/{id}/recomputation")

    assert (status, problem["type"]) == (409, "/problems/not-finished")


@pytest.mark.parametrize(
    ("alter", "difference"),
    [
        (lambda raw: raw["result"]["average"].update(total=300), "average: 100.00"),
        (lambda raw: raw["result"]["rating"].update(stars=4), "rating: band=5 stars=4"),
        (lambda raw: raw["sheets"][0].update(total=99), "sheet 1: 99 stored, 100 computed"),
        (lambda raw: raw["sheets"][0].update(marks="-" + raw["sheets"][0]["marks"][1:]), "average:"),
        (lambda raw: raw["sheets"][1].update(opinion="Khác."), "sheet 2: it is not what was signed"),
        (lambda raw: raw["record"][0]["sheet"].update(total=99, member="m9"), "record 1: it is not what was signed"),
        (lambda raw: raw["result"].update(agreed="-" * 18), "rating:"),
        (lambda raw: raw["result"].update(agreed="-"), "agreed: 1 letters stored, 18 criteria have a minimum"),
        (lambda raw: raw["sheets"][1].update(marks="abc"), "sheet 2: 3 letters stored, 32 criteria are scored"),
    ],
    ids=[
        "the average",
        "the stars",
        "a total",
        "a letter",
        "an opinion",
        "a sheet on record",
        "what was agreed",
        "agreed letters gone",
        "letters gone",
    ],
)
async def test_whatever_was_altered_in_an_evaluation_is_found(room: Room, alter: Any, difference: str) -> None:
    id = await finalised(room)
    alter(room.port.documents[id])

    _, found = await ask(room, f"/evaluations/{id}/recomputation")

    assert any(one.startswith(difference) for one in found["differences"]), found["differences"]


@pytest.mark.parametrize("kept", [f"sheet/{RICE_HASH}", f"rule-set/{RULES_HASH}"])
async def test_a_frozen_text_that_was_altered_is_found(room: Room, kept: str) -> None:
    id = await finalised(room)
    room.port.documents[kept]["text"] = room.port.documents[kept]["text"].replace("26-2026", "27-2026")

    _, found = await ask(room, f"/evaluations/{id}/recomputation")

    assert "the text on file has the hash" in found["differences"][0]


async def test_a_conclusion_is_held_against_the_sheet(room: Room) -> None:
    id = await room.submit()
    await room.convene(id)
    body = {"rule": "stop-impurities-wood-plastic", "criterion": "6.1", "minutes": "12/BB-HĐ"}
    await room.tell(f"/evaluations/{id}/conclusion", body)
    before = (await ask(room, f"/evaluations/{id}/recomputation"))[1]["differences"]
    room.port.documents[id]["stopped"]["ground"] = "disqualified"

    after = (await ask(room, f"/evaluations/{id}/recomputation"))[1]["differences"]

    assert (before, after) == ([], ["conclusion: disqualified stored, scoring_stopped by the sheet"])


async def test_all_finished_ones_of_a_province_come_page_by_page(room: Room) -> None:
    ids = {await finalised(room, attempt) for attempt in (1, 2, 3)}
    await room.submit(sequence=4, attempt=4)

    _, first = await ask(room, "/recomputations?limit=2")
    _, second = await ask(room, f"/recomputations?limit=2&after={first['next']}")

    assert {one["evaluation"] for one in first["items"] + second["items"]} == ids
    assert second["next"] is None
    assert (await ask(room, "/recomputations", authority="48"))[1]["items"] == []


@pytest.mark.parametrize("role", ["council_member", "council_chair", "observer", "owner"])
async def test_nobody_else_recomputes(room: Room, role: str) -> None:
    assert (await ask(room, "/recomputations", role))[0] == 403

"""A result rated on paper over HTTP: recorded once, and marked as such wherever it is shown or spoken."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response

from services.scoring.papers.content import product_line
from tests.services.scoring.builders import rules, sheet
from tests.services.scoring.room import SECRETARY, Room, council, get
from tests.shared.contents import PDF

PAPER: dict[str, Any] = {
    "minutes": "16/BB-HĐ",
    "on": "2026-09-20",
    "scan": "f" * 64,
    "sheet_count": 3,
    "part_sums": {"A": 90, "B": 60, "C": 75},
    "below": {},
    "stars": 4,
}


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(files=tmp_path / "files")
    await room.prepare()
    await room.tell("/councils", council(3), "agency")
    yield room


async def test_it_is_marked_in_the_answer_the_event_and_on_the_papers(room: Room) -> None:
    id = await room.submit()

    result = await room.tell(f"/evaluations/{id}/paper-result", PAPER)

    event = json.loads(room.spoken(id)[-1]["data"])
    line = product_line(await room.evaluations.get(id), sheet("rice-grains"), rules(), _names())
    assert (result["average"], result["stars"], result["on_paper"]["minutes"]) == ("75.00", 4, "16/BB-HĐ")
    assert (event["on_paper"], event["session"], event["total_sum"]) == (True, None, "225")
    assert line.notes[0] == "Chấm trên giấy, theo 16/BB-HĐ"


async def test_it_is_explained_and_computed_again_without_a_difference(room: Room) -> None:
    id = await room.submit()
    await room.tell(f"/evaluations/{id}/paper-result", PAPER)

    async with room.as_("agency") as agency:
        explained = (await agency.get(f"/evaluations/{id}/explanation")).json()
        again = (await agency.get(f"/evaluations/{id}/recomputation")).json()

    assert (explained["on_paper"]["part_sums"], explained["differences"]) == (PAPER["part_sums"], [])
    assert again["differences"] == []


async def test_a_repeat_is_answered_the_same_and_another_is_refused(room: Room) -> None:
    id = await room.submit()
    path = f"/evaluations/{id}/paper-result"

    async with room.as_(SECRETARY) as secretary:
        first = await secretary.post(path, json=PAPER, headers={"Idempotency-Key": "k"})
        again = await secretary.post(path, json=PAPER, headers={"Idempotency-Key": "k"})
        other = await secretary.post(path, json=PAPER)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (other.status_code, other.json()["type"]) == (409, "/problems/evaluation-closed")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"stars": 3}, "/stars"),
        ({"part_sums": {"A": 90, "B": 60}}, "/part_sums/C"),
        ({"sheet_count": 0}, "/sheet_count"),
        ({"scan": "none"}, "/scan"),
        ({"below": {"1.4": None}}, "/below/1.4"),
        ({"average": "75"}, "/average"),
    ],
)
async def test_a_body_that_is_wrong_is_answered_with_its_place(
    room: Room, changed: dict[str, Any], pointer: str
) -> None:
    id = await room.submit()

    async with room.as_(SECRETARY) as secretary:
        answer = await secretary.post(f"/evaluations/{id}/paper-result", json=PAPER | changed)

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await room.evaluations.get(id)).state == "open"


@pytest.mark.parametrize(("role", "authority", "status"), [("council_member", "37", 403), (SECRETARY, "48", 404)])
async def test_nobody_else_records_one(room: Room, role: str, authority: str, status: int) -> None:
    id = await room.submit()

    async with room.as_(role, authority=authority) as client:
        answer = await client.post(f"/evaluations/{id}/paper-result", json=PAPER)

    assert answer.status_code == status


class TestTheScannedMinutes:
    SCANNED = PAPER | {"scan": sha256(PDF).hexdigest()}

    async def send(self, room: Room, id: str, content: bytes = PDF, person: str = SECRETARY) -> Response:
        async with room.as_(SECRETARY, person) as secretary:
            path = f"/evaluations/{id}/paper-result/scan"
            return await secretary.put(path, params={"file_name": "biên bản.pdf"}, content=content)

    async def test_they_are_kept_and_given_back_to_the_council_and_the_agency(self, room: Room) -> None:
        id = await room.submit()
        await room.tell(f"/evaluations/{id}/paper-result", self.SCANNED)

        first, again = await self.send(room, id), await self.send(room, id)

        assert first.json() == again.json()
        assert first.json()["on_paper"]["file"]["media_type"] == "application/pdf"
        for role in ("agency", "council_member", SECRETARY):
            given = await get(room.as_(role), f"/evaluations/{id}/paper-result/scan")
            assert (given.status_code, given.content) == (200, PDF)
        for role, authority, status in (("observer", "37", 403), ("agency", "48", 404)):
            kept = await get(room.as_(role, authority=authority), f"/evaluations/{id}/paper-result/scan")
            assert kept.status_code == status

    async def test_only_those_whose_hash_was_stated_are_taken_and_only_from_who_runs_the_council(
        self, room: Room
    ) -> None:
        id = await room.submit()
        none_yet = await self.send(room, id)
        await room.tell(f"/evaluations/{id}/paper-result", self.SCANNED)

        other = await self.send(room, id, PDF + b"x")
        stranger = await self.send(room, id, person="stranger")
        unsent = await get(room.as_("agency"), f"/evaluations/{id}/paper-result/scan")

        assert [answer.json()["type"] for answer in (none_yet, other, stranger, unsent)] == [
            "/problems/no-paper-result",
            "/problems/file-damaged",
            "/problems/not-seated",
            "/problems/no-paper-result",
        ]


def _names() -> dict[str, str]:
    rice = sheet("rice-grains")
    return {rice.name_key: "Gạo"}

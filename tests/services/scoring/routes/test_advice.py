"""Advice over HTTP: the group advises, the dossier service is told, and the council has it before it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.scoring.councils import REGULATIONS
from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import Room, council

ADVISER = ("advisory_group", "adviser")
BODIES: dict[str, dict[str, Any]] = {
    "visits": {"on": "2026-09-20", "findings": "Vùng trồng đúng như hồ sơ."},
    "tests": {"what": "Dư lượng thuốc bảo vệ thực vật", "reason": "Kết quả cũ đã quá một năm."},
    "supplements": {
        "items": [{"paper": "extra_test", "criterion": "9", "what": "Phiếu kiểm nghiệm mới"}],
        "until": "2026-12-31",
    },
    "reports": {"number": "5/BC-TTV", "on": "2026-09-25", "opinion": "rate", "text": "Hồ sơ đủ để chấm."},
}


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    await room.prepare()
    await seat(room, "2025-12-01")
    yield room


async def seat(room: Room, since: str) -> None:
    """A council with an adviser from a day on."""
    body = council(3, since=since, decision=since)
    body["members"].append({"person": "adviser", "seat": "advisory"})
    await room.tell("/councils", body, "agency")


async def advise(room: Room, id: str, kind: str, role: str = "advisory_group", person: str = "adviser") -> Any:
    return await room.tell(f"/evaluations/{id}/advice/{kind}", BODIES[kind], role, person)


async def test_what_is_advised_is_before_the_council(room: Room) -> None:
    id = await room.submit()
    for kind in BODIES:
        await advise(room, id, kind)
    result = {"report": "77/KN", "on": "2026-09-24", "met": True}
    await room.tell(f"/evaluations/{id}/advice/tests/1/result", result, *ADVISER)

    async with room.as_("council_member", "m2") as member:
        shown = (await member.get(f"/evaluations/{id}/advice")).json()

    assert shown["report"]["text"] == "Hồ sơ đủ để chấm."
    assert shown["report_is_current"] is True
    assert shown["advice"]["tests"][0]["result"]["report"] == "77/KN"
    assert shown["advice"]["visits"][0]["findings"] == "Vùng trồng đúng như hồ sơ."


async def test_a_proposal_is_spoken_without_its_wording(room: Room) -> None:
    id = await room.submit()

    await advise(room, id, "supplements")

    event = room.spoken(id)[-1]
    assert event["type"] == "vn.ocop.supplement.proposed.v1"
    assert json.loads(event["data"]) == {
        "province": "37",
        "dossier_id": "4f1d9a2e-0000-4000-8000-000000000001",
        "attempt": 1,
        "number": 1,
        "items": [{"paper": "extra_test", "criterion": "9"}],
        "until": "2026-12-31",
        "manifest_version": 1,
    }


async def test_the_same_request_again_proposes_nothing_more(room: Room) -> None:
    id = await room.submit()

    async with room.as_(*ADVISER) as adviser:
        path, key = f"/evaluations/{id}/advice/supplements", {"Idempotency-Key": "p1"}
        first = await adviser.post(path, json=BODIES["supplements"], headers=key)
        again = await adviser.post(path, json=BODIES["supplements"], headers=key)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len((await room.evaluations.get(id)).advice.proposals) == 1


async def test_a_report_on_a_file_that_was_renewed_is_shown_as_such(room: Room) -> None:
    id = await room.submit()
    await advise(room, id, "reports")
    await room.submit(2, manifest_version=2, manifest_hash="b" * 64)

    async with room.as_("council_chair", "m1") as chair:
        shown = (await chair.get(f"/evaluations/{id}/advice")).json()

    assert (shown["manifest_version"], shown["report"]["manifest_version"]) == (2, 1)
    assert shown["report_is_current"] is False


@pytest.mark.parametrize("kind", sorted(BODIES))
async def test_once_a_sheet_is_signed_nothing_more_is_advised(room: Room, kind: str) -> None:
    id = await room.submit()
    await room.convene(id)
    await room.sign(id, "m1", best(sheet("rice-grains")))
    await seat(room, "2026-03-01")

    async with room.as_(*ADVISER) as adviser:
        answer = await adviser.post(f"/evaluations/{id}/advice/{kind}", json=BODIES[kind])

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scoring-begun")


@pytest.mark.parametrize(
    ("role", "person", "status"),
    [("advisory_group", "stranger", 403), ("agency", "agency", 403), ("council_member", "m2", 403)],
)
async def test_nobody_else_advises(room: Room, role: str, person: str, status: int) -> None:
    id = await room.submit()

    async with room.as_(role, person) as client:
        answer = await client.post(f"/evaluations/{id}/advice/reports", json=BODIES["reports"])

    assert answer.status_code == status


async def test_the_agency_reports_on_a_re_evaluation(room: Room) -> None:
    id = await room.submit(case_kind="re_evaluation")

    assert (await advise(room, id, "reports", "agency", "agency"))["reports"] == 1


async def test_another_province_is_told_of_nothing(room: Room) -> None:
    id = await room.submit()

    async with room.as_("advisory_group", "adviser", "48") as client:
        answer = await client.get(f"/evaluations/{id}/advice")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("kind", "changed", "pointer"),
    [
        ("visits", {"on": "2029-01-01"}, None),
        ("supplements", {"until": "2026-01-01"}, None),
        ("supplements", {"items": []}, "/items"),
        ("supplements", {"items": [{"paper": "letters", "what": "?"}]}, "/items/0/paper"),
        ("supplements", {"items": [{"paper": "form", "what": "?", "criterion": "9.9.9"}]}, "/items/0/criterion"),
        ("reports", {"opinion": "five stars"}, "/opinion"),
        ("reports", {"text": "x" * 20_001}, "/text"),
    ],
)
async def test_a_body_that_is_wrong_is_answered_with_its_place_and_changes_nothing(
    room: Room, kind: str, changed: dict[str, Any], pointer: str | None
) -> None:
    id = await room.submit()
    before = await room.evaluations.get(id)

    async with room.as_(*ADVISER) as adviser:
        answer = await adviser.post(f"/evaluations/{id}/advice/{kind}", json=BODIES[kind] | changed)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json().get("errors", [])][:1] == ([pointer] if pointer else [])
    assert await room.evaluations.get(id) == before


async def test_where_the_regulation_asks_for_the_report_no_session_closes_without_it(tmp_path: Path) -> None:
    general = json.loads(REGULATIONS.read_text())
    general[0]["regulation"]["advisory_report"] = True
    file = tmp_path / "councils.json"
    file.write_text(json.dumps(general))
    room = Room(file)
    await room.prepare()
    await seat(room, "2025-12-01")
    id = await room.submit()
    session = await room.convene(id, members=1)
    await room.sign(id, "m1", best(sheet("rice-grains")))
    await room.close(id)

    async with room.as_("council_secretary") as secretary:
        closing = await secretary.post(f"/sessions/{session}/closing", json={"minutes": "12/BB-HĐ"})
        finalising = await secretary.post(f"/evaluations/{id}/finalisation", json={})
    await seat(room, "2026-02-01")
    await advise(room, id, "reports")
    await room.tell(f"/sessions/{session}/closing", {"minutes": "12/BB-HĐ"})
    result = await room.tell(f"/evaluations/{id}/finalisation", {})

    assert "asks for a report" in closing.json()["errors"][0]["detail"]
    assert [error["pointer"] for error in finalising.json()["errors"]] == ["/advice/reports", "/session"]
    assert result["stars"] == 4

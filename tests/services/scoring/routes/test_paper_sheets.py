"""Sheets signed by hand over HTTP: entered with their scan, confirmed or refused, and shown to those entitled."""

import hashlib
from typing import Any

import httpx
import pytest

from services.scoring.routes.asking import LARGEST_SCAN
from tests.services.scoring.builders import best, none_met, sheet
from tests.services.scoring.room import RICE_HASH, SECRETARY, Room
from tests.shared.contents import DOCX, EXE, HTML, PDF, PNG

RICE = sheet("rice-grains")
ENTRY = {
    "sheet_hash": RICE_HASH,
    "ticks": best(RICE),
    "member": "m3",
    "signed_on": "2026-10-01",
    "opinion": "Bao bì nên ghi song ngữ.",
}


async def send(
    room: Room, id: str, content: bytes = PDF, name: str = "phiếu m3.pdf", sha256: str | None = None
) -> httpx.Response:
    asked = {"file_name": name} | ({} if sha256 is None else {"sha256": sha256})
    async with room.as_(SECRETARY) as secretary:
        return await secretary.put(f"/evaluations/{id}/paper-sheets/1/scan", params=asked, content=content)


async def entered(room: Room, id: str, **changed: Any) -> dict[str, Any]:
    return await room.tell(f"/evaluations/{id}/paper-sheets", ENTRY | changed)


async def get(room: Room, path: str, role: str, person: str = "", authority: str = "37") -> httpx.Response:
    async with room.as_(role, person, authority) as client:
        return await client.get(path)


async def listed(room: Room, id: str, role: str, person: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(room, f"/evaluations/{id}/paper-sheets", role, person)).json()["items"]
    return items


async def test_entered_scanned_and_confirmed_it_is_the_members_sheet(room: Room) -> None:
    id = await room.before_council()
    told = await entered(room, id)
    sent = (await send(room, id, sha256=hashlib.sha256(PDF).hexdigest())).json()

    signed = await room.tell(f"/evaluations/{id}/paper-sheets/1/confirmation", {}, "council_member", "m3")
    own = (await get(room, f"/evaluations/{id}", "council_member", "m3")).json()["own_sheet"]

    assert (told["number"], told["member"], told["total"]) == (1, "m3", 100)
    assert (sent["scan"]["media_type"], sent["scan"]["size"]) == ("application/pdf", len(PDF))
    assert (own["total"], own["hash"], own["paper"]) == (100, signed["hash"], 1)
    assert own["opinion"] == "Bao bì nên ghi song ngữ."
    (entry,) = await listed(room, id, "council_member", "m3")
    assert (entry["entered_by"], entry["answer"]["how"], entry["answer"]["by"]) == (
        "council_secretary#council_secretary",
        "confirmed",
        "m3#council_member",
    )


async def test_the_result_counts_it_and_the_agency_reads_who_entered_and_who_confirmed_it(room: Room) -> None:
    id = await room.before_council()
    for person in ("m1", "m2"):
        await room.sign(id, person, best(RICE))
    await entered(room, id)
    await send(room, id)

    async with room.as_(SECRETARY) as secretary:
        refused = await secretary.post(f"/evaluations/{id}/blind-phase/closing", json={})
    await room.tell(f"/evaluations/{id}/paper-sheets/1/confirmation", {}, "council_member", "m3")
    await room.over(id)
    result = await room.tell(f"/evaluations/{id}/finalisation", {})
    history = (await get(room, f"/evaluations/{id}/history", "agency")).json()

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/sheets/m3"]
    assert (result["sheet_count"], result["total_sum"]) == (3, "300")
    assert [(one["entered_by"], one["answer"]["by"]) for one in history["paper_sheets"]] == [
        ("council_secretary#council_secretary", "m3#council_member")
    ]
    assert [(one["member"], one["sheet"]["paper"]) for one in history["in_force"]] == [
        ("m1", None),
        ("m2", None),
        ("m3", 1),
    ]


async def test_what_is_refused_is_entered_anew(room: Room) -> None:
    id = await room.before_council()
    await entered(room, id, ticks=none_met(RICE))
    await send(room, id)

    reason = {"reason": "Nhập sai tiêu chí 3.5"}
    await room.tell(f"/evaluations/{id}/paper-sheets/1/refusal", reason, "council_member", "m3")
    again = await entered(room, id)

    first, second = await listed(room, id, SECRETARY)
    assert again["number"] == 2
    assert (first["answer"]["how"], first["answer"]["reason"], second["answer"]) == (
        "refused",
        "Nhập sai tiêu chí 3.5",
        None,
    )
    assert (await room.evaluations.get(id)).sheets == ()


async def test_the_same_again_is_answered_the_same(room: Room) -> None:
    id = await room.before_council()
    answers = []
    for _ in range(2):
        async with room.as_(SECRETARY) as secretary:
            headers = {"Idempotency-Key": "phieu-m3"}
            answer = await secretary.post(f"/evaluations/{id}/paper-sheets", json=ENTRY, headers=headers)
            answers.append((answer.json(), (await send(room, id)).json()))

    assert answers[0] == answers[1]
    assert len((await room.evaluations.get(id)).paper_sheets) == 1


READERS = (
    ("council_chair", "m1"),
    ("council_member", "m2"),
    ("council_member", "stranger"),
    ("council_secretary", "another-secretary"),
    ("agency", "agency"),
)


async def test_while_scoring_is_blind_nobody_else_sees_sheet_or_scan(room: Room) -> None:
    id = await room.before_council()
    await entered(room, id)
    await send(room, id)
    scan = f"/evaluations/{id}/paper-sheets/1/scan"

    for role, person in READERS:
        assert await listed(room, id, role, person) == []
        assert (await get(room, scan, role, person)).json()["type"] == "/problems/paper-sheet-unknown"
    for role, person in (("council_member", "m3"), (SECRETARY, SECRETARY)):
        given = await get(room, scan, role, person)
        assert (given.content, given.headers["content-type"]) == (PDF, "application/pdf")
        assert given.headers["content-disposition"].startswith("attachment;")
    assert (await get(room, scan, "council_member", "m3", "48")).status_code == 404
    assert (await get(room, scan, "observer")).status_code == 403


async def test_once_the_phase_is_closed_the_council_sees_the_scan_and_after_the_end_the_agency(room: Room) -> None:
    id = await room.before_council()
    scan = f"/evaluations/{id}/paper-sheets/1/scan"
    for person in ("m1", "m2"):
        await room.sign(id, person, best(RICE))
    await entered(room, id)
    await send(room, id)
    await room.tell(f"/evaluations/{id}/paper-sheets/1/confirmation", {}, "council_member", "m3")
    await room.over(id)

    council, agency = await get(room, scan, "council_chair", "m1"), await get(room, scan, "agency")
    await room.tell(f"/evaluations/{id}/finalisation", {})
    after = await get(room, scan, "agency")

    assert (council.status_code, agency.status_code, after.status_code) == (200, 404, 200)


@pytest.mark.parametrize(
    ("content", "name", "sha256", "type"),
    [
        (b"", "a.pdf", None, "/problems/file-empty"),
        (EXE, "a.pdf", None, "/problems/file-type-unwanted"),
        (HTML, "a.pdf", None, "/problems/file-type-unwanted"),
        (DOCX, "a.docx", None, "/problems/file-type-unwanted"),
        (PNG, "a.pdf", None, "/problems/content-belies-name"),
        (PDF, "a.pdf", "0" * 64, "/problems/file-damaged"),
        (PDF + bytes(LARGEST_SCAN), "a.pdf", None, "/problems/body-too-large"),
    ],
    ids=["empty", "a program", "a web page", "a Word document", "an image called PDF", "another hash", "too large"],
)
async def test_a_scan_that_is_none_is_refused_and_nothing_changes(
    room: Room, content: bytes, name: str, sha256: str | None, type: str
) -> None:
    id = await room.before_council()
    await entered(room, id)

    answer = await send(room, id, content, name, sha256)

    assert answer.json()["type"] == type
    assert (await room.evaluations.get(id)).paper_sheets[0].scan is None


@pytest.mark.parametrize(
    ("role", "person", "status"),
    [("council_chair", "m1", 403), ("council_member", "m3", 403), ("agency", "agency", 403), (SECRETARY, "other", 403)],
)
async def test_nobody_but_the_secretary_of_the_session_enters_or_scans(
    room: Room, role: str, person: str, status: int
) -> None:
    id = await room.before_council()
    await entered(room, id)

    async with room.as_(role, person) as client:
        entering = await client.post(f"/evaluations/{id}/paper-sheets", json=ENTRY)
        scan = f"/evaluations/{id}/paper-sheets/1/scan?file_name=a.pdf"
        sending = await client.put(scan, content=PDF)

    assert (entering.status_code, sending.status_code) == (status, status)
    assert len((await room.evaluations.get(id)).paper_sheets) == 1


async def test_every_unanswered_criterion_of_an_entry_is_named(room: Room) -> None:
    id = await room.before_council()

    async with room.as_(SECRETARY) as secretary:
        answer = await secretary.post(f"/evaluations/{id}/paper-sheets", json=ENTRY | {"ticks": {"1.1": "no-such"}})

    assert answer.status_code == 422
    assert "/ticks/1.1" in {error["pointer"] for error in answer.json()["errors"]}
    assert len(answer.json()["errors"]) == 31

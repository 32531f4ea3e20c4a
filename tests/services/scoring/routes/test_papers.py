"""Papers over HTTP: who gets which when, and that they say what was entered and scored."""

import io
import re
import zipfile
from typing import Any

import httpx
import pytest
from docx import Document
from pypdfium2 import PdfDocument

from services.scoring.events.heard import NamedProduct
from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, Room, council

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
MEETING: dict[str, Any] = {
    "office": {
        "superior": "UBND tỉnh Ninh Bình",
        "council": "Hội đồng đánh giá, phân hạng sản phẩm OCOP",
        "place": "Ninh Bình",
    },
    "room": "Phòng họp tầng 3",
    "began": "08:00",
    "present": [
        {"person": "m1", "name": "Nguyễn Văn Phúc", "position": "Phó Chủ tịch UBND tỉnh", "seat": "chair"},
        {"name": "Phạm Ngọc Uyển", "position": "Chi cục Phát triển nông thôn", "seat": "secretary"},
    ],
    "discussion": "Hội đồng lưu ý chủ thể hoàn thiện đăng ký nhãn hiệu.",
}


async def signed(room: Room) -> tuple[str, str]:
    """A product with the signed sheets of two members, and its session."""
    id = await room.submit()
    session = await room.convene(id, members=2)
    for member in ("m1", "m2"):
        await room.sign(id, member, best(RICE, **{"3.5": APPLIED}))
    return id, session


async def finalised(room: Room) -> tuple[str, str]:
    id, session = await signed(room)
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})
    return id, session


async def ask(
    room: Room, path: str, role: str = "council_secretary", person: str = "", body: Any = MEETING, authority: str = "37"
) -> httpx.Response:
    async with room.as_(role, person, authority) as client:
        return await client.post(path, json=body)


def written(workbook: bytes) -> str:
    """All XML of a workbook or document."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize(
    ("paper", "role"),
    [
        ("agenda", "council_secretary"),
        ("minutes", "council_chair"),
        ("results", "agency"),
        ("report", "agency"),
    ],
)
async def test_each_paper_of_a_session_is_a_pdf_for_those_who_run_it_and_the_agency(
    room: Room, paper: str, role: str
) -> None:
    _, session = await finalised(room)

    answer = await ask(room, f"/sessions/{session}/papers/{paper}", role)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"].endswith('.pdf"')


async def test_each_sheet_counts_its_own_pages_and_prints_the_members_opinion(room: Room) -> None:
    id = await room.submit()
    await room.convene(id, members=2)
    for member in ("m1", "m2"):
        body = {"sheet_hash": RICE_HASH, "ticks": best(RICE), "opinion": "Nên ghi song ngữ."}
        await room.tell(f"/evaluations/{id}/sheets", body, "council_member", member)
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})

    answer = await ask(room, f"/evaluations/{id}/papers/sheets", "agency", body={})

    pages = [page.get_textpage().get_text_range() for page in PdfDocument(answer.content)]
    heads = [page.splitlines()[0] for page in pages]
    first, second = heads[: len(heads) // 2], heads[len(heads) // 2 :]
    assert first == second == ["PHIẾU ĐÁNH GIÁ SẢN PHẨM OCOP", "2", "3", "4"]
    assert "Nên ghi song ngữ." in pages[-1]


async def test_the_same_results_give_the_same_bytes(room: Room) -> None:
    _, session = await finalised(room)

    first, second = [(await ask(room, f"/sessions/{session}/papers/minutes")).content for _ in range(2)]

    assert first == second


async def test_the_minutes_can_be_edited_and_say_what_was_entered_and_what_came_out(room: Room) -> None:
    _, session = await finalised(room)

    answer = await ask(room, f"/sessions/{session}/papers/minutes?format=docx")

    document = Document(io.BytesIO(answer.content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert "BIÊN BẢN" in lines
    assert any("Nguyễn Văn Phúc, Phó Chủ tịch UBND tỉnh, Chủ tịch Hội đồng" in line for line in lines)
    assert "Hội đồng lưu ý chủ thể hoàn thiện đăng ký nhãn hiệu." in lines
    (row,) = [[cell.text for cell in row.cells] for row in document.tables[1].rows[1:]]
    assert row[1:5] == ["Gạo nếp hương", "2", "98,00", "3 sao"]
    assert row[5] == "Lên 4 sao: tiêu chí 3.5 có 1, cần 2 điểm"
    assert "12/BB-HĐ" in document.tables[0].rows[0].cells[0].text


async def test_the_workbook_holds_numbers_and_never_rounds_an_average_up(room: Room) -> None:
    _, session = await finalised(room)

    answer = await ask(room, f"/sessions/{session}/papers/results?format=xlsx")

    told = written(answer.content)
    assert "Gạo nếp hương" in told
    assert re.search(r"<f>ROUNDDOWN\(G6/F6,2\)</f><v>98", told)
    assert "<v>196</v>" in told


async def test_what_a_person_wrote_is_text_and_never_a_formula_or_markup(room: Room) -> None:
    id = await room.submit(product=NamedProduct(id="p", name='=HYPERLINK("http://x")#pagebreak()'))
    session = await room.convene(id, members=1)
    await room.sign(id, "m1", best(RICE))
    await room.over(id)
    await room.tell(f"/evaluations/{id}/finalisation", {})

    workbook = await ask(room, f"/sessions/{session}/papers/results?format=xlsx")
    paper = await ask(room, f"/sessions/{session}/papers/results")

    assert "<f>HYPERLINK" not in written(workbook.content)
    assert paper.status_code == 200


async def test_nothing_with_results_is_printed_before_every_product_has_one(room: Room) -> None:
    id, session = await signed(room)

    refused = [await ask(room, f"/sessions/{session}/papers/{paper}") for paper in ("minutes", "results")]
    sheets = await ask(room, f"/evaluations/{id}/papers/sheets", body={})
    agenda = await ask(room, f"/sessions/{session}/papers/agenda")

    assert [answer.json()["type"] for answer in refused] == ["/problems/results-open"] * 2
    assert refused[0].json()["errors"][0]["pointer"] == "/agenda/0"
    assert sheets.json()["type"] == "/problems/no-signed-sheet"
    assert agenda.status_code == 200


async def test_a_member_prints_the_own_sheet_at_any_time_and_nobody_elses(room: Room) -> None:
    id, _ = await signed(room)

    own = await ask(room, f"/evaluations/{id}/papers/own-sheet", "council_member", "m1", {"names": {"m1": "Bà An"}})
    strangers = await ask(room, f"/evaluations/{id}/papers/own-sheet", "council_member", "m9", {})
    everybodys = await ask(room, f"/evaluations/{id}/papers/sheets", "council_member", "m1", {})

    assert own.content.startswith(b"%PDF-")
    assert strangers.json()["type"] == "/problems/no-signed-sheet"
    assert everybodys.status_code == 403


async def test_all_signed_sheets_are_printed_once_there_is_a_result(room: Room) -> None:
    id, _ = await finalised(room)

    assert (await ask(room, f"/evaluations/{id}/papers/sheets", "agency", body={})).content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"began": "25:00"}, "/began"),
        ({"room": ""}, "/room"),
        ({"office": {"superior": "UBND"}}, "/office/council"),
        ({"present": [{"name": "An", "position": "Sở", "seat": "king"}]}, "/present/0/seat"),
        ({"results": []}, "/results"),
    ],
)
async def test_a_meeting_that_is_not_in_order_is_refused_with_its_place(
    room: Room, changed: dict[str, Any], pointer: str
) -> None:
    _, session = await finalised(room)

    answer = await ask(room, f"/sessions/{session}/papers/minutes", body=MEETING | changed)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_another_province_gets_no_paper(room: Room) -> None:
    id, session = await finalised(room)

    papers = [f"/sessions/{session}/papers/minutes", f"/sessions/{session}/papers/agenda"]
    refused = [(await ask(room, path, "agency", authority="48")).status_code for path in papers]

    assert refused == [404, 404]
    assert (await ask(room, f"/evaluations/{id}/papers/sheets", "agency", body={}, authority="48")).status_code == 404


class TestOpinionLetters:
    async def test_the_letter_names_the_products_and_the_last_day(self, room: Room) -> None:
        id = await room.submit(case_kind="re_evaluation")
        await room.tell("/councils", council(2), "agency")
        asked = {"round": 2, "on": "2026-11-20", "replies_by": "2026-12-05", "agenda": [id]}
        session = (await room.tell("/sessions", asked))["id"]

        answer = await ask(room, f"/sessions/{session}/papers/opinion-letter")

        text = str(PdfDocument(answer.content)[0].get_textpage().get_text_range())
        assert "Gạo nếp hương" in text
        assert "ngày 05 tháng 12 năm 2026" in text
        assert "Nguyễn Văn Phúc" in text

    async def test_a_meeting_has_none(self, room: Room) -> None:
        _, session = await signed(room)

        answer = await ask(room, f"/sessions/{session}/papers/opinion-letter")

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-in-writing")

"""Forms over HTTP: every field that was entered stands on the page, in the PDF as in the Word document."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, get_args

import pytest
from docx import Document as read_document
from docx.table import Table
from pypdfium2 import PdfDocument

from services.dossier.domain.completeness import PAPER_NAMES, UPDATE_NAMES
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.product import CaseKind
from services.dossier.domain.self_score import points
from tests.services.dossier.builders import ANSWERS
from tests.services.dossier.domain.test_self_score import PRODUCE
from tests.services.dossier.office import OWNER, Office, refused
from tests.services.dossier.routes.test_criteria import FULL
from tests.shared.contents import PDF

WHO = {
    "name": "Hợp tác xã Nông nghiệp Quang Sơn",
    "representative": "Nguyễn Thị Ánh Tuyết",
    "position": "Giám đốc",
    "address": "Thôn Khe Gồi, xã Quang Sơn, tỉnh Ninh Bình",
    "phone": "0912 345 678",
}
FIELDS: dict[str, Any] = {
    "description": "Dứa #let x = 1 *sao* $x$ \\ @a <b> [c] {d}\nDòng hai: ẰẮẲẴẶ ềếểễệ ỳýỷỹỵ ừứửữự",
    "representative_sex": "female",
    "representative_ethnicity": "Mường",
    "samples": 5,
}


def of_pdf(content: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in PdfDocument(content))


def of_word(content: bytes) -> str:
    return "\n".join(_texts(content))


def _texts(content: bytes) -> Iterator[str]:
    for block in read_document(BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield from (cell.text for cell in row.cells)
        else:
            yield block.text


def squeezed(text: str) -> str:
    """Without white space, because lines are broken where the page ends."""
    return "".join(text.split())


Reader = Callable[[bytes], str]
WRITTEN = pytest.mark.parametrize(("format", "read"), [("pdf", of_pdf), ("docx", of_word)])


async def entered(office: Office) -> str:
    """A dossier in which every field was entered; its id."""
    owner = office.as_("owner")
    await owner.post("/owners", OWNER | WHO)
    id = await office.dossier()
    await owner.patch(f"/dossiers/{id}", {"form": FULL | FIELDS})
    new = {"kind": "test_results", "title": "Phiếu kiểm nghiệm số 12", "criteria": ["8"]}
    paper = (await owner.post(f"/dossiers/{id}/evidence", new)).json()["id"]
    await owner.send(f"/dossiers/{id}/evidence/{paper}/content?file_name=Kiểm nghiệm.pdf", PDF)
    return id


@WRITTEN
async def test_the_registration_shows_owner_product_papers_and_kind(office: Office, format: str, read: Reader) -> None:
    id = await entered(office)

    answer = await office.as_("owner").get(f"/dossiers/{id}/forms/01?format={format}")

    text = read(answer.content)
    for value in (*WHO.values(), "htx@vidu.vn", "Dứa sấy dẻo", "Phiếu kiểm nghiệm số 12", "Kiểm nghiệm.pdf"):
        assert squeezed(value) in squeezed(text), value
    assert "PHIẾUĐĂNGKÝ" in squeezed(text)
    assert squeezed("Kính gửi: Ủy ban nhân dân phường Tam Điệp") in squeezed(text)


@WRITTEN
async def test_the_self_assessment_shows_every_answer_and_the_marks_in_order(
    office: Office, format: str, read: Reader
) -> None:
    id = await entered(office)

    answer = await office.as_("agency").get(f"/dossiers/{id}/forms/02?format={format}")

    text = squeezed(read(answer.content))
    answers = SelfAssessment.model_validate(ANSWERS | FULL | FIELDS)
    for name in ("description", "material_origin", "local_labour", "idea_origin", "local_identity"):
        assert squeezed(getattr(answers, name)) in text, name
    for value in (answers.history, answers.structure, answers.business_plan, "Mường", "Nữ", "2.400.000.000", "12tấn"):
        assert squeezed(str(value)) in text, value
    assert "Tổngđiểmtựđánhgiá:100" in text
    assert text.index("Nguồnnguyênliệu") < text.index("Sởhữutrítuệ") < text.index("Cơhộithịtrường")


Printed = Callable[[SelfAssessment], Iterator[str]]


def lines(*names: str) -> dict[str, Printed]:
    return {name: lambda form, name=name: iter([str(getattr(form, name))]) for name in names}  # type: ignore[misc]


def _results(form: SelfAssessment) -> Iterator[str]:
    for year in form.results:
        counts = (year.revenue, year.exports, year.workers, year.local_workers)
        yield f"{year.year}{year.output}{year.unit}" + "".join(f"{each:,}".replace(",", ".") for each in counts)


def _marks(form: SelfAssessment) -> Iterator[str]:
    texts = PRODUCE.labels["vi"]
    had = points(PRODUCE.sheet, form.marks)
    for key, option in form.marks.items():
        yield f"{key}{texts[PRODUCE.sheet.scored[key].name_key]}{texts[option]}{had[key]}"


STANDS_AS: dict[str, Printed] = {
    **lines("description", "material_origin", "local_labour", "idea_origin", "local_identity"),
    **lines("history", "structure", "business_plan", "representative_ethnicity", "changes"),
    "self_score": lambda form: iter([f"Tổng điểm tự đánh giá:{sum(points(PRODUCE.sheet, form.marks).values())}"]),
    "representative_sex": lambda form: iter(["Nữ"]),
    "evidence": lambda form: (f"x{PAPER_NAMES[kind][0]}" for kind in form.evidence),
    "marks": _marks,
    "samples": lambda form: iter(()),
    "results": _results,
    "updates": lambda form: (f"{UPDATE_NAMES[name][0]}{said}" for name, said in form.updates.items()),
}
"""How each field of form 02 stands on it; the samples stand on form 01."""
ONLY_OF: dict[str, str] = {"changes": "upgrade", "updates": "re_evaluation"}


@WRITTEN
@pytest.mark.parametrize("kind", get_args(CaseKind))
async def test_form_02_is_field_by_field_what_was_entered(
    office: Office, kind: CaseKind, format: str, read: Reader
) -> None:
    owner = office.as_("owner")
    await owner.post("/owners", OWNER | WHO)
    id = await office.dossier(kind)
    every = (
        FULL
        | FIELDS
        | {
            "self_score": 61,
            "changes": "Bao bì mới từ năm 2026.",
            "updates": {name: f"Đã cập nhật {place}." for place, name in enumerate(UPDATE_NAMES)},
            "results": [
                {
                    "year": 2024,
                    "output": 12,
                    "unit": "tấn",
                    "revenue": 2400000000,
                    "exports": 5,
                    "workers": 18,
                    "local_workers": 16,
                },
                {
                    "year": 2025,
                    "output": 15,
                    "unit": "tấn",
                    "revenue": 3100000000,
                    "exports": 7,
                    "workers": 21,
                    "local_workers": 19,
                },
            ],
        }
    )
    changed = await owner.patch(f"/dossiers/{id}", {"form": every})
    assert changed.status_code == 200, changed.text

    text = squeezed(read((await owner.get(f"/dossiers/{id}/forms/02?format={format}")).content)).replace("☒", "x")

    assert set(STANDS_AS) == set(SelfAssessment.model_fields)
    form = (await office.dossiers.get(id)).form
    for name, stands in STANDS_AS.items():
        assert getattr(form, name), f"{name} was not entered"
        for value in stands(form):
            assert (squeezed(value) in text) == (ONLY_OF.get(name, kind) == kind), f"{name}: {value}"
    ticked = {held for held, (name, _) in PAPER_NAMES.items() if f"x{squeezed(name)}" in text}
    assert ticked == set(form.evidence)


@WRITTEN
async def test_the_communes_report_shows_what_it_found(office: Office, format: str, read: Reader) -> None:
    id = await office.moved_to("proposed")

    answer = await office.as_("commune_officer", commune="14362").get(f"/dossiers/{id}/forms/03?format={format}")

    text = squeezed(read(answer.content))
    assert "45/TTr-UBND" in text
    assert text.count("Đạtyêucầu.") == 4
    view = (await office.as_("agency").get(f"/dossiers/{id}")).json()
    assert view["assessment"]["product_code"] in text
    assert squeezed(view["received"]["number"]) in text


@pytest.mark.parametrize("filling", range(0, 40, 5))
async def test_who_signs_never_stands_alone_on_a_page(office: Office, filling: int) -> None:
    id = await entered(office)
    plan = {"business_plan": "\n".join(f"Việc {n}" for n in range(filling + 1))}
    await office.as_("owner").patch(f"/dossiers/{id}", {"form": plan})

    answer = await office.as_("owner").get(f"/dossiers/{id}/forms/02")

    pages = PdfDocument(answer.content)
    last = pages[len(pages) - 1].get_textpage().get_text_bounded()
    assert f"Việc {filling}" in last and "ĐẠI DIỆN CHỦ THỂ" in last


@pytest.mark.parametrize("code", ["01", "03"])
async def test_a_form_that_fits_on_a_page_takes_one(office: Office, code: str) -> None:
    id = await office.moved_to("proposed")

    answer = await office.as_("agency").get(f"/dossiers/{id}/forms/{code}")

    assert len(PdfDocument(answer.content)) == 1


async def test_a_draft_prints_with_its_gaps_and_has_no_report_yet(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")

    for code in ("01", "02"):
        assert (await owner.get(f"/dossiers/{id}/forms/{code}")).status_code == 200
    refused(await owner.get(f"/dossiers/{id}/forms/03"), 409, "not-yet-assessed")
    refused(await owner.get(f"/dossiers/{id}/forms/04"), 422, "request-invalid")


async def test_a_form_is_printed_for_those_within_reach(office: Office) -> None:
    id = await office.dossier()

    refused(await office.as_("owner", organisation="htx-2").get(f"/dossiers/{id}/forms/01"), 404, "not-found")
    refused(await office.as_("observer").get(f"/dossiers/{id}/forms/01"), 403, "forbidden")

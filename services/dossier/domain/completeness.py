"""The completeness check: everything a file still lacks, by product set and kind of case, for people and machines."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.evidence import Paper, PaperKind
from services.dossier.domain.form import Evidence, Update, missing
from services.dossier.domain.lodging import NO_CERTIFICATE, goes_on_from_nothing
from services.dossier.domain.samples import SampleCount, counted
from services.dossier.domain.self_score import flaws, likely, points
from services.dossier.domain.sheet import Band, Sheet
from services.dossier.domain.steps import Paper as AskedPaper
from shared.errors import Flaw

SOON = timedelta(days=60)
"""A paper that ends so soon may not last until the council meets."""

_DISQUALIFYING: dict[str, PaperKind] = {
    "food-safety-papers-lacking": "production_conditions",
    "production-licence-lacking": "production_conditions",
    "gmp-certificate-lacking": "production_conditions",
    "health-production-conditions-lacking": "production_conditions",
    "production-conditions-lacking": "production_conditions",
    "declaration-label-advertising-lacking": "quality_declaration",
    "product-declaration-lacking": "quality_declaration",
}
"""The papers without which a sheet disqualifies the whole file (annex II)."""

Lacks = Literal[
    "form_answer",
    "certificate",
    "self_score",
    "paper",
    "paper_file",
    "paper_expired",
    "paper_expiring",
    "proof",
    "samples",
    "scan",
]


class Lack(BaseModel):
    """One thing that is missing. What ``blocks`` stops the submission; the rest is for the owner and the commune."""

    model_config = ConfigDict(frozen=True)

    lacks: Lacks
    pointer: str
    blocks: bool
    vi: str
    en: str


class Completeness(BaseModel):
    """Everything that is missing, in the order of the forms, and the samples as they were counted."""

    model_config = ConfigDict(frozen=True)

    complete: bool
    missing: tuple[Lack, ...]
    samples: SampleCount


PAPER_NAMES: dict[PaperKind, tuple[str, str]] = {
    "business_registration": ("Giấy đăng ký kinh doanh", "Business registration"),
    "production_conditions": ("Giấy đủ điều kiện sản xuất", "Certificate of production conditions"),
    "material_origin": ("Nguồn gốc nguyên liệu, liên kết chuỗi", "Origin of raw material, chain linkage"),
    "environment": ("Môi trường, công nghệ bền vững", "Environment, sustainable technology"),
    "labour_list": ("Danh sách lao động địa phương có bảo hiểm", "List of insured local labour"),
    "growth": ("Xếp loại HTX hoặc báo cáo tài chính 2 năm", "Cooperative grading or two years' accounts"),
    "intellectual_property": ("Văn bằng sở hữu trí tuệ", "Intellectual property title"),
    "market": ("Phát triển thị trường, xúc tiến thương mại", "Market development, trade promotion"),
    "promotion": ("Hoạt động quảng bá", "Promotion"),
    "product_story": ("Tài liệu câu chuyện sản phẩm", "Product story"),
    "quality_declaration": ("Bản công bố chất lượng", "Quality declaration"),
    "test_results": ("Phiếu kết quả kiểm nghiệm", "Test results"),
    "traceability": ("Mã vạch, tem truy xuất nguồn gốc", "Barcode, traceability stamp"),
    "quality_management": ("Chứng nhận quản lý chất lượng tiên tiến", "Advanced quality management"),
    "awards": ("Giải thưởng", "Awards"),
    "signed_form": ("Bản quét phiếu, báo cáo có ký tên, đóng dấu", "Scan of the signed and stamped forms"),
    "letter": ("Văn bản, công văn", "Letter"),
    "other": ("Tài liệu khác", "Other paper"),
}

ITEM_NAMES: dict[AskedPaper, str] = {
    "form": "Mẫu biểu",
    "extra_test": "Kiểm nghiệm bổ sung",
    "samples": "Mẫu sản phẩm",
    **{kind: PAPER_NAMES[kind][0] for kind in get_args(Evidence)},
    "other": PAPER_NAMES["other"][0],
}
"""What a supplement asks for, as it is called in a letter."""

UPDATE_NAMES: dict[Update, tuple[str, str]] = {
    "raw_material": ("nguyên liệu", "raw material"),
    "technology": ("công nghệ", "technology"),
    "packaging": ("bao bì", "packaging"),
    "label": ("nhãn", "label"),
    "quality_declaration": ("công bố chất lượng", "quality declaration"),
    "periodic_tests": ("kiểm nghiệm định kỳ", "periodic tests"),
    "market": ("thị trường", "market"),
    "output": ("sản lượng", "output"),
    "revenue": ("doanh thu", "revenue"),
    "dated_papers": ("giấy tờ có thời hạn", "papers with a term"),
}

_FORM_02 = (
    ("history", "Lịch sử hình thành của chủ thể", "the owner's history"),
    ("structure", "Cơ cấu tổ chức, nhân sự", "organisation and staff"),
    ("business_plan", "Kế hoạch sản xuất kinh doanh", "the business plan"),
)


def completeness(dossier: Dossier, sheet: Sheet, bands: tuple[Band, ...], on: date) -> Completeness:
    """What ``dossier`` lacks on a day (Decision 26/2026/QĐ-TTg, articles 6.1 and 7.1, forms 01 and 02)."""
    samples = counted(dossier, sheet.samples)
    found = (
        *_form(dossier),
        *_by_case_kind(dossier),
        *_self_score(dossier, sheet, bands),
        *_samples(samples),
        *_needed_papers(dossier, sheet),
        *_held_papers(dossier, on),
        *_unproved(dossier, sheet),
    )
    # A paper that still lasts does not make a file incomplete.
    complete = all(each.lacks == "paper_expiring" for each in found)
    return Completeness(complete=complete, missing=found, samples=samples)


def _form(dossier: Dossier) -> Iterator[Lack]:
    for flaw in missing(dossier.form):
        yield _lack("form_answer", flaw, blocks=True)
    for name, vi, en in _FORM_02:
        if getattr(dossier.form, name) is None:
            yield _lack("form_answer", Flaw(f"/form/{name}", f"{vi}: chưa ghi.", f"Say something about {en}."))
    if not dossier.form.results:
        flaw = Flaw("/form/results", "Chưa có kết quả sản xuất kinh doanh.", "No year's results are stated.")
        yield _lack("form_answer", flaw)


def _by_case_kind(dossier: Dossier) -> Iterator[Lack]:
    """An upgrade says what changed (article 6.1b); a re-evaluation brings ten things up to date (article 6.1c).

    Both go on from a certificate.
    """
    if goes_on_from_nothing(dossier):
        yield _lack("certificate", NO_CERTIFICATE, blocks=True)
    if dossier.case_kind == "upgrade" and dossier.form.changes is None:
        flaw = Flaw("/form/changes", "Chưa nêu những thay đổi để nâng hạng.", "Say what has changed for the upgrade.")
        yield _lack("form_answer", flaw)
    if dossier.case_kind == "re_evaluation":
        for update in get_args(Update):
            if update not in dossier.form.updates:
                vi, en = UPDATE_NAMES[update]
                flaw = Flaw(f"/form/updates/{update}", f"Chưa cập nhật {vi}.", f"Bring up to date: {en}.")
                yield _lack("form_answer", flaw)


def _self_score(dossier: Dossier, sheet: Sheet, bands: tuple[Band, ...]) -> Iterator[Lack]:
    for flaw in flaws(sheet, dossier.form.marks):
        yield _lack("self_score", flaw)
    for code in likely(sheet, bands, dossier.form.marks).unanswered:
        flaw = Flaw(
            f"/form/marks/{code}", f"Tiêu chí {code} chưa tự chấm điểm.", f"Criterion {code} has no self-score."
        )
        yield _lack("self_score", flaw)


def _samples(count: SampleCount) -> Iterator[Lack]:
    if count.missing:
        vi = f"Cần {count.needed} mẫu sản phẩm, còn thiếu {count.missing}."
        en = f"{count.needed} samples of the product are needed; {count.missing} are missing."
        yield _lack("samples", Flaw("/form/samples", vi, en))


def _needed_papers(dossier: Dossier, sheet: Sheet) -> Iterator[Lack]:
    needed: list[PaperKind] = ["business_registration"]
    needed += [_DISQUALIFYING[each] for each in sheet.disqualifiers if each in _DISQUALIFYING]
    if any(rule.type == "requires-document" for each in sheet.scored.values() for rule in each.rules):
        needed += ["quality_declaration", "test_results"]
    held = {paper.details.kind for paper in _papers(dossier)}
    for kind in dict.fromkeys(needed):
        if kind not in held:
            vi, en = PAPER_NAMES[kind]
            yield _lack("paper", Flaw(f"/evidence/{kind}", f"Thiếu tài liệu: {vi}.", f"A paper is missing: {en}."))
    if "signed_form" not in held:
        vi, en = PAPER_NAMES["signed_form"]
        yield _lack("scan", Flaw("/evidence/signed_form", f"Thiếu: {vi}.", f"Missing: {en}."))


def _held_papers(dossier: Dossier, on: date) -> Iterator[Lack]:
    for paper in _papers(dossier):
        name = paper.details.title or PAPER_NAMES[paper.details.kind][0]
        place = f"/evidence/{paper.id}"
        if paper.current is None:
            yield _lack("paper_file", Flaw(place, f"«{name}» chưa có tệp.", f"“{name}” has no file yet."))
        term = paper.details.valid_until
        if term is not None and term < on:
            vi = f"«{name}» đã hết hạn ngày {term:%d/%m/%Y}."
            yield _lack("paper_expired", Flaw(place, vi, f"“{name}” ended on {term}."))
        elif term is not None and term < on + SOON:
            vi = f"«{name}» sẽ hết hạn ngày {term:%d/%m/%Y}."
            yield _lack("paper_expiring", Flaw(place, vi, f"“{name}” ends on {term}."))


def _unproved(dossier: Dossier, sheet: Sheet) -> Iterator[Lack]:
    """Points of parts A and B rest on papers; what is tasted or looked at in part C does not."""
    proved = {key for paper in _papers(dossier) for key in paper.details.criteria}
    had = points(sheet, dossier.form.marks)
    tasted = {key for part in sheet.parts if part.code == "C" for key in part.scored}
    for key, marked in had.items():
        if marked and key not in proved and key not in tasted:
            vi = f"Tiêu chí {key} tự chấm {marked} điểm nhưng chưa có tài liệu minh chứng."
            yield _lack(
                "proof", Flaw(f"/form/marks/{key}", vi, f"Criterion {key} claims {marked}, and no paper proves it.")
            )


def _papers(dossier: Dossier) -> list[Paper]:
    return [paper for paper in dossier.papers if not paper.dropped]


def _lack(lacks: Lacks, flaw: Flaw, *, blocks: bool = False) -> Lack:
    return Lack(lacks=lacks, pointer=flaw.pointer, blocks=blocks, vi=flaw.vi, en=flaw.en)

"""Receipts of both offices, and the letters that go with a dossier, from what was entered."""

from collections.abc import Callable, Mapping
from typing import Literal

from services.dossier.catalogue import ProductSet
from services.dossier.domain.completeness import ITEM_NAMES
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.owner import Owner
from services.dossier.domain.steps import Item, Letter, Office, Receipt
from services.dossier.printing.forms import CASE_KINDS, CONTENTS, dated
from services.dossier.printing.layout import Block, Form, Heading, Line, Table
from shared.errors import Refusal

LetterCode = Literal[
    "commune-receipt", "agency-receipt", "supplement-request", "proposal", "central-submission", "result"
]


class NothingToPrint(Refusal):
    """A paper is printed of a step that was taken."""

    vi = "Hồ sơ chưa có bước này nên chưa in được giấy «{letter}»."
    en = "The dossier has not taken this step, so there is no “{letter}” to print."


_OFFICES: Mapping[Office, str] = {
    "commune": "ỦY BAN NHÂN DÂN CẤP XÃ",
    "agency": "CƠ QUAN THAM MƯU QUẢN LÝ CHƯƠNG TRÌNH OCOP CẤP TỈNH",
    "council": "HỘI ĐỒNG ĐÁNH GIÁ, PHÂN HẠNG SẢN PHẨM OCOP CẤP TỈNH",
}
_SIGNED = "(Ký, ghi rõ họ tên, đóng dấu)"


def lettered(letter: LetterCode, dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form:
    """The paper, dated the day of its step. Raises ``NothingToPrint``."""
    written = _WRITTEN[letter](dossier, owner, product_set)
    if written is None:
        raise NothingToPrint(letter=letter)
    return written


def _case(dossier: Dossier, owner: Owner, product_set: ProductSet) -> list[Block]:
    return [
        Line("Chủ thể", owner.name),
        Line("Địa chỉ", owner.address or ""),
        Line("Sản phẩm", dossier.product_name),
        Line("Bộ sản phẩm", f"{product_set.number}. {product_set.name['vi']}"),
        Line("Loại hồ sơ", CASE_KINDS[dossier.case_kind]),
    ]


def _commune_receipt(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    if dossier.received is None:
        return None
    ends = [each.last_day for each in dossier.deadlines if each.duty == "commune_assessment" and not each.paused]
    term: list[Block] = [Line("Xã đánh giá xong chậm nhất ngày", f"{ends[0]:%d/%m/%Y}")] if ends else []
    return _receipt(dossier.received, "commune", [*_case(dossier, owner, product_set), *term])


def _agency_receipt(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    if dossier.registered is None or dossier.assessment is None:
        return None
    code: list[Block] = [Line("Mã sản phẩm", dossier.assessment.product_code)]
    return _receipt(dossier.registered, "agency", [*_case(dossier, owner, product_set), *code])


def _receipt(receipt: Receipt, office: Office, case: list[Block]) -> Form:
    return Form(
        code="",
        title="GIẤY TIẾP NHẬN HỒ SƠ",
        subtitle=_OFFICES[office],
        place=dated(receipt.on),
        blocks=[
            Line("Số đăng ký", receipt.number),
            Line("Ngày tiếp nhận", f"{receipt.on:%d/%m/%Y}"),
            *case,
            Line("Số mẫu sản phẩm đã nhận", str(receipt.samples)),
        ],
        signatures=(("NGƯỜI NỘP", "(Ký, ghi rõ họ tên)"), ("NGƯỜI TIẾP NHẬN", "(Ký, ghi rõ họ tên)")),
    )


def _supplement_request(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    """The latest request, with everything that was asked for, answered or not."""
    if not dossier.supplements:
        return None
    asked = dossier.supplements[-1]
    return Form(
        code="",
        title="YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
        subtitle=f"Kính gửi: {owner.name}",
        place=dated(asked.asked_on),
        blocks=[
            Line("Cơ quan yêu cầu", _OFFICES[asked.office]),
            Line("Yêu cầu số", str(asked.number)),
            *_case(dossier, owner, product_set),
            Heading("Nội dung cần bổ sung"),
            Table(
                ("TT", "Loại", "Nội dung", "Trả lời"),
                [_item(n, each) for n, each in enumerate(asked.items, 1)],
                (1, 4, 6, 4),
            ),
            Line("Hạn bổ sung", f"{asked.until:%d/%m/%Y}"),
        ],
        signatures=(("NƠI NHẬN", "Chủ thể; lưu."), ("THỦ TRƯỞNG CƠ QUAN", _SIGNED)),
    )


def _item(number: int, item: Item) -> tuple[str, str, str, str]:
    return str(number), ITEM_NAMES[item.paper], item.name, item.answer or ""


def _proposal(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    held = dossier.assessment
    if held is None:
        return None
    return Form(
        code="",
        title="TỜ TRÌNH",
        subtitle="Về việc đề nghị đánh giá, phân hạng sản phẩm OCOP",
        place=dated(held.letter.on),
        blocks=[
            Line("Số", held.letter.number),
            Line("Kính gửi", "Cơ quan tham mưu quản lý Chương trình OCOP cấp tỉnh"),
            *_case(dossier, owner, product_set),
            Line("Mã sản phẩm", held.product_code),
            Heading("Kết quả đánh giá của xã"),
            Table(
                ("Nội dung", "Kết quả"),
                [(CONTENTS[each.content], "Đạt" if each.met else "Không đạt") for each in held.contents],
                (4, 1),
            ),
            Heading("Gửi kèm"),
            Line("Hồ sơ", "01 bộ, Mẫu số 03"),
            Line("Mẫu sản phẩm", str(held.samples)),
        ],
        signatures=(("NƠI NHẬN", "Như trên; lưu."), ("TM. ỦY BAN NHÂN DÂN", _SIGNED)),
    )


def _central_submission(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    """The letter of article 6.3 with the package it lists."""
    package = dossier.package
    if package is None:
        return None
    named: tuple[tuple[str, Letter | None], ...] = (
        ("Quyết định phê duyệt kết quả", package.approval_decision),
        ("Báo cáo của Tổ tư vấn", package.advisory_report),
        ("Báo cáo của Hội đồng", package.council_report),
        ("Báo cáo của cơ quan tham mưu", package.agency_report),
        *(("Phiếu kiểm nghiệm bổ sung", each) for each in package.extra_tests),
    )
    rows = [(name, each.number, f"{each.on:%d/%m/%Y}") for name, each in named if each is not None]
    return Form(
        code="",
        title="CÔNG VĂN",
        subtitle="Về việc đề nghị đánh giá, công nhận sản phẩm OCOP 5 sao",
        place=dated(package.letter.on),
        blocks=[
            Line("Số", package.letter.number),
            Line("Kính gửi", "Bộ Nông nghiệp và Môi trường"),
            *_case(dossier, owner, product_set),
            Heading("Tài liệu gửi kèm"),
            Table(("Tài liệu", "Số", "Ngày"), rows, (6, 3, 2)),
            Line("Mẫu sản phẩm", str(package.samples)),
        ],
        signatures=(("NƠI NHẬN", "Như trên; lưu."), ("TM. ỦY BAN NHÂN DÂN TỈNH", _SIGNED)),
    )


def _result(dossier: Dossier, owner: Owner, product_set: ProductSet) -> Form | None:
    """The latest result that was announced, with what the owner has to mend for the stars it misses."""
    if not dossier.results:
        return None
    told = max(dossier.results, key=lambda each: each.decided_on)
    outcome = f"Được công nhận đạt {told.stars} sao" if told.outcome == "recognised" else "Chưa được công nhận"
    missed = [(str(each.star), each.criterion, str(each.needed), str(each.had)) for each in told.failed_minimums]
    to_do: list[Block] = [
        Heading("Yêu cầu tối thiểu cần hoàn thiện"),
        Table(("Hạng sao", "Tiêu chí", "Điểm cần đạt", "Điểm đã đạt"), missed, (2, 3, 3, 3)),
    ]
    return Form(
        code="",
        title="THÔNG BÁO KẾT QUẢ ĐÁNH GIÁ, PHÂN HẠNG SẢN PHẨM OCOP",
        subtitle=f"Kính gửi: {owner.name}",
        place=dated(told.decided_on),
        blocks=[
            Line("Theo Quyết định số", told.decision_number),
            *_case(dossier, owner, product_set),
            Line("Kết quả", outcome),
            *(to_do if missed else ()),
        ],
        signatures=(("NƠI NHẬN", "Chủ thể; lưu."), ("THỦ TRƯỞNG CƠ QUAN", _SIGNED)),
    )


_WRITTEN: Mapping[LetterCode, Callable[[Dossier, Owner, ProductSet], Form | None]] = {
    "commune-receipt": _commune_receipt,
    "agency-receipt": _agency_receipt,
    "supplement-request": _supplement_request,
    "proposal": _proposal,
    "central-submission": _central_submission,
    "result": _result,
}

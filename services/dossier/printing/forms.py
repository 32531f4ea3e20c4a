"""Forms 01, 02 and 03 of a dossier in the layout of annex III (Decision 26/2026/QĐ-TTg), from what was entered."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, get_args

from services.dossier.catalogue import ProductSet
from services.dossier.domain.completeness import PAPER_NAMES, UPDATE_NAMES
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.form import Evidence
from services.dossier.domain.owner import Owner, OwnerKind
from services.dossier.domain.product import CaseKind
from services.dossier.domain.self_score import points
from services.dossier.domain.steps import Content, Receipt
from services.dossier.printing.layout import Block, Boxes, Form, Heading, Line, Table, Text
from shared.errors import Refusal

FormCode = Literal["01", "02", "03"]


class NotYetAssessed(Refusal):
    """Form 03 is the commune's and does not exist before it has assessed."""

    vi = "Xã chưa đánh giá hồ sơ này nên chưa có Mẫu số 03."
    en = "The commune has not assessed this dossier yet, so there is no form 03."


OWNER_KINDS: dict[OwnerKind, str] = {
    "cooperative": "Hợp tác xã",
    "cooperative_group": "Tổ hợp tác",
    "enterprise": "Doanh nghiệp",
    "farm": "Trang trại",
    "household": "Hộ sản xuất, kinh doanh có đăng ký",
    "association": "Hội, hiệp hội",
    "centre": "Trung tâm hoặc tổ chức tương đương",
}
CASE_KINDS: dict[CaseKind, str] = {
    "first": "Đánh giá, phân hạng lần đầu",
    "upgrade": "Đánh giá, phân hạng nâng hạng",
    "re_evaluation": "Đánh giá, phân hạng lại",
}
CONTENTS: dict[Content, str] = {
    "local_origin": "Nguồn gốc sản phẩm, nguyên liệu địa phương",
    "local_labour": "Sử dụng lao động địa phương",
    "idea_origin": "Nguồn gốc ý tưởng sản phẩm",
    "local_identity": "Bản sắc, trí tuệ địa phương",
}
_SEXES = {"female": "Nữ", "male": "Nam", None: ""}


def printed(code: FormCode, dossier: Dossier, owner: Owner, product_set: ProductSet, commune: str, on: date) -> Form:
    """The form as it stands on a day; ``commune`` is the commune's name. Raises ``NotYetAssessed``."""
    if code == "01":
        return _registration(dossier, owner, product_set, commune, on)
    if code == "02":
        return _self_assessment(dossier, owner, product_set, on)
    return _commune_report(dossier, owner, product_set, on)


def _registration(dossier: Dossier, owner: Owner, product_set: ProductSet, commune: str, on: date) -> Form:
    blocks: list[Block] = [
        Heading("1. Thông tin về chủ thể"),
        *_owner(owner),
        Heading("2. Thông tin về sản phẩm"),
        *_product(dossier, product_set),
        Boxes([(name, dossier.case_kind == kind) for kind, name in CASE_KINDS.items()]),
        Heading("3. Tài liệu kèm theo"),
        _attachments(dossier),
        Line("Số lượng mẫu sản phẩm", _count(dossier.form.samples)),
        Heading("4. Phần tiếp nhận của UBND cấp xã"),
        *_receipt(dossier.received),
        Heading("5. Phần tiếp nhận của cơ quan cấp tỉnh"),
        *_receipt(dossier.registered),
    ]
    return Form(
        code="01",
        title="PHIẾU ĐĂNG KÝ ĐÁNH GIÁ, PHÂN HẠNG SẢN PHẨM OCOP",
        subtitle=f"Kính gửi: Ủy ban nhân dân {commune[0].lower()}{commune[1:]}",
        place=dated(on),
        blocks=blocks,
        signatures=(
            ("NGƯỜI TIẾP NHẬN", "(Ký, ghi rõ họ tên)"),
            ("ĐẠI DIỆN CHỦ THỂ", "(Ký, ghi rõ họ tên, đóng dấu nếu có)"),
        ),
    )


def _self_assessment(dossier: Dossier, owner: Owner, product_set: ProductSet, on: date) -> Form:
    form = dossier.form
    had = points(product_set.sheet, form.marks)
    blocks: list[Block] = [
        Heading("I. THÔNG TIN CHUNG"),
        *_owner(owner),
        Line("Giới tính người đại diện", _SEXES[form.representative_sex]),
        Line("Dân tộc người đại diện", form.representative_ethnicity or ""),
        *_product(dossier, product_set),
        Text("Mô tả sản phẩm", form.description or ""),
        Text(CONTENTS["local_origin"], form.material_origin or ""),
        Text(CONTENTS["local_labour"], form.local_labour or ""),
        Text(CONTENTS["idea_origin"], form.idea_origin or ""),
        Text(CONTENTS["local_identity"], form.local_identity or ""),
        Heading("Giấy tờ đang có"),
        Boxes([(PAPER_NAMES[kind][0], kind in form.evidence) for kind in get_args(Evidence)]),
        Text("Lịch sử hình thành", form.history or ""),
        Text("Cơ cấu tổ chức", form.structure or ""),
        *_changes(dossier),
        Heading("II. KẾT QUẢ SẢN XUẤT KINH DOANH"),
        Table(
            ("Năm", "Sản lượng", "Doanh thu (đồng)", "Xuất khẩu (đồng)", "Lao động", "Lao động địa phương"),
            [
                (
                    str(each.year),
                    f"{_count(each.output)} {each.unit or ''}".strip(),
                    _count(each.revenue),
                    _count(each.exports),
                    _count(each.workers),
                    _count(each.local_workers),
                )
                for each in form.results
            ],
            (1, 2, 3, 3, 2, 2),
        ),
        Heading("III. TỰ ĐÁNH GIÁ THEO BỘ TIÊU CHÍ"),
        Table(
            ("Tiêu chí", "Nội dung", "Phương án tự chọn", "Điểm", "Minh chứng"),
            list(_marks(dossier, product_set, had)),
            (5, 12, 14, 4, 9),
        ),
        Line("Tổng điểm tự đánh giá", str(sum(had.values())) if form.marks else _count(form.self_score)),
        Heading("IV. KẾ HOẠCH SẢN XUẤT KINH DOANH"),
        Text("Phương án sản xuất kinh doanh", form.business_plan or ""),
    ]
    return Form(
        code="02",
        title="BÁO CÁO TỰ ĐÁNH GIÁ SẢN PHẨM OCOP",
        subtitle=f"{product_set.name['vi']} (bộ số {product_set.number})",
        place=dated(on),
        blocks=blocks,
        signatures=(("ĐẠI DIỆN CHỦ THỂ", "(Ký, ghi rõ họ tên, đóng dấu nếu có)"),),
    )


def _commune_report(dossier: Dossier, owner: Owner, product_set: ProductSet, on: date) -> Form:
    held = dossier.assessment
    if held is None:
        raise NotYetAssessed()
    blocks: list[Block] = [
        Heading("I. CHỦ THỂ VÀ SẢN PHẨM"),
        *_owner(owner),
        *_product(dossier, product_set),
        Line("Mã sản phẩm", held.product_code),
        *_receipt(dossier.received),
        Heading("II. KẾT QUẢ ĐÁNH GIÁ"),
        Table(
            ("Nội dung", "Tiêu chí", "Kết quả", "Nhận xét"),
            [
                (CONTENTS[each.content], ", ".join(each.criteria), "Đạt" if each.met else "Không đạt", each.remark)
                for each in held.contents
            ],
            (4, 2, 2, 6),
        ),
        Heading("III. ĐỀ NGHỊ"),
        Line("Văn bản đề nghị", f"số {held.letter.number} ngày {held.letter.on:%d/%m/%Y}"),
        Line("Số mẫu sản phẩm chuyển lên tỉnh", str(held.samples)),
    ]
    return Form(
        code="03",
        title="BÁO CÁO ĐÁNH GIÁ CỦA UBND CẤP XÃ",
        subtitle="Kính gửi: cơ quan tham mưu quản lý Chương trình OCOP cấp tỉnh",
        place=dated(held.on),
        blocks=blocks,
        signatures=(
            ("NƠI NHẬN", ""),
            ("TM. ỦY BAN NHÂN DÂN", "(Ký, ghi rõ họ tên, đóng dấu)"),
        ),
    )


def _owner(owner: Owner) -> tuple[Block, ...]:
    return (
        Line("Tên chủ thể", owner.name),
        Line("Loại hình", OWNER_KINDS[owner.owner_kind]),
        Line("Người đại diện theo pháp luật", owner.representative or ""),
        Line("Chức vụ", owner.position or ""),
        Line("Địa chỉ", owner.address or ""),
        Line("Điện thoại", owner.phone or ""),
        Line("Thư điện tử", owner.email),
    )


def _product(dossier: Dossier, product_set: ProductSet) -> tuple[Block, ...]:
    return (
        Line("Tên sản phẩm", dossier.product_name),
        Line("Bộ sản phẩm", f"{product_set.number}. {product_set.name['vi']}"),
    )


def _changes(dossier: Dossier) -> Iterator[Block]:
    """What changed since the certificate (article 6.1b), and what is brought up to date (article 6.1c)."""
    if dossier.case_kind == "upgrade":
        yield Text("Những thay đổi so với lần công nhận trước", dossier.form.changes or "")
        if dossier.lodged is not None:
            rows = [(each.what, PAPER_NAMES[each.evidence][0]) for each in dossier.lodged.improvements]
            yield Table(("Nội dung thay đổi", "Minh chứng"), rows, (3, 2))
    if dossier.case_kind == "re_evaluation":
        updates = [(name, dossier.form.updates.get(update, "")) for update, (name, _) in UPDATE_NAMES.items()]
        yield Heading("Nội dung cập nhật so với lần công nhận trước")
        yield Table(("Nội dung", "Cập nhật"), updates, (1, 3))


def _attachments(dossier: Dossier) -> Table:
    rows = [
        (str(place), paper.details.title or PAPER_NAMES[paper.details.kind][0], paper.current.file_name)
        for place, paper in enumerate((each for each in dossier.papers if not each.dropped), 1)
        if paper.current is not None
    ]
    return Table(("TT", "Tài liệu", "Tệp"), rows, (1, 8, 6))


def _marks(dossier: Dossier, product_set: ProductSet, had: dict[str, int]) -> Iterator[tuple[str, ...]]:
    """The criteria in their order, each with the papers that prove it."""
    texts = product_set.labels["vi"]
    for key, criterion in product_set.sheet.scored.items():
        if key not in had:
            continue
        option = dossier.form.marks.get(key)
        proofs = [
            paper.details.title or PAPER_NAMES[paper.details.kind][0]
            for paper in dossier.papers
            if key in paper.details.criteria and not paper.dropped
        ]
        yield key, texts[criterion.name_key], texts.get(option or "", ""), str(had[key]), "; ".join(proofs)


def _receipt(receipt: Receipt | None) -> tuple[Block, ...]:
    if receipt is None:
        return (Line("Số đăng ký", "……"), Line("Ngày tiếp nhận", "……"), Line("Số mẫu đã nhận", "……"))
    return (
        Line("Số đăng ký", receipt.number),
        Line("Ngày tiếp nhận", f"{receipt.on:%d/%m/%Y}"),
        Line("Số mẫu đã nhận", str(receipt.samples)),
    )


def dated(on: date) -> str:
    return f"Ngày {on.day:02d} tháng {on.month:02d} năm {on.year}"


def _count(number: int | None) -> str:
    """With points between the thousands, as Vietnamese writes them."""
    return "" if number is None else f"{number:,}".replace(",", ".")

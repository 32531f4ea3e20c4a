"""A report as a sheet for offices."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.certification.domain.certificate import Validity
from services.certification.reports import Renewal, RenewalReport, Share

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

VALIDITY: Mapping[Validity, str] = {
    "valid": "Còn hiệu lực",
    "extended": "Được kéo dài",
    "expired": "Hết hạn",
    "replaced": "Đã được thay",
    "revoked": "Đã thu hồi",
    "annulled": "Đã hủy bỏ",
}
RENEWAL: Mapping[Renewal, str] = {"re_registered": "Đã đăng ký lại", "not_re_registered": "Chưa đăng ký lại"}
LINES = (
    *("Số", "Sản phẩm", "Loại hình chủ thể", "Xã, phường", "Ngành"),
    *("Sao", "Ngày cuối", "Hiệu lực", "Đăng ký lại", "Có quyết định"),
)
SUMS = (*("Theo", "Nhóm", "Đến hạn", "Hết hạn", "Đã đăng ký lại", "Chưa đăng ký lại", "Thu hồi", "Có quyết định"),)


def as_workbook(report: RenewalReport) -> bytes:
    """The certificates and their sums: the same report gives the same bytes, and no cell is ever a formula."""
    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        lines, sums = book.add_worksheet("Giấy chứng nhận"), book.add_worksheet("Tổng hợp")
        _write_lines(lines, report, day)
        _write_sums(sums, report)
        for sheet, head in ((lines, LINES), (sums, SUMS)):
            sheet.write_row(0, 0, head, bold)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
        lines.autofilter(0, 0, max(1, len(report.lines)), len(LINES) - 1)
        book.set_properties({"created": datetime(report.until.year, report.until.month, report.until.day, tzinfo=UTC)})
    return file.getvalue()


def _write_lines(sheet: Worksheet, report: RenewalReport, day: Format) -> None:
    kinds, sectors, communes = map(_names, (report.by_owner_kind, report.by_sector, report.by_commune))
    for n, line in enumerate(report.lines, 1):
        sheet.write_string(n, 0, line.number)
        sheet.write_string(n, 1, line.product)
        sheet.write_string(n, 2, kinds[line.owner_kind or ""])
        sheet.write_string(n, 3, communes[line.commune])
        sheet.write_string(n, 4, sectors[line.sector or ""])
        sheet.write_number(n, 5, line.stars)
        sheet.write_datetime(n, 6, line.valid_until, day)
        sheet.write_string(n, 7, VALIDITY[line.validity])
        sheet.write_string(n, 8, RENEWAL[line.renewal])
        sheet.write_string(n, 9, "Có" if line.ended_by_decision else "")


def _names(shares: list[Share]) -> dict[str, str]:
    return {share.of: share.name.vi for share in shares}


def _write_sums(sheet: Worksheet, report: RenewalReport) -> None:
    groups = (
        ("Hạng sao", report.by_stars),
        ("Ngành", report.by_sector),
        ("Loại hình chủ thể", report.by_owner_kind),
        ("Xã, phường", report.by_commune),
    )
    rows = [("Tất cả", "", report)] + [(by, each.name.vi, each) for by, shares in groups for each in shares]
    for n, (by, name, counted) in enumerate(rows, 1):
        sheet.write_string(n, 0, by)
        sheet.write_string(n, 1, name)
        sheet.write_row(
            n,
            2,
            (
                counted.due,
                counted.expired,
                counted.re_registered,
                counted.not_re_registered,
                counted.revoked,
                counted.ended_by_decision,
            ),
        )

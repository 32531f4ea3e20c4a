"""Reports on certificates that come to their end: who filed again and who did not, and what expires soon."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Literal

import xlsxwriter
from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import Certificate, Validity
from services.certification.domain.recognition import Recognition

Renewal = Literal["re_registered", "not_re_registered"]

VALIDITY: Mapping[Validity, str] = {
    "valid": "Còn hiệu lực",
    "extended": "Được kéo dài",
    "expired": "Hết hạn",
    "replaced": "Đã được thay",
    "revoked": "Đã thu hồi",
    "annulled": "Đã hủy bỏ",
}
RENEWAL: Mapping[Renewal, str] = {"re_registered": "Đã đăng ký lại", "not_re_registered": "Chưa đăng ký lại"}


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Line(Told):
    """One certificate whose term ends in the time of the report."""

    number: str
    product: str
    commune: str
    sector: str | None
    stars: int
    valid_until: date
    validity: Validity
    renewal: Renewal
    ended_by_decision: bool
    """Whether it was revoked, or struck from the list when it had expired."""


class Share(Told):
    """The certificates of one star, sector or commune."""

    of: str
    due: int
    re_registered: int
    not_re_registered: int
    ended_by_decision: int


class RenewalReport(Told):
    """Certificates whose term ends from ``since`` to ``until``: ``due`` is the sum of those filed again and not."""

    since: date
    until: date
    due: int
    expired: int
    re_registered: int
    not_re_registered: int
    ended_by_decision: int
    by_stars: list[Share]
    by_sector: list[Share]
    by_commune: list[Share]
    lines: list[Line]


class Gathering:
    """Gathers the lines of a report, recognition by recognition."""

    def __init__(self, since: date, until: date, today: date, sectors: Mapping[str, str]) -> None:
        self._since, self._until, self._today, self._sectors = since, until, today, sectors
        self._lines: list[Line] = []

    def take(self, recognition: Recognition) -> None:
        for certificate in recognition.certificates:
            if self._since <= certificate.valid_until <= self._until and certificate.annulled is None:
                self._lines.append(self._line(recognition, certificate))

    def _line(self, recognition: Recognition, certificate: Certificate) -> Line:
        subject = certificate.subject
        return Line(
            number=certificate.number,
            product=subject.product.name,
            commune=subject.commune,
            sector=self._sectors.get(subject.product_set),
            stars=certificate.stars,
            valid_until=certificate.valid_until,
            validity=certificate.on(self._today),
            renewal="re_registered" if _filed_again(recognition, certificate) else "not_re_registered",
            ended_by_decision=certificate.revoked is not None or certificate.removed is not None,
        )

    def report(self) -> RenewalReport:
        lines = sorted(self._lines, key=lambda line: (line.valid_until, line.number))
        renewals = Counter(line.renewal for line in lines)
        return RenewalReport(
            since=self._since,
            until=self._until,
            due=len(lines),
            expired=sum(line.validity == "expired" for line in lines),
            re_registered=renewals["re_registered"],
            not_re_registered=renewals["not_re_registered"],
            ended_by_decision=sum(line.ended_by_decision for line in lines),
            by_stars=_shares(lines, [str(line.stars) for line in lines]),
            by_sector=_shares(lines, [line.sector or "—" for line in lines]),
            by_commune=_shares(lines, [line.commune for line in lines]),
            lines=lines,
        )


def _filed_again(recognition: Recognition, certificate: Certificate) -> bool:
    """Whether a re-evaluation or an upgrade of the product has been filed since this certificate."""
    results = (
        one.scored_on > certificate.decided_on and one.subject.case_kind != "first" for one in recognition.results
    )
    return recognition.filed is not None or certificate.replaced is not None or any(results)


def _shares(lines: list[Line], groups: list[str]) -> list[Share]:
    found = []
    for group in sorted(set(groups)):
        mine = [line for line, of in zip(lines, groups, strict=True) if of == group]
        again = sum(line.renewal == "re_registered" for line in mine)
        found.append(
            Share(
                of=group,
                due=len(mine),
                re_registered=again,
                not_re_registered=len(mine) - again,
                ended_by_decision=sum(line.ended_by_decision for line in mine),
            )
        )
    return found


def days_ahead(today: date, days: int) -> tuple[date, date]:
    """From today to the last day of a report on what expires within ``days``."""
    return today, today + timedelta(days=days)


def workbook(report: RenewalReport) -> bytes:
    """The report as a sheet of an office: the same report gives the same bytes, and no cell is ever a formula."""
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        lines = book.add_worksheet("Giấy chứng nhận")
        heads = ["Số", "Sản phẩm", "Xã", "Ngành", "Sao", "Ngày cuối", "Hiệu lực", "Đăng ký lại", "Có quyết định"]
        lines.write_row(0, 0, heads, bold)
        lines.set_column(0, 1, 28)
        lines.set_column(2, len(heads) - 1, 16)
        lines.freeze_panes(1, 0)
        for n, line in enumerate(report.lines, start=1):
            lines.write_string(n, 0, line.number)
            lines.write_string(n, 1, line.product)
            lines.write_string(n, 2, line.commune)
            lines.write_string(n, 3, line.sector or "")
            lines.write_number(n, 4, line.stars)
            lines.write_datetime(n, 5, line.valid_until, day)
            lines.write_string(n, 6, VALIDITY[line.validity])
            lines.write_string(n, 7, RENEWAL[line.renewal])
            lines.write_string(n, 8, "Có" if line.ended_by_decision else "")
        sums = book.add_worksheet("Tổng hợp")
        sums.write_row(0, 0, ["Nhóm", "Đến hạn", "Đã đăng ký lại", "Chưa", "Có quyết định"], bold)
        sums.set_column(0, 4, 18)
        whole = Share(of="Tất cả", **report.model_dump(include=set(Share.model_fields) - {"of"}))
        for n, share in enumerate([whole, *report.by_stars, *report.by_sector, *report.by_commune], start=1):
            sums.write_string(n, 0, share.of)
            counted = (share.due, share.re_registered, share.not_re_registered, share.ended_by_decision)
            sums.write_row(n, 1, counted)
        book.set_properties({"created": datetime(report.until.year, report.until.month, report.until.day, tzinfo=UTC)})
    return written.getvalue()

"""``ocop-verify``: the verifier kit on the command line; it opens files and never a connection."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from services.certification.verifier.credential import read_status_list
from services.certification.verifier.trust import LONGEST_TOKEN, NotGenuine, read_issuer
from services.certification.verifier.verdict import Report, Standing, verify

T = TypeVar("T")

EXIT: dict[Standing, int] = {"valid": 0, "unconfirmed": 3, "not_begun": 1, "expired": 1, "ended": 1, "not_genuine": 1}
SAYS: dict[Standing, tuple[str, str]] = {
    "valid": ("Giấy thật và còn hiệu lực.", "Genuine and valid."),
    "unconfirmed": (
        "Giấy thật và còn trong thời hạn, nhưng chưa xác nhận được là chưa bị thu hồi.",
        "Genuine and within its term, but nothing confirms that it was not revoked.",
    ),
    "not_begun": ("Giấy thật nhưng chưa đến ngày hiệu lực.", "Genuine, but its term has not begun."),
    "expired": (
        "Giấy thật nhưng đã quá thời hạn ghi trên giấy. Việc kéo dài hiệu lực, nếu có, chỉ tra cứu được trên mạng.",
        "Genuine, but past the term it states. Only the public look-up knows whether it was extended.",
    ),
    "ended": (
        "Giấy đã bị chấm dứt trước hạn: thu hồi, thay thế hoặc in lại.",
        "It was ended before its term: revoked, replaced or printed anew.",
    ),
    "not_genuine": ("Không phải giấy thật ({reason}).", "Not genuine ({reason})."),
}
STALE = (
    "CẢNH BÁO: danh sách trạng thái đã cũ hoặc chưa có; hãy tải danh sách mới.",
    "WARNING: the status list is stale or missing; fetch a new one.",
)
OTHER_PRODUCT = (
    "CẢNH BÁO: giấy này không cấp cho sản phẩm đó.",
    "WARNING: the certificate is not of that product.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 valid; 1 not valid; 2 wrong use; 3 genuine, but unconfirmed or of another product."""
    parser = ArgumentParser(prog="ocop-verify", description="Verify an OCOP certificate without a network.")
    parser.add_argument("text", help="what the QR code holds, a credential, or @file with either")
    parser.add_argument("--issuer", action="append", type=Path, required=True, help="a file from /issuers/37")
    parser.add_argument("--status", action="append", type=Path, default=[], help="a file from /status/37/2026")
    parser.add_argument("--product", help="the product's name as it stands on the goods")
    parser.add_argument("--at", type=datetime.fromisoformat, help="the instant to judge for, with its zone; else now")
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    asked = parser.parse_args(arguments)
    at: datetime = asked.at or datetime.now(UTC)
    if at.tzinfo is None:
        parser.error("--at needs a zone, as in 2026-11-22T08:00+07:00")
    try:
        issuers = [_read(file, read_issuer) for file in asked.issuer]
        lists = [_read(file, lambda token: read_status_list(token, issuers)) for file in asked.status]
        text = Path(asked.text[1:]).read_text(encoding="utf-8") if asked.text.startswith("@") else asked.text
    except (OSError, UnicodeDecodeError) as error:
        parser.error(str(error))
    report = verify(text, issuers, lists, at, asked.product)
    sys.stdout.write(report.model_dump_json(exclude_none=True) + "\n" if asked.json else _told(report))
    return 3 if report.standing == "valid" and report.product_matches is False else EXIT[report.standing]


def _read(file: Path, read: Callable[[str], T]) -> T:
    text = file.read_text(encoding="utf-8")
    try:
        return read(text[: LONGEST_TOKEN + 1])
    except NotGenuine as wrong:
        raise OSError(f"{file} cannot be used: {wrong.reason}") from wrong


def _told(report: Report) -> str:
    lines = [sentence.format(reason=report.reason) for sentence in SAYS[report.standing]]
    if report.number is not None:
        term = f"{report.valid_from} – {report.valid_until}"
        lines.append(f"{report.number} · {'★' * (report.stars or 0)} · {term} · bản in/print {report.print_version}")
    if report.product is not None:
        lines.append(report.product)
    if report.status in ("stale", "missing"):
        lines += STALE
    if report.product_matches is False:
        lines += OTHER_PRODUCT
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

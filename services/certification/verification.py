"""What anybody may know of a certificate: whether it is valid on the day of the question, and what it says."""

from datetime import date
from typing import Literal

from services.certification.domain.certificate import Certificate
from services.certification.domain.written import in_english, in_figures
from services.certification.verifier.trust import Reason
from shared.errors import Language
from shared.http import Told

Verdict = Literal[
    "valid",
    "extended",
    "expired",
    "replaced",
    "revoked",
    "annulled",
    "superseded_print",
    "unknown",
    "not_genuine",
]

_SAYS: dict[Verdict, dict[Language, str]] = {
    "valid": {
        "vi": "Giấy chứng nhận có hiệu lực đến hết ngày {until}.",
        "en": "This certificate is valid to the end of {until}.",
    },
    "extended": {
        "vi": "Giấy chứng nhận được kéo dài hiệu lực đến hết ngày {until}, trong khi chờ kết quả đánh giá lại.",
        "en": "This certificate is extended until the end of {until}, while its re-evaluation is decided.",
    },
    "expired": {
        "vi": "Giấy chứng nhận đã hết hiệu lực; ngày cuối cùng còn hiệu lực là {until}.",
        "en": "This certificate has expired; its last valid day was {until}.",
    },
    "replaced": {
        "vi": "Giấy chứng nhận đã được thay bằng giấy số {by} từ ngày {on}.",
        "en": "This certificate was replaced by {by} on {on}.",
    },
    "revoked": {
        "vi": "Giấy chứng nhận đã bị thu hồi từ ngày {on} theo Quyết định {decision}.",
        "en": "This certificate was revoked on {on} by decision {decision}.",
    },
    "annulled": {
        "vi": "Việc công nhận đã bị hủy từ ngày {on} theo Quyết định {decision}; giấy chứng nhận không có giá trị.",
        "en": "The recognition was annulled on {on} by decision {decision}; this certificate has no effect.",
    },
    "superseded_print": {
        "vi": "Đây là bản in cũ (bản {print}), đã được thay bằng bản in {current}. Giấy chứng nhận số này vẫn còn hiệu lực đến hết ngày {until}; hãy yêu cầu xem bản in mới.",  # noqa: E501
        "en": "This is an old print ({print}), superseded by print {current}. The certificate itself is valid to the end of {until}; ask for the new print.",  # noqa: E501
    },
    "unknown": {
        "vi": "Không có giấy chứng nhận nào mang số này. Hãy kiểm tra lại số in trên giấy.",
        "en": "There is no certificate of this number. Check the number printed on it.",
    },
    "not_genuine": {
        "vi": "Mã QR này không phải do cơ quan cấp giấy ký tại đây, hoặc đã bị sửa. Không coi đó là giấy chứng nhận.",
        "en": "This QR code was not signed by an authority known here, or was altered. It proves no certificate.",
    },
}


class Stated(Told):
    """What the certificate says; nothing of it is about a person."""

    authority: str
    product: str
    product_set: str
    province: str
    commune: str
    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    extended_until: date | None
    handed_over_on: date | None
    print_version: int
    replaces: str | None
    replaced_by: str | None
    replaced_on: date | None
    ended_on: date | None
    """The day on which a decision revoked or annulled it."""
    ended_by_decision: str | None


class Verification(Told):
    """The answer to whoever asks, for the day on which they ask."""

    number: str
    validity: Verdict
    asked_on: date
    says: dict[Language, str]
    certificate: Stated | None
    print_version: int | None = None
    """The print that was asked about, when one was."""
    reason: Reason | None = None
    """Why a QR code is not genuine."""


def verify(number: str, certificate: Certificate | None, today: date, print_version: int | None = None) -> Verification:
    """Whether the certificate of this number, or one print of it, is valid ``today``, by its dates alone."""
    if certificate is None:
        return Verification(number=number, validity="unknown", asked_on=today, says=_SAYS["unknown"], certificate=None)
    verdict: Verdict = certificate.on(today)
    if certificate.in_effect(today) and print_version is not None and print_version < certificate.print_version:
        verdict = "superseded_print"
    replaced = certificate.replaced
    ended = certificate.annulled or certificate.revoked
    on = replaced.on if verdict == "replaced" and replaced is not None else ended.on if ended is not None else today
    facts = {
        "by": replaced.number if replaced is not None else "",
        "decision": ended.decision_number if ended is not None else "",
        "print": print_version,
        "current": certificate.print_version,
    }
    says: dict[Language, str] = {
        "vi": _SAYS[verdict]["vi"].format(until=in_figures(certificate.last_day), on=in_figures(on), **facts),
        "en": _SAYS[verdict]["en"].format(until=in_english(certificate.last_day), on=in_english(on), **facts),
    }
    return Verification(
        number=number,
        validity=verdict,
        asked_on=today,
        says=says,
        certificate=_stated(number, certificate, today),
        print_version=print_version,
    )


def not_genuine(reason: Reason, today: date) -> Verification:
    """The answer for a QR code that no issuing authority vouches for."""
    return Verification(
        number="", validity="not_genuine", asked_on=today, says=_SAYS["not_genuine"], certificate=None, reason=reason
    )


def _stated(number: str, certificate: Certificate, today: date) -> Stated:
    subject, given, replaced = certificate.subject, certificate.handed_over, certificate.replaced
    ended = certificate.annulled or certificate.revoked
    return Stated(
        authority=number[:2],
        product=subject.product.name,
        product_set=subject.product_set,
        province=subject.province,
        commune=subject.commune,
        stars=certificate.stars,
        decision_number=certificate.decision_number,
        decided_on=certificate.decided_on,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        extended_until=certificate.last_day if certificate.extended is not None else None,
        handed_over_on=given.on if given is not None else None,
        print_version=certificate.print_version,
        replaces=certificate.replaces,
        replaced_by=replaced.number if replaced is not None else None,
        replaced_on=replaced.on if replaced is not None else None,
        ended_on=ended.on if ended is not None else None,
        ended_by_decision=ended.decision_number if ended is not None else None,
    )

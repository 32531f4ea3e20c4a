"""What anybody may know of a certificate: whether it is valid on the day of the question, and what it says."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import Certificate
from shared.errors import Language

Verdict = Literal["valid", "extended", "expired", "replaced", "revoked", "annulled", "unknown"]

_SAYS: dict[Verdict, dict[Language, str]] = {
    "valid": {
        "vi": "Giấy chứng nhận có hiệu lực đến hết ngày {until}.",
        "en": "This certificate is valid to the end of {until}.",
    },
    "expired": {
        "vi": "Giấy chứng nhận đã hết hiệu lực; ngày cuối cùng còn hiệu lực là {until}.",
        "en": "This certificate has expired; its last valid day was {until}.",
    },
    "replaced": {
        "vi": "Giấy chứng nhận đã được thay bằng giấy số {by} từ ngày {on}.",
        "en": "This certificate was replaced by {by} on {on}.",
    },
    "extended": {
        "vi": "Giấy chứng nhận đã hết thời hạn nhưng được kéo dài hiệu lực đến {extended} trong khi chờ đánh giá lại.",
        "en": "The term of this certificate is over; it is extended until {extended} for its re-evaluation.",
    },
    "revoked": {
        "vi": "Giấy chứng nhận đã bị thu hồi từ ngày {ended_on} theo quyết định {decision}.",
        "en": "This certificate was revoked on {ended_on} by decision {decision}.",
    },
    "annulled": {
        "vi": "Việc công nhận đã bị hủy bỏ ngày {ended_on} theo quyết định {decision}; giấy không có giá trị.",
        "en": "The recognition was annulled on {ended_on} by decision {decision}; this certificate is void.",
    },
    "unknown": {
        "vi": "Không có giấy chứng nhận nào mang số này. Hãy kiểm tra lại số in trên giấy.",
        "en": "There is no certificate of this number. Check the number printed on it.",
    },
}


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


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
    handed_over_on: date | None
    replaces: str | None
    replaced_by: str | None
    replaced_on: date | None
    extended_until: date | None
    ended_on: date | None
    """The day of the decision that revoked or annulled it."""
    print_version: int


class Verification(Told):
    """The answer to whoever asks, for the day on which they ask."""

    number: str
    validity: Verdict
    asked_on: date
    says: dict[Language, str]
    certificate: Stated | None


def verify(number: str, certificate: Certificate | None, today: date) -> Verification:
    """Whether the certificate of this number is valid ``today``, by its dates alone."""
    if certificate is None:
        return Verification(number=number, validity="unknown", asked_on=today, says=_SAYS["unknown"], certificate=None)
    validity = certificate.on(today)
    subject, given, replaced = certificate.subject, certificate.handed_over, certificate.replaced
    ended = certificate.annulled if validity == "annulled" else certificate.revoked
    dates = {
        "until": certificate.valid_until if validity == "valid" else certificate.last_day,
        "extended": certificate.last_day,
        "ended_on": ended.on if ended is not None else "",
        "decision": ended.decision_number if ended is not None else "",
        "by": replaced.number if replaced is not None else "",
        "on": replaced.on if replaced is not None else "",
    }
    return Verification(
        number=number,
        validity=validity,
        asked_on=today,
        says={language: sentence.format(**dates) for language, sentence in _SAYS[validity].items()},
        certificate=Stated(
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
            handed_over_on=given.on if given is not None else None,
            replaces=certificate.replaces,
            replaced_by=replaced.number if replaced is not None else None,
            replaced_on=replaced.on if replaced is not None else None,
            extended_until=certificate.last_day if certificate.extended is not None else None,
            ended_on=ended.on if ended is not None else None,
            print_version=certificate.print_version,
        ),
    )

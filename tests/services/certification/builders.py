"""Builders for the tests of certification: results, recognitions and certificates as they may be."""

from datetime import UTC, date, datetime
from functools import cache

from services.certification.catalogue import Regulations, load
from services.certification.domain.announcement import Announced, announce
from services.certification.domain.certificate import Certificate, Product, Subject
from services.certification.domain.recognition import Announcement, Outcome, Recognition, Reservation, Result
from services.certification.domain.reserving import Claim
from services.certification.domain.rule_set import CaseKind

PROVINCE = "37"
DECIDED = date(2026, 11, 20)
LAST = date(2029, 11, 20)
OPENED = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@cache
def regulations() -> Regulations:
    return load()


def subject(case_kind: CaseKind = "first", **changed: str) -> Subject:
    told = {"dossier_id": "dossier-1", "province": PROVINCE, "owner_id": "owner-1", "commune": "14371"}
    return Subject.model_validate(
        told
        | {"product": Product(id="product-1", name="Rượu nếp"), "product_set": "white-spirit", "case_kind": case_kind}
        | changed
    )


def result(
    evaluation_id: str = "evaluation-1",
    stars: int = 3,
    scored_on: date = date(2026, 11, 1),
    case_kind: CaseKind = "first",
    attempt: int = 1,
) -> Result:
    return Result(
        evaluation_id=evaluation_id,
        attempt=attempt,
        subject=subject(case_kind),
        stars=stars,
        failed_minimums=(),
        rule_set="26-2026",
        scored_on=scored_on,
    )


def recognition(*results: Result, authority: str = PROVINCE) -> Recognition:
    return Recognition(id="recognition-1", authority=authority, product_id="product-1", results=results)


def reservation(decision_id: str = "decision/37/2026/1", attempt: int = 1, opened_at: datetime = OPENED) -> Reservation:
    return Reservation(decision_id=decision_id, attempt=attempt, opened_at=opened_at)


def claim(
    by: Reservation | None = None,
    stars: int | None = 3,
    outcome: Outcome = "recognised",
    evaluation_id: str = "evaluation-1",
    decided_on: date = DECIDED,
) -> Claim:
    return Claim(by or reservation(), decided_on, evaluation_id, outcome, stars)


def certificate(
    valid_until: date = date(2029, 11, 20),
    valid_from: date = DECIDED,
    stars: int = 3,
    number: str = "37-2026-1-001",
) -> Certificate:
    return Certificate(
        number=number,
        evaluation_id="evaluation-0",
        subject=subject(),
        stars=stars,
        rule_set="26-2026",
        decision_number="1/QĐ-UBND",
        decided_on=valid_from,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def said(
    number: str | None = "37-2026-1-001", decided_on: date = DECIDED, decision: str = "decision/37/2026/1"
) -> Announcement:
    outcome: Outcome = "recognised" if number else "not_recognised"
    return Announcement(
        decision_id=decision,
        decision_number="1/QĐ-UBND",
        decided_on=decided_on,
        outcome=outcome,
        stars=3 if number else None,
        certificate_number=number,
    )


def announced(held: Recognition, by: Announcement | None = None) -> Announced:
    return announce(held, "evaluation-1", by or said(), lambda _: LAST)

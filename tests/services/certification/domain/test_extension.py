"""A certificate keeps effect beyond its term until its re-evaluation has an outcome, and ends once."""

from datetime import date, timedelta

import pytest

from services.certification.domain.announcement import announce, settle_filing
from services.certification.domain.certificate import ByDecision, Certificate
from services.certification.domain.extension import Extension
from services.certification.domain.recognition import Announcement, Filing, Recognition
from services.certification.events.certificates import CertificateExpired
from services.certification.timers import ringing, timed
from shared.clock import midnight
from tests.services.certification.builders import certificate, recognition, regulations, result

END = date(2026, 8, 4)
BY = ByDecision(decision_id="act/37/2026/9", decision_number="9/QĐ-UBND", on=date(2026, 7, 1))
CLAUSE = regulations().extension("37", BY.on)
LADDER = regulations().ladder


def held(filed: bool = True, valid_until: date = END) -> Recognition:
    filing = Filing(dossier_id="dossier-1", attempt=1) if filed else None
    old = certificate(number="old", valid_from=date(2023, 8, 4), valid_until=valid_until)
    again = result(case_kind="re_evaluation", stars=2)
    return recognition(again).but(certificates=(old,), filed=filing)


def objection(to: Recognition, on: date = BY.on, clause: Extension | None = CLAUSE) -> str | None:
    assert clause is not None and to.last is not None
    wrong = clause.objection(to, to.last, on)
    return wrong.en if wrong is not None else None


def extended(to: Recognition) -> Recognition:
    assert CLAUSE is not None and to.last is not None
    return timed(to.with_certificate(CLAUSE.done_to(to.last, BY)), LADDER)


def last(of: Recognition) -> Certificate:
    assert of.last is not None
    return of.last


def said(on: date, number: str | None = None) -> Announcement:
    return Announcement(
        decision_id="decision/37/2026/1",
        decision_number="1/QĐ-UBND",
        decided_on=on,
        outcome="recognised" if number else "not_recognised",
        stars=3 if number else None,
        certificate_number=number,
    )


def test_the_clause_serves_who_could_not_meet_the_new_window_and_has_filed() -> None:
    assert objection(held()) is None
    assert "No dossier" in (objection(held(filed=False)) or "")
    assert "latecomer" in (objection(held(valid_until=date(2026, 9, 19))) or "")
    assert objection(held(valid_until=date(2026, 9, 18))) is None


def test_latecomers_are_extended_where_the_switch_says_so() -> None:
    assert CLAUSE is not None
    switched = CLAUSE.model_copy(update={"latecomers": True})

    assert objection(held(valid_until=date(2029, 8, 4)), clause=switched) is None


def test_it_is_decided_before_the_last_day_and_once() -> None:
    assert objection(held(), on=END) is not None
    assert "extended to 2027-01-31" in (objection(extended(held())) or "")


def test_it_lasts_a_hundred_and_eighty_days_at_the_most() -> None:
    over = extended(held())

    days = [last(over).on(END + timedelta(days=after)) for after in (0, 1, 180, 181)]

    assert days == ["valid", "extended", "extended", "expired"]


@pytest.mark.parametrize(
    ("outcome_on", "final"),
    [(date(2026, 7, 20), END), (date(2026, 10, 1), date(2026, 10, 1)), (date(2027, 3, 1), date(2027, 1, 31))],
    ids=["before the end of the term", "during the extension", "after it"],
)
def test_an_outcome_ends_it_on_its_own_day_but_never_the_term_itself(outcome_on: date, final: date) -> None:
    told = announce(extended(held()), "evaluation-1", said(outcome_on), lambda _: END)

    assert (last(told.recognition).last_day, told.recognition.filed) == (final, None)


def test_a_new_certificate_ends_it_on_the_day_of_the_decision() -> None:
    on = date(2026, 10, 1)

    told = announce(extended(held()), "evaluation-1", said(on, "new"), lambda _: date(2029, 10, 1))

    (old,) = told.ended
    assert [old.on(on - timedelta(days=1)), old.on(on)] == ["extended", "replaced"]
    assert told.issued is not None and told.issued.replaces == "old"


def test_a_dossier_taken_back_ends_it_too() -> None:
    over = settle_filing(extended(held()), "dossier-1", date(2026, 9, 1))

    assert last(over).last_day == date(2026, 9, 1)
    assert settle_filing(extended(held()), "dossier-2", date(2026, 9, 1)) == extended(held())


def test_its_end_is_told_once_and_not_before() -> None:
    ring, now = ringing(LADDER), midnight(END + timedelta(days=1))
    over, first = ring(extended(held()), now)

    told = []
    for days in range(1, 400):
        over, facts = ring(over, now + timedelta(days=days))
        told += [(days, fact) for fact in facts]

    assert first == ()
    assert [(days, type(fact)) for days, fact in told] == [(180, CertificateExpired)]


def test_what_has_been_told_as_expired_is_not_extended_any_more() -> None:
    assert CLAUSE is not None
    gone = last(held()).model_copy(update={"expiry_told": True})

    assert CLAUSE.done_to(gone, BY) is gone

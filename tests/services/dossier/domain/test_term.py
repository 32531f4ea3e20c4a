"""Evidence with a term: warned of by the day, each warning once, and anew when the paper is renewed."""

from datetime import date, timedelta

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.evidence import Paper, PaperDetails
from services.dossier.domain.term import next_warning, warned
from services.dossier.timers import ringing, timed
from shared.clock import midnight
from tests.services.dossier.builders import REGULATION, draft

ENDS = date(2028, 2, 29)


def holding(term: date | None = ENDS, **changed: object) -> Dossier:
    details = PaperDetails(kind="production_conditions", valid_until=term)
    return draft().but(papers=(Paper(id="p", details=details),), **changed)


def days_said(dossier: Dossier, since: date, until: date) -> list[int]:
    """The days left in every warning, when the timer rings each day."""
    said, on = [], since
    while on <= until:
        dossier, found = warned(dossier, on)
        said += [each.days_left for each in found]
        on += timedelta(days=1)
    return said


def test_a_paper_is_warned_of_at_each_of_its_days_and_once() -> None:
    assert days_said(holding(), date(2027, 11, 1), date(2028, 4, 1)) == [60, 30, 7, -1]


def test_whoever_is_late_says_only_how_it_is_now() -> None:
    after, found = warned(holding(), ENDS - timedelta(days=5))

    assert [each.days_left for each in found] == [5]
    assert next_warning(after) == ENDS + timedelta(days=1)
    assert warned(after, ENDS - timedelta(days=5)) == (after, [])


def test_a_renewed_paper_begins_anew() -> None:
    after, _ = warned(holding(), ENDS + timedelta(days=1))
    renewed = after.but(papers=holding(ENDS.replace(year=2029, day=28)).papers)

    assert next_warning(after) is None
    assert next_warning(renewed) == date(2028, 12, 30)


def test_a_closed_case_warns_of_nothing_and_a_recognised_product_still_does() -> None:
    assert next_warning(holding(state="withdrawn")) is None
    assert next_warning(holding(None)) is None
    assert next_warning(holding(state="recognised")) == ENDS - timedelta(days=60)


def test_the_timer_says_it_and_is_due_again_on_the_next_day_of_it() -> None:
    dossier = timed(holding(), REGULATION)
    first = midnight(ENDS - timedelta(days=60))

    after, facts = ringing(REGULATION)(dossier, first)

    assert dossier.due == first
    assert [fact.TYPE for fact in facts] == ["vn.ocop.evidence.expiring.v1"]
    assert after.due == midnight(ENDS - timedelta(days=30))

"""The ladder and the end of a certificate, each told once however the timer rings."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.certification.domain.certificate import Replacement
from services.certification.domain.recognition import Recognition
from services.certification.events.certificates import CertificateExpired, CertificateExpiring
from services.certification.timers import ringing, timed
from shared.clock import midnight
from shared.document import Fact
from tests.services.certification.builders import DECIDED, certificate, recognition, regulations

LADDER = regulations().ladder
RING = ringing(LADDER)
STEPS = [step.days for step in LADDER.steps]
LAST = date(2029, 11, 20)
HELD = timed(recognition().but(certificates=(certificate(valid_until=LAST),)), LADDER)
OVER = midnight(LAST + timedelta(days=1))

INSTANTS = st.integers(0, 400 * 24 * 60).map(
    lambda minutes: midnight(LAST) + timedelta(minutes=minutes - 300 * 24 * 60)
)


def rung(held: Recognition, instants: Iterable[datetime]) -> tuple[Recognition, list[Fact]]:
    said: list[Fact] = []
    for now in instants:
        held, facts = RING(held, now)
        said.extend(facts)
    return held, said


def steps(said: Iterable[Fact]) -> list[int]:
    return [fact.step for fact in said if isinstance(fact, CertificateExpiring)]


def test_rung_when_due_every_step_is_said_on_its_day_and_then_the_end() -> None:
    said: list[Fact] = []
    held, rings = HELD, 0
    while held.due is not None:
        held, facts = RING(held, held.due)
        said.extend(facts)
        rings += 1

    assert steps(said) == [240, 180, 150, 135, 125, 120, 30, 7]
    assert [fact.days_left for fact in said if isinstance(fact, CertificateExpiring)] == steps(said)
    assert isinstance(said[-1], CertificateExpired) and rings == len(said) == 9


def test_the_window_opens_and_closes_on_the_days_of_the_example() -> None:
    held = timed(recognition().but(certificates=(certificate(valid_until=date(2026, 12, 28)),)), LADDER)

    on = {days: date(2026, 12, 28) - timedelta(days=days) for days in STEPS}
    _, opens = RING(RING(held, midnight(on[240]))[0], midnight(date(2026, 7, 1)))

    assert (on[180], on[120]) == (date(2026, 7, 1), date(2026, 8, 30))
    assert steps(opens) == [180]


def test_a_certificate_is_valid_to_the_last_instant_of_its_last_day_in_vietnam() -> None:
    held = RING(HELD, midnight(LAST))[0]

    _, before = RING(held, datetime(2029, 11, 20, 16, 59, 59, 999000, tzinfo=UTC))
    _, after = RING(held, datetime(2029, 11, 20, 17, 0, tzinfo=UTC))

    assert before == ()
    assert [type(fact) for fact in after] == [CertificateExpired]


@given(st.lists(INSTANTS, max_size=60))
def test_each_step_is_said_at_most_once_and_the_end_exactly_once_under_any_ring_times(
    instants: list[datetime],
) -> None:
    held, said = rung(HELD, [*instants, OVER, *instants, OVER])

    assert len(set(steps(said))) == len(steps(said))
    assert sum(isinstance(fact, CertificateExpired) for fact in said) == 1
    assert held.due is None


@given(st.lists(INSTANTS, max_size=60).map(sorted))
def test_what_is_said_goes_down_the_ladder_and_never_after_the_end(instants: list[datetime]) -> None:
    _, said = rung(HELD, [*instants, OVER])

    assert steps(said) == sorted(steps(said), reverse=True)
    assert isinstance(said[-1], CertificateExpired)


@given(INSTANTS)
def test_a_late_start_says_only_the_step_nearest_to_the_end(now: datetime) -> None:
    _, said = RING(HELD, now)

    assert len(said) <= 1
    for fact in said:
        if isinstance(fact, CertificateExpiring):
            later = [step for step in STEPS if step < fact.step]
            assert fact.step >= fact.days_left > max(later, default=-1)


def test_the_last_filing_day_is_not_said_a_day_late() -> None:
    _, on_the_day = RING(HELD, midnight(LAST - timedelta(days=120)))
    held, a_day_late = RING(HELD, midnight(LAST - timedelta(days=119)))

    assert steps(on_the_day) == [120]
    assert a_day_late == ()
    assert held.due == midnight(LAST - timedelta(days=30))


def test_expired_is_said_however_late_and_no_step_with_it() -> None:
    held, said = RING(HELD, OVER + timedelta(days=3_000))

    assert [type(fact) for fact in said] == [CertificateExpired]
    assert RING(held, OVER + timedelta(days=3_001))[1] == ()


def test_a_clock_that_goes_back_repeats_nothing() -> None:
    held, _ = RING(HELD, midnight(LAST - timedelta(days=30)))

    assert RING(held, midnight(LAST - timedelta(days=200)))[1] == ()


def test_a_replaced_certificate_says_nothing_more() -> None:
    replaced = certificate(valid_until=LAST).model_copy(update={"replaced": Replacement(number="new", on=DECIDED)})
    held = timed(recognition().but(certificates=(replaced,)), LADDER)

    assert held.due is None
    assert RING(held, OVER)[1] == ()

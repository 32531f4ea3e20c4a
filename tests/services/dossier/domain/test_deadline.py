"""Deadlines: working days around every holiday of Việt Nam, pauses, and reminders that are each said once."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dossier.domain.deadline import (
    CalendarBroken,
    Deadline,
    Pause,
    in_days,
    in_working_days,
    latest_start,
    working_day,
)
from tests.services.dossier.builders import REGULATION

WORKS = REGULATION.works
DAYS = st.dates(date(2026, 5, 22), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("received", "last", "why"),
    [
        (date(2026, 9, 28), date(2026, 10, 19), "an ordinary autumn"),
        (date(2026, 11, 10), date(2026, 12, 2), "24 November, Vietnamese culture's day"),
        (date(2027, 1, 25), date(2027, 2, 22), "Tết of 2027 with the days after it"),
        (date(2027, 4, 12), date(2027, 5, 6), "the Hùng kings, 30 April, and 1 May on a Saturday"),
        (date(2026, 12, 28), date(2027, 1, 19), "the end of the year"),
        (date(2028, 2, 18), date(2028, 3, 10), "29 February"),
        (date(2026, 8, 14), date(2026, 9, 8), "a Monday off, worked on the Saturday before; National Day"),
        (date(2025, 12, 26), date(2026, 1, 19), "2 January moved to Saturday the 10th"),
        (date(2026, 10, 31), date(2026, 11, 20), "received on a Saturday"),
    ],
)
def test_fifteen_working_days(received: date, last: date, why: str) -> None:
    assert working_day(received, 15, WORKS) == last, why


@given(DAYS, st.integers(1, 60))
def test_between_the_start_and_the_last_day_lie_so_many_working_days(since: date, count: int) -> None:
    last = working_day(since, count, WORKS)

    days = [since + timedelta(days=n) for n in range(1, (last - since).days + 1)]
    assert sum(map(WORKS, days)) == count
    assert WORKS(last)


@given(DAYS, st.integers(1, 60))
def test_the_latest_start_is_in_time_and_the_next_working_day_is_not(last: date, count: int) -> None:
    start = latest_start(last, count, WORKS)
    later = working_day(start, 1, WORKS)

    assert WORKS(start)
    assert working_day(start, count, WORKS) <= last < working_day(later, count, WORKS)


def test_days_of_a_pause_do_not_count() -> None:
    asked, answered = date(2026, 9, 30), date(2026, 10, 7)

    paused = working_day(date(2026, 9, 28), 15, WORKS, [Pause(asked, answered)])

    assert paused == working_day(date(2026, 10, 19), 5, WORKS)


def test_a_calendar_without_working_days_is_said_to_be_broken() -> None:
    with pytest.raises(CalendarBroken):
        working_day(date(2026, 9, 28), 1, lambda on: False)
    with pytest.raises(CalendarBroken):
        latest_start(date(2026, 9, 28), 1, lambda on: False)


def test_reminders_fall_on_half_on_four_fifths_and_on_the_last_day() -> None:
    since = date(2026, 9, 28)

    deadline = in_working_days("commune_assessment", "commune", since, 15, WORKS)

    counted = [working_day(since, day, WORKS) for day in (8, 12, 15)]
    assert [deadline.half, deadline.eighty_percent, deadline.last_day] == counted


@given(st.lists(st.integers(0, 80), max_size=30), st.integers(1, 60))
def test_each_step_is_said_once_in_order_and_what_was_missed_always(ticks: list[int], days: int) -> None:
    since = date(2026, 9, 28)
    deadline: Deadline = in_days("rating", "agency", since, since + timedelta(days=days))
    said = []

    for tick in [*sorted(ticks), 81]:
        deadline, step = deadline.reached(since + timedelta(days=tick))
        said += [step] if step else []

    order = ["half", "eighty_percent", "last_day", "missed"]
    assert said == sorted(set(said), key=order.index)
    assert said[-1] == "missed"
    assert deadline.next_day() is None


def test_of_steps_that_are_late_together_only_the_last_is_said() -> None:
    deadline = in_days("rating", "agency", date(2026, 9, 28), date(2026, 10, 8))

    _, step = deadline.reached(date(2026, 10, 8))

    assert step == "last_day"


def test_while_a_deadline_is_paused_nothing_is_said() -> None:
    deadline = in_days("rating", "agency", date(2026, 9, 28), date(2026, 10, 8)).model_copy(update={"paused": True})

    assert deadline.next_day() is None
    assert deadline.reached(date(2027, 1, 1)) == (deadline, None)

"""Deadlines: how working days are counted, when a reminder is due, and what has been said of each."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.dossier.domain.following import Slot

Works = Callable[[date], bool]
"""Whether a day is a working day."""

Duty = Literal["commune_assessment", "supplement", "rating"]
Owing = Literal["commune", "owner", "agency"]
Step = Literal["half", "eighty_percent", "last_day", "missed"]

_SEARCHED = timedelta(days=3_660)
"""A calendar without working days for ten years is broken."""


class CalendarBroken(ValueError):
    """The calendar has too few working days to count on."""


class Pause(NamedTuple):
    """Days that do not count: those after ``since`` up to and with ``until`` (None: still going on)."""

    since: date
    until: date | None

    def covers(self, on: date) -> bool:
        return self.since < on and (self.until is None or on <= self.until)


def working_day(since: date, count: int, works: Works, pauses: Sequence[Pause] = ()) -> date:
    """The ``count``-th working day after ``since``; the day itself is not counted (Civil Code 2015, article 147.1)."""
    on = since
    while count > 0:
        on += timedelta(days=1)
        if on - since > _SEARCHED:
            raise CalendarBroken(f"too few working days after {since}")
        if works(on) and not any(pause.covers(on) for pause in pauses):
            count -= 1
    return on


def latest_start(last_day: date, count: int, works: Works) -> date:
    """The latest working day from which ``count`` working days are over by ``last_day``."""
    on = last_day
    while count > 0:
        if last_day - on > _SEARCHED:
            raise CalendarBroken(f"too few working days before {last_day}")
        if works(on):
            count -= 1
        on -= timedelta(days=1)
    while not works(on):
        on -= timedelta(days=1)
    return on


class Deadline(Slot):
    """A duty of somebody: its last day, the days on which it is reminded of, and what was already said.

    While ``paused`` no day counts, and the dates below are not to be relied on.
    """

    duty: Duty
    owing: Owing
    since: date
    half: date
    eighty_percent: date
    last_day: date
    paused: bool = False
    told: tuple[Step, ...] = ()

    def next_day(self) -> date | None:
        """The day on which the next thing is to be said; None when there is none."""
        if self.paused:
            return None
        return min((on for step, on in self._steps() if step not in self.told), default=None)

    def reached(self, today: date) -> tuple["Deadline", Step | None]:
        """The deadline after ``today``, and what is to be said of it.

        Of several steps whose day has come only the last is said: an earlier one would tell what is no longer so.
        """
        if self.paused:
            return self, None
        come = [step for step, on in self._steps() if on <= today and step not in self.told]
        if not come:
            return self, None
        return self.model_copy(update={"told": (*self.told, *come)}), come[-1]

    def _steps(self) -> tuple[tuple[Step, date], ...]:
        return (
            ("half", self.half),
            ("eighty_percent", self.eighty_percent),
            ("last_day", self.last_day),
            ("missed", self.last_day + timedelta(days=1)),
        )


def in_working_days(
    duty: Duty, owing: Owing, since: date, days: int, works: Works, pauses: Sequence[Pause] = ()
) -> Deadline:
    """A duty of so many working days; a reminder falls on the day on which that part of them is full."""
    half, most, last = (working_day(since, _part(days, percent), works, pauses) for percent in (50, 80, 100))
    return Deadline(duty=duty, owing=owing, since=since, half=half, eighty_percent=most, last_day=last)


def in_days(duty: Duty, owing: Owing, since: date, last_day: date) -> Deadline:
    """A duty of calendar days, from the day after ``since`` to ``last_day``."""
    days = (last_day - since).days
    half, most = (since + timedelta(days=_part(days, percent)) for percent in (50, 80))
    return Deadline(duty=duty, owing=owing, since=since, half=half, eighty_percent=most, last_day=last_day)


def _part(days: int, percent: int) -> int:
    """So many percent of ``days``, rounded up."""
    return -(-days * percent // 100)

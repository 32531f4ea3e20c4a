"""The working days of Việt Nam: the holidays library's calendar, and the days the government has moved besides."""

from collections.abc import Iterable
from datetime import date

import holidays
from pydantic import Field

from services.dossier.domain.deadline import Works
from services.dossier.domain.round import Lenient


class MovedDay(Lenient):
    """A working day that became a day off, and the day off that was worked in its place, if any."""

    off: date
    worked: date | None
    basis: str = Field(min_length=1)


def working_days(moved: Iterable[MovedDay]) -> Works:
    """Monday to Friday without public holidays (Labour Code 2019, article 112), as moved.

    Since 2026 24 November, the day of Vietnamese culture, is among the holidays.
    """
    calendar = holidays.country_holidays("VN")
    days = tuple(moved)
    off = frozenset(each.off for each in days)
    worked = frozenset(each.worked for each in days if each.worked is not None)

    def works(on: date) -> bool:
        return on in worked or (on not in off and calendar.is_working_day(on))

    return works

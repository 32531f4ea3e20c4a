"""Days as messages write them."""

from datetime import date, timedelta

from shared.errors import Language

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def written_day(on: date, language: Language) -> str:
    if language == "vi":
        return f"{on.day:02d}/{on.month:02d}/{on.year}"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def days_before(on: date, days: int) -> date:
    return on - timedelta(days=days)

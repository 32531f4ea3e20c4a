"""What time it is, for the few places that may ask: ``main.py``, ``routes.py`` and ``shared``."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from time import time_ns
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]
"""Gives the present instant in UTC, in whole milliseconds (what MongoDB keeps)."""


def system_clock() -> datetime:
    return _at(time_ns() // 1_000_000)


@lru_cache(maxsize=1)
def _at(millisecond: int) -> datetime:
    # Whatever is asked within one millisecond is one instant, made once.
    return datetime.fromtimestamp(millisecond / 1_000, UTC)


def day(instant: datetime) -> date:
    """The calendar day of ``instant`` in Việt Nam, where every legal day is counted."""
    return instant.astimezone(VIETNAM).date()


def midnight(on: date) -> datetime:
    """The instant at which ``on`` begins in Việt Nam."""
    return datetime(on.year, on.month, on.day, tzinfo=VIETNAM).astimezone(UTC)


class MovedClock:
    """The system clock plus the seconds written in a file, so that every process of a trial moves together.

    An empty or missing file is no move. A real deployment sets no file and uses ``system_clock``.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: int | None = None
        self._moved = timedelta()

    def __call__(self) -> datetime:
        try:
            stamp = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return system_clock()
        if stamp != self._stamp:
            self._moved = timedelta(seconds=float(self._file.read_text() or 0))
            self._stamp = stamp
        return system_clock() + self._moved

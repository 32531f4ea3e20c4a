"""When something that failed is tried again: over three days, later and later, never all at one instant."""

from datetime import timedelta
from zlib import crc32

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
"""The pauses after the first, second … failure; together a little under three days."""
LONGEST_ASKED = timedelta(hours=20)
"""A receiver that asks for more patience (Retry-After) is given no more than this."""


def again_after(id: str, failures: int, asked: timedelta | None = None) -> timedelta | None:
    """The pause after so many failures, at least what the receiver ``asked`` for; None when the schedule is over.

    It is spread by up to a fifth, by the id of what is tried, so that not everything comes back at once.
    """
    if failures > len(SCHEDULE):
        return None
    spread = 800 + crc32(f"{id}|{failures}".encode()) % 400
    pause = SCHEDULE[failures - 1] * spread // 1000
    return max(pause, min(asked, LONGEST_ASKED)) if asked is not None else pause

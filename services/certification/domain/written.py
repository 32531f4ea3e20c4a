"""Days as people write them in Vietnamese and in English."""

from datetime import date

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def in_full(on: date) -> str:
    """As decisions write it: «ngày 05 tháng 08 năm 2026»."""
    return f"ngày {on.day:02d} tháng {on.month:02d} năm {on.year}"


def in_figures(on: date) -> str:
    """As a screen shows it in Vietnamese: «05/08/2026»."""
    return f"{on.day:02d}/{on.month:02d}/{on.year}"


def in_english(on: date) -> str:
    """«5 August 2026», which nobody reads as the eighth of May."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"

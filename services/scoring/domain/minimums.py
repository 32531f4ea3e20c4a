"""How a star minimum is judged when members tick different options: as agreed, by the mean, or by the majority."""

from collections.abc import Mapping, Sequence

from .marks import DOES_NOT_APPLY, NO_OPTION_MET, points_at
from .regulation import StarMinimumPolicy
from .sheet import Sheet
from .stars import agree


def judged(sheet: Sheet, marks: Sequence[str], policy: StarMinimumPolicy, stated: Mapping[str, str | None]) -> str:
    """The council's letter for each criterion with a star minimum, in the order of ``sheet.gated``.

    The law puts the minimum on an option and does not say what counts when members tick different ones, so the
    regulation does. ``agreed`` takes what the council ``stated``; see ``agree`` for what it raises. ``mean`` takes the
    best option the members' mean points reach, ``majority`` the best that more than half of them reach. A minimum is
    always the points of some option, so nothing is lost by naming an option.
    """
    if policy == "agreed":
        return agree(sheet, marks, stated)
    reached = _mean if policy == "mean" else _majority
    return "".join(reached(sheet, place, [letters[place] for letters in marks]) for place in sheet.gated)


def _majority(sheet: Sheet, place: int, letters: Sequence[str]) -> str:
    if _left_out(letters):
        return DOES_NOT_APPLY
    ranked = sorted(letters, key=lambda letter: points_at(sheet, place, letter), reverse=True)
    middle = ranked[len(ranked) // 2]
    return NO_OPTION_MET if middle == DOES_NOT_APPLY else middle


def _mean(sheet: Sheet, place: int, letters: Sequence[str]) -> str:
    if _left_out(letters):
        return DOES_NOT_APPLY
    total = sum(points_at(sheet, place, letter) for letter in letters)
    options = sheet.scored[place].points
    reached = [letter for letter, points in options.items() if points * len(letters) <= total]
    return max(reached, key=lambda letter: options[letter], default=NO_OPTION_MET)


def _left_out(letters: Sequence[str]) -> bool:
    """Whether more than half of the members scored another case, so that this one is not put to the product."""
    return letters.count(DOES_NOT_APPLY) * 2 > len(letters)

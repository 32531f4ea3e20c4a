"""Evidence with a term: its owner is warned before it runs out, at 60, 30 and 7 days and when it has ended."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.evidence import Paper
from services.dossier.domain.machine import CLOSED
from services.dossier.domain.steps import Warned

AHEAD = (60, 30, 7, -1)
"""Days before the last day of a paper; the last of them is the day after it."""


class RunsOut(NamedTuple):
    """A paper of the dossier, and how many of its days are left: less than 0 when it has ended."""

    paper: Paper
    valid_until: date
    days_left: int


def next_warning(dossier: Dossier) -> date | None:
    """The day on which the next paper is to be warned of; None when there is none."""
    return min((on for paper, term in _dated(dossier) for on in _left(dossier, paper, term)), default=None)


def warned(dossier: Dossier, today: date) -> tuple[Dossier, list[RunsOut]]:
    """The dossier after what is to be said today, and what that is.

    Of several warnings of one paper whose day has come only the last is said. A paper with another term begins anew.
    """
    said = {each.paper: each for each in dossier.warned}
    found: list[RunsOut] = []
    for paper, term in _dated(dossier):
        if any(on <= today for on in _left(dossier, paper, term)):
            found.append(RunsOut(paper, term, (term - today).days))
            said[paper.id] = Warned(paper=paper.id, valid_until=term, on=today)
    return (dossier.but(warned=tuple(said.values())), found) if found else (dossier, found)


def _dated(dossier: Dossier) -> Iterator[tuple[Paper, date]]:
    """Papers with a term that still matter: of an open case, and of a product that was recognised."""
    if dossier.state in CLOSED - {"recognised"}:
        return
    for paper in dossier.papers:
        if not paper.dropped and paper.details.valid_until is not None:
            yield paper, paper.details.valid_until


def _left(dossier: Dossier, paper: Paper, term: date) -> list[date]:
    """The days of the warnings that have not been said."""
    last = next((each.on for each in dossier.warned if (each.paper, each.valid_until) == (paper.id, term)), date.min)
    return [on for days in AHEAD if (on := term - timedelta(days=days)) > last]

"""Who owes what by when, as it follows from where a dossier stands."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.dossier.domain.deadline import Deadline, Pause, in_days, in_working_days
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.machine import CLOSED, State
from services.dossier.domain.regulation import Regulation
from services.dossier.domain.steps import Supplement
from services.dossier.domain.submission import full_file_on
from shared.document import CENTRE

WITH_COMMUNE: frozenset[State] = frozenset({"commune_review", "commune_supplement"})
SUPPLEMENTING: frozenset[State] = frozenset({"commune_supplement", "agency_supplement", "council_supplement"})


def owed(dossier: Dossier, regulation: Regulation) -> tuple[Deadline, ...]:
    """The deadlines that run now, each with what was already said of it."""
    held = {(each.duty, each.since): each for each in dossier.deadlines}
    return tuple(
        each.model_copy(update={"told": before.told}) if (before := held.get((each.duty, each.since))) else each
        for each in _running(dossier, regulation)
    )


def _running(dossier: Dossier, regulation: Regulation) -> Iterator[Deadline]:
    if dossier.state in CLOSED:
        return
    if dossier.state in WITH_COMMUNE and dossier.received is not None:
        yield _commune(dossier, regulation)
    if dossier.state in SUPPLEMENTING and (asked := dossier.supplement) is not None:
        # More time is a new deadline, with reminders of its own.
        since = asked.extensions[-1].on if asked.extensions else asked.asked_on
        yield in_days("supplement", "owner", since, asked.until)
    if (rating := _rating(dossier, regulation)) is not None:
        yield rating


def _commune(dossier: Dossier, regulation: Regulation) -> Deadline:
    """15 working days from the receipt (article 7.2), without the days of a pause the province has settled."""
    assert dossier.received is not None
    asked = [
        each
        for each in dossier.supplements
        if each.office == "commune"
        and regulation.settled("pause_while_supplementing", dossier.authority, each.asked_on)
    ]
    pauses = [Pause(each.asked_on, ended) for each in asked if (ended := _ended(each)) is not None]
    days, since = regulation.commune_days, dossier.received.on
    deadline = in_working_days("commune_assessment", "commune", since, days, regulation.works, pauses)
    return deadline.model_copy(update={"paused": any(each.open for each in asked)})


def _rating(dossier: Dossier, regulation: Regulation) -> Deadline | None:
    """The province's rating: 45 days from the full file for a re-evaluation (7.6g), else the round's end (5)."""
    last = dossier.submitted
    if dossier.assessment is None or (last is not None and last.to == CENTRE):
        return None
    if dossier.case_kind == "re_evaluation":
        full = full_file_on(dossier)
        if full is None or dossier.state == "agency_supplement":
            return None
        return in_days("rating", "agency", full, full + timedelta(days=regulation.rating_days))
    letter = dossier.assessment.letter.on
    return in_days("rating", "agency", letter, regulation.rounds.of(dossier.authority, letter).last_rating)


def _ended(supplement: Supplement) -> date | None:
    return supplement.answered_on or supplement.lapsed_on

"""The timer of dossiers: deadlines near and missed, requests for supplements that lapse, papers that run out."""

from collections.abc import Callable
from datetime import date, datetime

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.duties import owed
from services.dossier.domain.regulation import Regulation
from services.dossier.domain.supplement import lapse
from services.dossier.domain.term import next_warning, warned
from services.dossier.events.spoken import DeadlineMissed, DeadlineNear, EvidenceExpiring, SupplementLapsed
from shared.clock import day, midnight
from shared.document import Decision, Fact


def timed(dossier: Dossier, regulation: Regulation) -> Dossier:
    """The dossier with the deadlines that follow from where it stands, due when there is next something to say."""
    deadlines = owed(dossier, regulation)
    if deadlines != dossier.deadlines:
        dossier = dossier.but(deadlines=deadlines)
    coming = (*(each.next_day() for each in deadlines), next_warning(dossier))
    days = [on for on in coming if on is not None]
    due = midnight(min(days)) if days else None
    return dossier if dossier.due == due else dossier.but(due=due)


def ringing(regulation: Regulation) -> Callable[[Dossier, datetime], Decision[Dossier]]:
    """The rule of the timer: however often and however late it rings, each thing is said at most once.

    A request for supplements lapses on the day after its date; the other deadlines are only told of, because a duty
    that is done late is still done.
    """

    def ring(dossier: Dossier, now: datetime) -> Decision[Dossier]:
        today = day(now)
        facts: list[Fact] = []
        lapsed = lapse(dossier, today)
        if lapsed is not dossier:
            facts.append(SupplementLapsed.of(lapsed, next(each for each in dossier.supplements if each.open)))
        after, said = _reminded(timed(lapsed, regulation), today)
        after, ending = warned(after, today)
        return timed(after, regulation), (*facts, *said, *(EvidenceExpiring.of(after, each) for each in ending))

    return ring


def _reminded(dossier: Dossier, today: date) -> Decision[Dossier]:
    """The dossier with every step that has come marked as said, and the facts that say it."""
    deadlines, facts = [], list[Fact]()
    for deadline in dossier.deadlines:
        reached, step = deadline.reached(today)
        deadlines.append(reached)
        if step == "missed":
            facts.append(DeadlineMissed.of(dossier, reached))
        elif step is not None:
            facts.append(DeadlineNear.of(dossier, reached, step, today))
    return dossier.but(deadlines=tuple(deadlines)), facts

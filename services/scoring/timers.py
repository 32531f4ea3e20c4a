"""The timer of evaluations: on the day after the last one for the whole rating it is said that it has passed."""

from datetime import datetime, timedelta

from services.scoring.domain.evaluation import Evaluation
from services.scoring.events.spoken import RatingOverdue
from shared.clock import day, midnight
from shared.document import Decision


def timed(evaluation: Evaluation) -> Evaluation:
    """The evaluation, due when its last day for rating will have passed and nobody has said so."""
    rate_by = evaluation.basis.rate_by
    waits = evaluation.state == "open" and rate_by is not None and evaluation.overdue_said != rate_by
    due = midnight(rate_by + timedelta(days=1)) if waits and rate_by is not None else None
    return evaluation if evaluation.due == due else evaluation.but(due=due)


def ring(evaluation: Evaluation, now: datetime) -> Decision[Evaluation]:
    """However often and however late it rings, a day that has passed is said once (Decision 26/2026, article 7.6g).

    What has ended meanwhile was rated or given up, and nothing is said of it.
    """
    rate_by = evaluation.basis.rate_by
    if evaluation.state != "open" or rate_by is None or day(now) <= rate_by or evaluation.overdue_said == rate_by:
        return timed(evaluation), ()
    after = timed(evaluation.but(overdue_said=rate_by))
    return after, (RatingOverdue.of(after, rate_by),)

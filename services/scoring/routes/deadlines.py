"""Deadlines over HTTP: by when what is still open has to be rated, and what is overdue."""

from datetime import date
from typing import Annotated

from fastapi import Query

from services.scoring.domain.evaluation import Evaluation, Product
from services.scoring.routes.asking import COUNCIL
from services.scoring.store import Evaluations
from shared.clock import Clock, day
from shared.http import Router, Told
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page


class RatingDeadline(Told):
    """The last day for rating a product; `days` are those left, less than 0 when it is overdue."""

    evaluation: str
    product: Product
    phase: str
    session: str | None
    rate_by: date
    days: int

    @classmethod
    def of(cls, evaluation: Evaluation, today: date) -> "RatingDeadline":
        rate_by = evaluation.basis.rate_by
        assert rate_by is not None
        return cls(
            evaluation=evaluation.id,
            product=evaluation.case.product,
            phase=evaluation.phase,
            session=None if evaluation.sitting is None else evaluation.sitting.session_id,
            rate_by=rate_by,
            days=(rate_by - today).days,
        )


def routes(evaluations: Evaluations, clock: Clock) -> Router:
    router = Router(tags=["evaluations"])

    @router.get("/deadlines")
    async def list_deadlines(
        caller: Annotated[Caller, allow(*COUNCIL, "agency")],
        overdue: Annotated[bool, Query(description="Only what is past its last day.")] = False,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[RatingDeadline]:
        """What is still open and has a last day for the whole rating, as re-evaluations have, in a fixed order."""
        today = day(clock())
        where = {"state": "open", "basis.rate_by": {"$lt": today.isoformat()} if overdue else {"$gt": ""}}
        found = await evaluations.find({**caller.within, **where}, after=after, limit=limit)
        return Page.of((RatingDeadline.of(one, today) for one in found.items), found.next)

    return router

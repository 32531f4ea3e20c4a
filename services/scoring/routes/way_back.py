"""The way back from the centre over HTTP: what came back to a province, and its own rating of it."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from services.scoring.domain.evaluation import Product
from services.scoring.domain.stars import Average
from services.scoring.domain.way_back import CentralResult, Returned, own_evaluation, rate_itself
from services.scoring.events.spoken import EvaluationOpened
from services.scoring.routes.asking import CONCLUDING, InPath
from services.scoring.store import Evaluations, ReturnedDossiers
from services.scoring.timers import timed
from shared.command import Command
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page


class ReturnedView(Told):
    """A dossier that was before the central council, with its result, and what the province has made of it."""

    id: str
    dossier_id: str
    product: Product
    central_evaluation: str
    average: str
    stars: int
    finalised_at: datetime
    rated_as: str | None

    @classmethod
    def of(cls, returned: Returned, central: CentralResult) -> "ReturnedView":
        return cls(
            id=returned.id,
            dossier_id=returned.dossier_id,
            product=central.case.product,
            central_evaluation=central.evaluation,
            average=str(Average(total=central.total, count=central.count)),
            stars=central.stars,
            finalised_at=central.at,
            rated_as=returned.rated_as,
        )


class RatingItself(Asked):
    """Nothing is to be said beside it: the file and the rules are those the centre had."""


class OwnRating(Told):
    """The evaluation that is open before the province's council."""

    evaluation: str

    @classmethod
    def of(cls, returned: Returned) -> "OwnRating":
        return cls(evaluation=returned.own_rating)


def routes(returned: ReturnedDossiers, evaluations: Evaluations) -> Router:
    router = Router(tags=["evaluations"])

    @router.get("/returned")
    async def list_returned(
        caller: Annotated[Caller, allow(*CONCLUDING, "agency")], after: After = None, limit: Limit = 50
    ) -> Page[ReturnedView]:
        """The products of the caller's province that the central council has rated below 5 stars, in a fixed order."""
        where = {**caller.within, "central.stars": {"$lt": 5}, "withdrawn_at": None}
        found = await returned.find(where, after=after, limit=limit)
        views = [ReturnedView.of(one, one.central) for one in found.items if one.central is not None]
        return Page.of(views, found.next)

    @router.post("/returned/{id}/rating", status_code=201)
    async def rate_returned(
        id: InPath,
        rating: RatingItself,
        caller: Annotated[Caller, allow("agency")],
        command: Annotated[Command, Depends(command)],
    ) -> OwnRating:
        """Let the province's own council rate what came back, instead of recognising it on the central result."""
        saved = await returned.change(
            id, lambda held: (rate_itself(held), ()), command=command, answer=OwnRating.of, within=caller.within
        )
        new = timed(own_evaluation(saved.document))
        # Both writes may be repeated: whoever comes after a crash between them opens what is not open yet.
        await evaluations.add(new, EvaluationOpened.of(new))
        return OwnRating.model_validate(saved.answer)

    return router

"""Other awards over HTTP."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends
from pydantic import Field

from services.certification.domain.award import Award
from services.certification.routes.forms import NotYet
from services.certification.store import Awards
from shared.clock import Clock, day
from shared.command import Command
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class AwardAsked(Asked):
    """A title given beside the stars."""

    title: Annotated[str, Text(300)]
    issuer: Annotated[str, Text(200)]
    document: Annotated[str, Text(100)]
    awarded_on: date
    product_id: Id | None = None
    owner_id: Id | None = None


class AwardView(Told):
    id: str
    title: str
    issuer: str
    document: str
    awarded_on: date
    product_id: str | None
    owner_id: str | None

    @classmethod
    def of(cls, award: Award) -> Self:
        return cls(**award.model_dump(include=set(cls.model_fields)))


def award_routes(awards: Awards, clock: Clock) -> Router:
    router = Router(tags=["awards"])

    @router.post("/awards", status_code=201)
    async def record_award(
        asked: AwardAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> AwardView:
        """Record an award that is not a star certificate."""
        if asked.awarded_on > (today := day(clock())):
            raise NotYet(on=asked.awarded_on, today=today)
        award = Award(id=f"award-{command.id}", authority=caller.authority, **asked.model_dump())
        return AwardView.of((await awards.add(award, command=command)).document)

    @router.get("/awards")
    async def list_awards(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[AwardView]:
        """The awards the caller's authority has recorded, in a fixed order."""
        found = await awards.find(dict(caller.within), after=after, limit=limit)
        return Page.of((AwardView.of(one) for one in found.items), found.next)

    return router

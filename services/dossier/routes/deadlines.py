"""Deadlines, rounds and registers over HTTP: what is owed and overdue, until when lodging is safe, numbers given."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, StringConstraints

from services.dossier.domain.deadline import Deadline, Duty, Owing
from services.dossier.domain.dossier import KNOWING
from services.dossier.domain.machine import State
from services.dossier.domain.number import SeriesKind, series_id
from services.dossier.domain.round import Round, last_safe_lodging
from services.dossier.routes.moving import Moving
from shared.errors import NotFound
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page

ROUNDS_SHOWN = 4


class DeadlineView(BaseModel):
    """A duty that runs, or has run out; ``days`` are those left, less than 0 when it is overdue."""

    duty: Duty
    owing: Owing
    since: date
    last_day: date
    paused: bool
    days: int


class DossierDeadlines(BaseModel):
    """What is owed for one dossier."""

    id: str
    product_name: str
    commune: str
    state: State
    deadlines: list[DeadlineView]


class RoundView(Round):
    """A round, with the last day on which lodging leaves the commune all its working days."""

    last_safe_lodging: date


class Rounds(BaseModel):
    """The rounds to come, the nearest first. Re-evaluations wait for none."""

    items: list[RoundView]


class Registered(BaseModel):
    """One number of a series, and whom it was given to."""

    number: int
    dossier_id: str
    given_on: date


class Register(BaseModel):
    """A series whole: every number is there, also one whose dossier did not go on."""

    series: SeriesKind
    commune: str | None
    year: int
    items: list[Registered]


def routes(moving: Moving) -> Router:
    router = Router(tags=["deadlines"])

    @router.get("/deadlines")
    async def list_deadlines(
        caller: Annotated[Caller, allow("commune_officer", "agency", "chair", "observer", stage="lodging")],
        overdue: Annotated[bool, Query(description="Only what is past its last day.")] = False,
        duty: Annotated[Duty | None, Query(description="Only this duty.")] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[DossierDeadlines]:
        today = moving.today

        def wanted(deadline: Deadline) -> bool:
            late = today > deadline.last_day and not deadline.paused
            return (late or not overdue) and duty in (None, deadline.duty)

        bound = {"$lt": today.isoformat()} if overdue else {"$gt": ""}
        where = {**caller.within, "deadlines.last_day": bound}
        if duty is not None:
            where["deadlines.duty"] = duty
        page = await moving.dossiers.find(where, after=after, limit=limit)
        known = caller.role in KNOWING
        found = [(each, list(filter(wanted, each.deadlines))) for each in page.items]
        return Page[DossierDeadlines].of(
            (
                DossierDeadlines(
                    id=each.id,
                    product_name=each.product_name,
                    commune=each.commune,
                    state=each.state if known else each.told,
                    deadlines=[
                        DeadlineView(
                            days=(deadline.last_day - today).days,
                            **deadline.model_dump(include=set(DeadlineView.model_fields)),
                        )
                        for deadline in deadlines
                    ],
                )
                for each, deadlines in found
                if deadlines
            ),
            page.next,
        )

    @router.get("/rounds")
    async def list_rounds(
        caller: Annotated[
            Caller, allow("owner", "commune_officer", "agency", "chair", "observer", stage=("lodging", "deciding"))
        ],
    ) -> Rounds:
        regulation = moving.regulation
        coming = regulation.rounds.coming(caller.authority, moving.today, ROUNDS_SHOWN)
        return Rounds(
            items=[
                RoundView(
                    **each.model_dump(),
                    last_safe_lodging=last_safe_lodging(each, regulation.commune_days, regulation.works),
                )
                for each in coming
            ]
        )

    @router.get("/registers/{series}")
    async def read_register(
        series: SeriesKind,
        caller: Annotated[Caller, allow("commune_officer", "agency", "observer", stage="lodging")],
        year: Annotated[int | None, Query(ge=2000, le=2100, description="This year when not named.")] = None,
        commune: Annotated[
            Annotated[str, StringConstraints(pattern="^[0-9]{5}$")] | None,
            Query(description="The commune's own series; without it the province's."),
        ] = None,
    ) -> Register:
        of_year, own = year or moving.today.year, caller.appointment.commune
        id = series_id(series, caller.authority, commune, of_year)
        if own is not None and commune != own:
            raise NotFound(what=id)
        held = await moving.numbers.get(id, caller.within)
        return Register(
            series=series,
            commune=commune,
            year=of_year,
            items=[Registered(number=each.number, dossier_id=id, given_on=each.on) for id, each in held.given.items()],
        )

    return router

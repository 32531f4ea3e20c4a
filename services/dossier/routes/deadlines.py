"""Deadlines, rounds and registers over HTTP: what is owed and overdue, until when lodging is safe, numbers given."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints

from services.dossier.domain.deadline import Duty, Owing
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.machine import State
from services.dossier.domain.number import SeriesKind, series_id
from services.dossier.domain.round import Round, last_safe_lodging
from services.dossier.routes.exports import SENT, whole, workbook
from services.dossier.routes.moving import Moving
from services.dossier.routes.reach import narrowed
from shared.errors import NotFound
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page

ROUNDS_SHOWN = 4

Overdue = Annotated[bool, Query(description="Only what is past its last day.")]
OfDuty = Annotated[Duty | None, Query(description="Only this duty.")]
OfYear = Annotated[int | None, Query(ge=2000, le=2100, description="This year when not named.")]
OfCommune = Annotated[
    Annotated[str, StringConstraints(pattern="^[0-9]{5}$")] | None,
    Query(description="The series of a commune, or of one merged into it; without it the province's."),
]

_OVERSEEING = allow("commune_officer", "agency", "chair", "observer", stage="lodging")
_PLANNING = allow("owner", "commune_officer", "agency", "chair", "observer", stage=("lodging", "deciding"))
_REGISTERING = allow("commune_officer", "agency", "observer", stage="lodging")
_DEADLINE_HEAD = ("Sản phẩm", "Xã", "Trạng thái", "Việc", "Bên có trách nhiệm", "Ngày cuối", "Còn (ngày)", "Mã hồ sơ")
_ROUND_HEAD = ("Đợt", "Nộp chậm nhất", "Đề nghị chậm nhất", "Đánh giá xong trước hết ngày", "Quy chế", "Kế hoạch")
_REGISTER_HEAD = ("Số", "Ngày cấp", "Sản phẩm", "Mã hồ sơ")


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

    def shown(caller: Caller, found: Iterable[Dossier], overdue: bool, duty: Duty | None) -> Iterator[DossierDeadlines]:
        """The dossiers with those of their deadlines that were asked for; one without any is left out."""
        today = moving.today
        for each in found:
            wanted = [
                DeadlineView(
                    days=(deadline.last_day - today).days,
                    **deadline.model_dump(include=set(DeadlineView.model_fields)),
                )
                for deadline in each.deadlines
                if ((today > deadline.last_day and not deadline.paused) or not overdue)
                and duty in (None, deadline.duty)
            ]
            if wanted:
                yield DossierDeadlines(
                    id=each.id,
                    product_name=each.product_name,
                    commune=each.commune,
                    state=each.state_for(caller.role),
                    deadlines=wanted,
                )

    def asked(caller: Caller, overdue: bool, duty: Duty | None) -> dict[str, Any]:
        bound = {"$lt": moving.today.isoformat()} if overdue else {"$gt": ""}
        return {**narrowed(caller, **{"deadlines.duty": duty}), "deadlines.last_day": bound}

    @router.get("/deadlines")
    async def list_deadlines(
        caller: Annotated[Caller, _OVERSEEING],
        overdue: Overdue = False,
        duty: OfDuty = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[DossierDeadlines]:
        page = await moving.dossiers.listed("product_name", asked(caller, overdue, duty), after=after, limit=limit)
        return Page[DossierDeadlines].of(shown(caller, page.items, overdue, duty), page.next)

    @router.get("/deadlines.xlsx", response_class=Response, responses=SENT)
    async def export_deadlines(
        caller: Annotated[Caller, _OVERSEEING], overdue: Overdue = False, duty: OfDuty = None
    ) -> Response:
        found = await whole(moving.dossiers, "product_name", asked(caller, overdue, duty))
        rows = [
            (each.product_name, each.commune, each.state, one.duty, one.owing, one.last_day, one.days, each.id)
            for each in shown(caller, found, overdue, duty)
            for one in each.deadlines
        ]
        return await workbook("thoi-han", "Thời hạn", _DEADLINE_HEAD, rows)

    def coming(caller: Caller) -> list[RoundView]:
        regulation = moving.regulation
        return [
            RoundView(
                **each.model_dump(),
                last_safe_lodging=last_safe_lodging(each, regulation.commune_days, regulation.works),
            )
            for each in regulation.rounds.coming(caller.authority, moving.today, ROUNDS_SHOWN)
        ]

    @router.get("/rounds")
    async def list_rounds(caller: Annotated[Caller, _PLANNING]) -> Rounds:
        return Rounds(items=coming(caller))

    @router.get("/rounds.xlsx", response_class=Response, responses=SENT)
    async def export_rounds(caller: Annotated[Caller, _PLANNING]) -> Response:
        rows = [
            (each.key, each.last_safe_lodging, each.last_proposal, each.last_rating, each.regulation, each.plan)
            for each in coming(caller)
        ]
        return await workbook("dot-danh-gia", "Đợt đánh giá", _ROUND_HEAD, rows)

    async def register(series: SeriesKind, caller: Caller, year: int | None, commune: str | None) -> Register:
        of_year, own = year or moving.today.year, caller.appointment.commune
        id = series_id(series, caller.authority, commune, of_year)
        if own is not None and commune not in moving.regulation.places.before(own, moving.today):
            raise NotFound(what=id)
        held = await moving.numbers.get(id, {"authority": caller.authority})
        return Register(
            series=series,
            commune=commune,
            year=of_year,
            items=[Registered(number=each.number, dossier_id=id, given_on=each.on) for id, each in held.given.items()],
        )

    @router.get("/registers/{series}.xlsx", response_class=Response, responses=SENT)
    async def export_register(
        series: SeriesKind, caller: Annotated[Caller, _REGISTERING], year: OfYear = None, commune: OfCommune = None
    ) -> Response:
        held = await register(series, caller, year, commune)
        names = await moving.dossiers.names([each.dossier_id for each in held.items])
        rows = [(each.number, each.given_on, names.get(each.dossier_id), each.dossier_id) for each in held.items]
        return await workbook(f"so-{series}-{held.year}", "Sổ", _REGISTER_HEAD, rows)

    @router.get("/registers/{series}")
    async def read_register(
        series: SeriesKind, caller: Annotated[Caller, _REGISTERING], year: OfYear = None, commune: OfCommune = None
    ) -> Register:
        return await register(series, caller, year, commune)

    return router

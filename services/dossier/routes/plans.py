"""Plans over HTTP: made by the agency in versions, and compared with what was recognised, when asked."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Query
from pydantic import Field, model_validator

from services.dossier.domain.owner import Commune
from services.dossier.domain.plan import Attained, Plan, PlanVersion, Target, amended, attainment, planned
from services.dossier.domain.product import CaseKind
from services.dossier.routes.exports import Chosen, Listing, Row
from services.dossier.store import Dossiers, Plans
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import Page
from shared.text import Text
from shared.validation import flaw_in_value

_HEAD = (
    "Cơ quan ban hành",
    "Từ năm",
    "Đến năm",
    "Số kế hoạch",
    "Ngày",
    "Loại hồ sơ",
    "Từ số sao",
    "Xã",
    "Chỉ tiêu",
    "Mã kế hoạch",
)

Year = Annotated[int, Field(strict=True, ge=2018, le=2100)]

_READING = allow("agency", "commune_officer", "chair", "observer", stage=("lodging", "deciding"))


class NewTarget(Asked):
    """So many products; of one kind of case, with at least so many stars, in one commune, where that is said."""

    products: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    case_kind: CaseKind | None = None
    stars: Annotated[int, Field(strict=True, ge=3, le=5)] | None = None
    commune: Commune | None = None


class NewPlanVersion(Asked):
    """The targets as one document sets them out."""

    number: Annotated[str, Text(60)]
    issued_on: date
    targets: Annotated[tuple[NewTarget, ...], Field(min_length=1, max_length=500)]

    def version(self) -> PlanVersion:
        return PlanVersion(
            number=self.number,
            issued_on=self.issued_on,
            targets=tuple(Target(**each.model_dump()) for each in self.targets),
        )


class NewPlan(NewPlanVersion):
    """A plan for one year, or for several."""

    issuer: Annotated[str, Text(200)]
    first_year: Year
    last_year: Year

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last_year < self.first_year:
            raise flaw_in_value("years", "Năm cuối không được trước năm đầu.", "The last year is not before the first.")
        return self


class PlanReceipt(Told):
    """The plan as it now stands; ``version`` counts from 1."""

    id: str
    version: int

    @classmethod
    def of(cls, plan: Plan) -> "PlanReceipt":
        return cls(id=plan.id, version=len(plan.versions))


class PlanView(Told):
    """A plan with all its versions, the last one in force."""

    id: str
    issuer: str
    first_year: int
    last_year: int
    versions: list[PlanVersion]

    @classmethod
    def of(cls, plan: Plan) -> "PlanView":
        return cls(**plan.model_dump(include=set(cls.model_fields)))


class Attainment(Told):
    """The targets of the version in force, each with how much of it is reached today."""

    id: str
    number: str
    issued_on: date
    targets: list[Attained]


def routes(plans: Plans, dossiers: Dossiers, clock: Clock) -> Router:
    router = Router(prefix="/plans", tags=["plans"])

    @router.post("", status_code=201)
    async def make_plan(
        new: NewPlan,
        caller: Annotated[Caller, allow("agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> PlanReceipt:
        plan = Plan(
            id=command.id,
            authority=caller.authority,
            issuer=new.issuer,
            first_year=new.first_year,
            last_year=new.last_year,
            versions=(new.version(),),
        )
        saved = await plans.add(planned(plan, day(clock())), command=command, answer=PlanReceipt.of)
        return PlanReceipt.model_validate(saved.answer)

    @router.post("/{id}/versions", status_code=201)
    async def amend_plan(
        id: str,
        new: NewPlanVersion,
        caller: Annotated[Caller, allow("agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> PlanReceipt:
        version, today = new.version(), day(clock())

        def decide(plan: Plan) -> Decision[Plan]:
            return amended(plan, version, today), ()

        saved = await plans.change(id, decide, command=command, answer=PlanReceipt.of, within=_province(caller))
        return PlanReceipt.model_validate(saved.answer)

    def chosen(
        caller: Annotated[Caller, _READING],
        year: Annotated[int | None, Query(ge=2018, le=2100, description="Only plans that cover this year.")] = None,
    ) -> Chosen:
        covers = {} if year is None else {"first_year": {"$lte": year}, "last_year": {"$gte": year}}
        return Chosen(caller, {**_province(caller), **covers})

    Listing(
        of=plans,
        by="issuer",
        page=Page[PlanView],
        view=lambda plan, caller: PlanView.of(plan),
        file="ke-hoach",
        title="Kế hoạch",
        head=_HEAD,
        rows=_rows,
    ).offer(router, "", ("list_plans", "export_plans"), chosen)

    @router.get("/{id}/attainment")
    async def compare_plan(id: str, caller: Annotated[Caller, _READING]) -> Attainment:
        """Counted are cases of the plan's years, by the year of their round, whenever they were decided."""
        plan = await plans.get(id, _province(caller))
        found = await dossiers.recognitions(plan.authority, plan.first_year, plan.last_year)
        version = plan.in_force
        return Attainment(
            id=plan.id,
            number=version.number,
            issued_on=version.issued_on,
            targets=list(attainment(version, found)),
        )

    return router


async def _rows(found: Sequence[Plan], caller: Caller) -> list[Row]:
    """A line for each target of the version in force."""
    return [
        (
            plan.issuer,
            plan.first_year,
            plan.last_year,
            plan.in_force.number,
            plan.in_force.issued_on,
            target.case_kind,
            target.stars,
            target.commune,
            target.products,
            plan.id,
        )
        for plan in found
        for target in plan.in_force.targets
    ]


def _province(caller: Caller) -> dict[str, str]:
    """A plan is the whole province's; whoever works in one commune reads it too."""
    return {"authority": caller.authority}

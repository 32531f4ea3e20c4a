"""Plans: what an office has set out to reach in a year or in several, and how much of it is reached."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.dossier.domain.following import Slot
from services.dossier.domain.owner import Commune
from services.dossier.domain.product import CaseKind
from shared.document import Document
from shared.errors import Refusal

MOST_PLAN_VERSIONS = 20


class PlanMisdated(Refusal):
    status = 422
    vi = "Bản sửa đổi của kế hoạch phải ghi ngày từ {after} đến {today}."
    en = "A version of the plan is dated from {after} to {today}."


class TooManyPlanVersions(Refusal):
    vi = "Kế hoạch đã có {most} bản, là mức cao nhất. Hãy lập kế hoạch mới."
    en = "The plan has {most} versions, the most there can be. Make a new one."


class Target(Slot):
    """So many products; of one kind of case, with at least so many stars, in one commune, where that is said."""

    products: int
    case_kind: CaseKind | None = None
    stars: int | None = None
    commune: Commune | None = None


class PlanVersion(Slot):
    """The plan as one document set it out."""

    number: str
    issued_on: date
    targets: tuple[Target, ...]


class Plan(Document):
    """A plan of ``issuer`` for the years from ``first_year`` to ``last_year``; its last version is in force."""

    issuer: str
    first_year: int
    last_year: int
    versions: tuple[PlanVersion, ...]

    @property
    def in_force(self) -> PlanVersion:
        return self.versions[-1]


class Recognition(NamedTuple):
    """A product recognised in a case of one of the plan's years."""

    product_id: str
    case_kind: str
    stars: int
    commune: str


class Attained(Slot):
    """A target, how many products reached it, and that as an exact share: ``percent`` is rounded to one decimal."""

    target: Target
    reached: int
    percent: str


def amended(plan: Plan, version: PlanVersion, today: date) -> Plan:
    """The plan with a version that takes the place of the last. Raises ``PlanMisdated`` or ``TooManyPlanVersions``."""
    if len(plan.versions) >= MOST_PLAN_VERSIONS:
        raise TooManyPlanVersions(most=MOST_PLAN_VERSIONS)
    _dated(version, plan.in_force.issued_on, today)
    return plan.but(versions=(*plan.versions, version))


def planned(plan: Plan, today: date) -> Plan:
    """The plan, new. Raises ``PlanMisdated`` for a document of a day that has not come."""
    _dated(plan.in_force, date.min, today)
    return plan


def attainment(version: PlanVersion, recognitions: Iterable[Recognition]) -> tuple[Attained, ...]:
    """How much of each target is reached; a product counts once, whatever number of cases it had."""
    reached = tuple(recognitions)
    counted = []
    for target in version.targets:
        products = {each.product_id for each in reached if _counts(each, target)}
        counted.append(Attained(target=target, reached=len(products), percent=percent(len(products), target.products)))
    return tuple(counted)


def percent(reached: int, target: int) -> str:
    """``reached`` of ``target`` in percent, computed in whole numbers and rounded half up to one decimal: 66.7."""
    tenths = (2_000 * reached + target) // (2 * target)
    return f"{tenths // 10}.{tenths % 10}"


def _counts(each: Recognition, target: Target) -> bool:
    return (
        target.case_kind in (None, each.case_kind)
        and target.commune in (None, each.commune)
        and each.stars >= (target.stars or 0)
    )


def _dated(version: PlanVersion, after: date, today: date) -> None:
    if not after <= version.issued_on <= today:
        raise PlanMisdated(after=after, today=today)

"""The funnel over HTTP: how many products of how many owners got how far, counted when asked."""

from collections.abc import Mapping
from typing import Annotated, get_args

from fastapi import Query
from pydantic import BaseModel

from services.dossier.catalogue import ProductSets
from services.dossier.domain.funnel import Row, Steps
from services.dossier.domain.product import CaseKind
from services.dossier.store import Dossiers, Products, YearRegistrations
from shared.errors import Language
from shared.http import Router
from shared.identity import Caller, allow


class OfSet(BaseModel):
    """The steps of one product set."""

    product_set: str
    name: Mapping[Language, str]
    steps: Steps


class OfKind(BaseModel):
    """The steps of one kind of case; registered are those with a dossier of that kind, or registered as such."""

    case_kind: CaseKind
    steps: Steps


class Funnel(BaseModel):
    """All products within the caller's reach, then by set (those that have any) and by kind of case."""

    total: Steps
    product_sets: list[OfSet]
    case_kinds: list[OfKind]


def routes(
    products: Products, dossiers: Dossiers, registrations: YearRegistrations, product_sets: ProductSets
) -> Router:
    router = Router(tags=["funnel"])

    @router.get("/funnel")
    async def count_funnel(
        caller: Annotated[Caller, allow("agency", "commune_officer", "chair", "observer", "operator")],
        year: Annotated[
            int | None, Query(ge=2000, le=2100, description="Only what was registered for this year, and its cases.")
        ] = None,
    ) -> Funnel:
        """Without a year: every registered product, whenever. With one: every product registered for that year."""
        of_year = caller.within if year is None else {**caller.within, "year": year}
        fields = Row._fields
        if year is None:
            registered = [Row(*found) for found, _ in await products.tally(of_year, ("_id", *fields[1:3]))]
            by_kind: list[Row] = []
        else:
            wanted = {**of_year, "answer": "register"}
            registered = by_kind = [Row(*found) for found, _ in await registrations.tally(wanted, fields[:4])]
        cases = [Row(*found) for found, _ in await dossiers.tally(of_year, fields)]
        rows = registered + cases
        present = {row.product_set for row in rows}
        return Funnel(
            total=Steps.of(rows),
            product_sets=[
                OfSet(
                    product_set=each.set,
                    name=each.name,
                    steps=Steps.of([row for row in rows if row.product_set == each.set]),
                )
                for each in product_sets
                if each.set in present
            ],
            case_kinds=[
                OfKind(case_kind=kind, steps=Steps.of([row for row in by_kind + cases if row.case_kind == kind]))
                for kind in get_args(CaseKind)
            ],
        )

    return router

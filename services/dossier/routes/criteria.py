"""The criteria of a product set over HTTP: what they ask, and what a file still lacks by them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from services.dossier.catalogue import ProductSet, ProductSets
from services.dossier.domain.completeness import Completeness, completeness
from services.dossier.domain.evidence import CriterionUnknown
from services.dossier.domain.guidance import Guidance, guidance_key, guided
from services.dossier.domain.self_score import Likely, likely
from services.dossier.domain.sheet import Criterion
from services.dossier.routes.reach import CONSULTANT, Reach
from services.dossier.store import Dossiers, Guidances
from shared.clock import day
from shared.command import Command
from shared.document import Decision
from shared.errors import Language
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text

Wording = Mapping[Language, str]


class OptionView(BaseModel):
    """One line that can be marked."""

    key: str
    points: int
    text: Wording


class CriterionView(BaseModel):
    """One criterion, with the least points for each star and the province's own guidance."""

    key: str
    part: str
    name: Wording
    explanation: Wording | None
    max_points: int
    star_minimums: Mapping[int, int]
    commune_assessed: bool
    options: list[OptionView]
    guidance: str | None


class CriteriaView(BaseModel):
    """The sheet of a set, criterion by criterion, in the order it is printed."""

    product_set: str
    name: Wording
    rule_set: str
    samples: int
    criteria: list[CriterionView]


class NewGuidance(Asked):
    """What the province says to a criterion; null takes it away."""

    text: Annotated[str, Text(2000, lines=True)] | None


class GuidanceReceipt(BaseModel):
    """The guidance is kept."""

    product_set: str
    criteria: list[str]

    @classmethod
    def of(cls, guidance: Guidance) -> "GuidanceReceipt":
        return cls(product_set=guidance.product_set, criteria=sorted(guidance.texts))


def routes(dossiers: Dossiers, guidances: Guidances, product_sets: ProductSets, reach: Reach) -> Router:
    router = Router(tags=["criteria"])

    @router.get("/product-sets/{product_set}/criteria")
    async def read_criteria(
        product_set: str,
        caller: Annotated[
            Caller,
            allow(
                "owner",
                CONSULTANT,
                "commune_officer",
                "agency",
                "chair",
                "observer",
                stage=("lodging", "scoring", "deciding"),
            ),
        ],
    ) -> CriteriaView:
        product_sets.check(product_set)
        held = await guidances.find({"_id": guidance_key(caller.authority, product_set)}, limit=1)
        texts = held.items[0].texts if held.items else {}
        found = product_sets[product_set]
        return CriteriaView(
            product_set=found.set,
            name=found.name,
            rule_set=found.rule_set,
            samples=found.sheet.samples,
            criteria=[
                _criterion(found, part.code, key, criterion, texts.get(key))
                for part in found.sheet.parts
                for key, criterion in part.scored.items()
            ],
        )

    @router.put("/product-sets/{product_set}/criteria/{criterion}/guidance")
    async def guide(
        product_set: str,
        criterion: str,
        new: NewGuidance,
        caller: Annotated[Caller, allow("agency")],
        command: Annotated[Command, Depends(command)],
    ) -> GuidanceReceipt:
        product_sets.check(product_set)
        if criterion not in product_sets[product_set].sheet.scored:
            raise CriterionUnknown(criteria=criterion[:40])

        def decide(held: Guidance | None) -> Decision[Guidance]:
            return guided(held, caller.authority, product_set, criterion, new.text), ()

        saved = await guidances.settle(
            guidance_key(caller.authority, product_set), decide, command=command, answer=GuidanceReceipt.of
        )
        return GuidanceReceipt.model_validate(saved.answer)

    working = allow("owner", CONSULTANT, "commune_officer", "agency", stage="lodging")

    @router.get("/dossiers/{id}/completeness")
    async def check_completeness(id: str, caller: Annotated[Caller, working]) -> Completeness:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        rules = product_sets[dossier.product_set]
        return completeness(dossier, rules.sheet, rules.bands, day(reach.clock()))

    @router.get("/dossiers/{id}/likely-result")
    async def foresee(id: str, caller: Annotated[Caller, working]) -> Likely:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        rules = product_sets[dossier.product_set]
        return likely(rules.sheet, rules.bands, dossier.form.marks)

    return router


def _criterion(found: ProductSet, part: str, key: str, criterion: Criterion, guidance: str | None) -> CriterionView:
    explained = criterion.explanation_key
    return CriterionView(
        key=key,
        part=part,
        name=found.wording(criterion.name_key),
        explanation=None if explained is None else found.wording(explained),
        max_points=criterion.max_points,
        star_minimums=criterion.star_minimums,
        commune_assessed=criterion.commune_assessed is not None,
        options=[
            OptionView(key=each.key, points=each.points, text=found.wording(each.key)) for each in criterion.options
        ],
        guidance=guidance,
    )

"""Finished evaluations computed again over HTTP, one or page by page, from the texts that were frozen with them."""

from typing import Annotated

from fastapi import Path

from services.scoring.domain.evaluation import Basis
from services.scoring.domain.recomputation import Law, Recomputation, recomputed
from services.scoring.store import Evaluations, RuleSets, Sheets
from shared.errors import Refusal
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page

Checking = Annotated[Caller, allow("agency", "operator")]
"""A recomputation tells no marks and no result, so whoever operates the service may ask for it too."""


class NotFinished(Refusal):
    vi = "Lượt đánh giá này chưa kết thúc nên chưa có gì để tính lại."
    en = "This evaluation has not ended; there is nothing to compute again yet."


def routes(evaluations: Evaluations, sheets: Sheets, rule_sets: RuleSets) -> Router:
    router = Router(tags=["scoring"])

    async def law(basis: Basis) -> Law:
        return Law(
            sheet_text=await sheets.text(basis.sheet_hash), rule_set_text=await rule_sets.text(basis.rule_set_hash)
        )

    @router.get("/evaluations/{id}/recomputation")
    async def recompute_evaluation(
        id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")], caller: Checking
    ) -> Recomputation:
        """Compute a finished evaluation again, from the letters of its sheets and the frozen texts on file."""
        evaluation = await evaluations.get(id, caller.within)
        if evaluation.state == "open":
            raise NotFinished()
        return recomputed(evaluation, await law(evaluation.basis))

    @router.get("/recomputations")
    async def recompute_evaluations(caller: Checking, after: After = None, limit: Limit = 50) -> Page[Recomputation]:
        """Compute every finished evaluation of the caller's authority again, page by page."""
        where = {**caller.within, "state": {"$in": ["finalised", "stopped", "annulled"]}}
        found = await evaluations.find(where, after=after, limit=limit)
        # Products of one set share their sheet, so each text is read, hashed and parsed once a page.
        laws = {basis: await law(basis) for basis in {one.basis for one in found.items}}
        return Page.of((recomputed(one, laws[one.basis]) for one in found.items), found.next)

    return router

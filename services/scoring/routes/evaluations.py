"""Evaluations over HTTP: who sees what when, and how a result came about."""

from datetime import date
from typing import Annotated

from services.scoring.domain.evaluation import (
    HandedIn,
    State,
    sitting_of,
)
from services.scoring.domain.explanation import Explanation, explain
from services.scoring.domain.sitting import InConflict, NotSeated
from services.scoring.domain.stars import differing
from services.scoring.routes.asking import ADVISING, COUNCIL, InPath
from services.scoring.routes.sheet_views import CouncilSheet, Deliberation, OldSheet, SheetHistory, SignedSheet
from services.scoring.routes.views import EvaluationDetail, EvaluationView
from services.scoring.store import Evaluations, RuleSets, Sheets
from shared.errors import Refusal
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page


class NotFinalised(Refusal):
    vi = "Lượt đánh giá này chưa có kết quả. Hãy đợi hội đồng chốt kết quả."
    en = "This evaluation has no result yet. Wait until the council has finalised it."


class NotEnded(Refusal):
    """As long as the council scores, members' sheets are its own affair."""

    vi = "Lượt đánh giá này chưa kết thúc. Lịch sử phiếu chỉ xem được khi đã có kết quả hoặc kết luận."
    en = "This evaluation has not ended. The history of its sheets is shown once there is a result or a conclusion."


def routes(evaluations: Evaluations, sheets: Sheets, rule_sets: RuleSets) -> Router:
    router = Router(tags=["evaluations"])

    @router.get("/evaluations")
    async def list_evaluations(
        caller: Annotated[Caller, allow(*COUNCIL, *ADVISING, "observer")],
        state: State | None = None,
        rate_by: date | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[EvaluationView]:
        """The evaluations of the caller's council, in a fixed order.

        With `rate_by` those still open whose last day for the whole rating is that day or has passed by then.
        """
        where: dict[str, object] = {**caller.within}
        if rate_by is not None:
            where |= {"state": "open", "basis.rate_by": {"$lte": rate_by.isoformat()}}
        if state is not None:
            where["state"] = state
        found = await evaluations.find(where, after=after, limit=limit)
        return Page.of((EvaluationView.of(one, caller) for one in found.items), found.next)

    @router.get("/evaluations/{id}")
    async def show_evaluation(
        id: InPath, caller: Annotated[Caller, allow(*COUNCIL, *ADVISING, "observer")]
    ) -> EvaluationDetail:
        """One evaluation, with the sheet the caller has handed in."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        own = evaluation.sheet_of(caller.subject)
        return EvaluationDetail(
            evaluation=EvaluationView.of(evaluation, caller),
            own_sheet=None if own is None else SignedSheet.of(sheet, own),
            own_record=[OldSheet.of(sheet, old) for old in evaluation.record if old.sheet.member == caller.subject],
        )

    @router.get("/evaluations/{id}/deliberation")
    async def show_deliberation(id: InPath, caller: Annotated[Caller, allow(*COUNCIL)]) -> Deliberation:
        """What every member signed, for the council that sits on the product, of rounds whose blind phase is closed."""
        evaluation = await evaluations.get(id, caller.within)
        sitting = sitting_of(evaluation)
        if sitting.seat_of(caller.subject) is None:
            raise NotSeated()
        if sitting.in_conflict(caller.subject):
            raise InConflict()
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        shown = [
            CouncilSheet(
                member=old.sheet.member, round=old.round, in_force=False, sheet=SignedSheet.of(sheet, old.sheet)
            )
            for old in evaluation.record
            if old.session_id == sitting.session_id and old.why == "rescoring"
        ]
        now: tuple[HandedIn, ...] = () if sitting.blind else evaluation.sheets
        shown += [
            CouncilSheet(member=one.member, round=sitting.round, in_force=True, sheet=SignedSheet.of(sheet, one))
            for one in now
        ]
        return Deliberation(
            closings=sitting.closings,
            sheets=shown,
            differing=differing(sheet, [one.marks for one in now]),
            agreement=evaluation.agreement,
        )

    @router.get("/evaluations/{id}/history")
    async def show_history(id: InPath, caller: Annotated[Caller, allow("agency")]) -> SheetHistory:
        """Every sheet of an evaluation that has ended: who signed, entered, confirmed, reopened what, when and why."""
        evaluation = await evaluations.get(id, caller.within)
        if evaluation.state == "open":
            raise NotEnded()
        return SheetHistory.of(evaluation, await sheets.under(evaluation.basis.sheet_hash))

    @router.get("/evaluations/{id}/explanation")
    async def explain_evaluation(id: InPath, caller: Annotated[Caller, allow("agency")]) -> Explanation:
        """Every step from the ticks to the stars with its article, computed again from the frozen sheet."""
        evaluation = await evaluations.get(id, caller.within)
        if evaluation.result is None:
            raise NotFinalised()
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        rules = await rule_sets.under(evaluation.basis.rule_set_hash)
        return explain(evaluation, sheet, rules, evaluation.result)

    return router

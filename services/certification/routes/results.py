"""The councils' results as they wait for the chair, and after."""

from datetime import date
from typing import Annotated, Self

from services.certification.domain.certificate import Product
from services.certification.domain.recognition import FailedMinimum, Outcome, Recognition, Result, ResultState
from services.certification.domain.rule_set import CaseKind
from services.certification.store import Recognitions
from shared.http import Router, Told
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page


class ResultView(Told):
    """A council's result, before or after the chair has decided."""

    recognition_id: str
    evaluation_id: str
    state: ResultState
    dossier_id: str
    product: Product
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    rule_set: str
    scored_on: date
    central: bool
    """Whether it is the centre's council that rated the file, below five stars."""
    outcome: Outcome | None
    decision_number: str | None

    @classmethod
    def of(cls, recognition: Recognition, result: Result) -> Self:
        subject, said = result.subject, result.announced
        return cls(
            recognition_id=recognition.id,
            evaluation_id=result.evaluation_id,
            state=result.state,
            dossier_id=subject.dossier_id,
            product=subject.product,
            owner_id=subject.owner_id,
            commune=subject.commune,
            product_set=subject.product_set,
            case_kind=subject.case_kind,
            stars=result.stars,
            failed_minimums=result.failed_minimums,
            rule_set=result.rule_set,
            scored_on=result.scored_on,
            central=result.central,
            outcome=said.outcome if said is not None else None,
            decision_number=said.decision_number if said is not None else None,
        )


def result_routes(recognitions: Recognitions) -> Router:
    router = Router(tags=["results"])

    @router.get("/results")
    async def list_results(
        caller: Annotated[Caller, allow("agency", "chair")],
        state: ResultState | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[ResultView]:
        """The councils' results of the caller's authority, in a fixed order; `limit` counts products."""
        where = dict(caller.within) | ({"results.state": state} if state else {})
        found = await recognitions.find(where, after=after, limit=limit)
        shown = (
            ResultView.of(one, result)
            for one in found.items
            for result in one.results
            if state is None or result.state == state
        )
        return Page.of(shown, found.next)

    return router

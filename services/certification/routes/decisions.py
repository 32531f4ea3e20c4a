"""The chair's decisions over HTTP."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Path, Query

from services.certification.domain.decision import ItemLeftOut, RecognitionDecision, Signer, State, decision_id
from services.certification.domain.recognition import Outcome
from services.certification.routes.deciding import Deciding, DecisionAsked, DecisionReceipt
from services.certification.routes.forms import DECISION, FlawView
from services.certification.routes.preview import Preview, preview
from shared.clock import day
from shared.command import Command
from shared.http import Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page


class ItemView(Told):
    evaluation_id: str
    outcome: Outcome
    stars: int | None
    certificate_number: str | None


class DecisionView(Told):
    """A decision with all its items; why its last attempt was refused, when it was."""

    id: str
    number: str
    year: int
    state: State
    attempt: int
    decided_on: date
    signer: Signer
    items: list[ItemView]
    left_out: list[ItemLeftOut]
    refused_because: list[FlawView]

    @classmethod
    def of(cls, decision: RecognitionDecision) -> Self:
        refusal = decision.refusal(decision.attempt)
        return cls(
            id=decision.id,
            number=decision.full_number,
            year=decision.year,
            state=decision.state,
            attempt=decision.attempt,
            decided_on=decision.decided_on,
            signer=decision.signer,
            items=[ItemView(**item.model_dump(include=set(ItemView.model_fields))) for item in decision.items],
            left_out=list(decision.left_out),
            refused_because=[FlawView.of(kept.flaw) for kept in refusal.flaws] if refusal is not None else [],
        )


class DecisionLine(Told):
    """A decision in a list."""

    id: str
    number: str
    year: int
    state: State
    decided_on: date
    items: int
    certificates: int

    @classmethod
    def of(cls, decision: RecognitionDecision) -> Self:
        return cls(
            id=decision.id,
            number=decision.full_number,
            year=decision.year,
            state=decision.state,
            decided_on=decision.decided_on,
            items=len(decision.items),
            certificates=sum(item.certificate_number is not None for item in decision.items),
        )


def decision_routes(deciding: Deciding) -> Router:
    router = Router(tags=["decisions"])

    @router.post("/decisions", status_code=201)
    async def decide(
        asked: DecisionAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DecisionReceipt:
        """Issue a decision over many results, all or none; repeated with its key it answers the same.

        Refused, it names every item that is not in order, nothing is decided, and it may be sent again, mended,
        under the same number.
        """
        return await deciding.issue(asked, caller.authority, command)

    @router.post("/decisions/preview")
    async def preview_decision(
        asked: DecisionAsked, caller: Annotated[Caller, allow("chair", "agency", stage="deciding")]
    ) -> Preview:
        """What the decision would do if it were issued now, with every flaw; nothing is touched."""
        drawn, known = await deciding.drawn_up(asked, caller.authority)
        return preview(drawn, known, deciding.regulations)

    @router.get("/decisions")
    async def list_decisions(
        caller: Annotated[Caller, allow("chair", "agency", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[DecisionLine]:
        """The decisions of the caller's authority, in a fixed order."""
        found = await deciding.decisions.find(dict(caller.within), after=after, limit=limit)
        return Page.of((DecisionLine.of(one) for one in found.items), found.next)

    @router.get("/decisions/{number}")
    async def show_decision(
        number: Annotated[str, Path(pattern=DECISION)],
        caller: Annotated[Caller, allow("chair", "agency")],
        year: Annotated[int | None, Query(ge=2018, le=2200)] = None,
    ) -> DecisionView:
        """A decision by its number and `year`, this year's when none is given."""
        id = decision_id(caller.authority, year or day(deciding.clock()).year, number)
        return DecisionView.of(await deciding.decisions.get(id, caller.within))

    return router

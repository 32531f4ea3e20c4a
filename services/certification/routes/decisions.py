"""The chair's decisions over HTTP."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Query
from pydantic import Field

from services.certification.catalogue import Regulations
from services.certification.domain.decision import (
    LOOKED_AFTER,
    MOST_ITEMS,
    AttemptUnderWay,
    DecisionDatedAhead,
    DecisionRefused,
    Item,
    RecognitionDecision,
    Signer,
    State,
    decision_id,
    open_attempt,
)
from services.certification.domain.recognition import Outcome, Recognition
from services.certification.domain.rule_set import Stars
from services.certification.issuing import Issuing
from services.certification.routes.forms import DECISION, Asked, EvaluationId, LegalNumber, SignerGiven, Told
from services.certification.store import Decisions, Recognitions, Request, Requests
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw, Language
from shared.http import Router, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid


class ItemAsked(Asked):
    """What the decision says of one result: recognised with stars, or not recognised."""

    evaluation_id: EvaluationId
    outcome: Outcome
    stars: Stars | None = None


class DecisionAsked(Asked):
    """A signed decision. Its number may carry its symbol: `123` or `123/QĐ-UBND`."""

    number: LegalNumber
    decided_on: date
    signer: SignerGiven
    items: Annotated[list[ItemAsked], Field(min_length=1, max_length=MOST_ITEMS)]


class CertificateGiven(Told):
    """A certificate the decision gives, and the result it is for."""

    evaluation_id: str
    number: str


class DecisionReceipt(Told):
    """What became of a decision."""

    id: str
    number: str
    state: Literal["issued"]
    certificates: list[CertificateGiven]

    @classmethod
    def of(cls, decision: RecognitionDecision) -> Self:
        given = [
            CertificateGiven(evaluation_id=item.evaluation_id, number=item.certificate_number)
            for item in decision.items
            if item.certificate_number is not None
        ]
        return cls(id=decision.id, number=decision.full_number, state="issued", certificates=given)


class Begun(Told):
    """Which attempt at which decision a command began, remembered so that a repeat follows the same one."""

    id: str
    attempt: int


class ItemView(Told):
    evaluation_id: str
    outcome: Outcome
    stars: int | None
    certificate_number: str | None


class FlawView(Told):
    pointer: str
    says: dict[Language, str]


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
            refused_because=[
                FlawView(pointer=flaw.pointer, says={"vi": flaw.vi, "en": flaw.en})
                for flaw in (refusal.flaws if refusal is not None else ())
            ],
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


def decision_routes(
    recognitions: Recognitions,
    decisions: Decisions,
    requests: Requests,
    issuing: Issuing,
    regulations: Regulations,
    clock: Clock,
) -> Router:
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
        now, authority = clock(), caller.authority
        number, _, symbol = asked.number.partition("/")
        if symbol and symbol != (ours := regulations.authorities.symbol(authority)):
            flaw = Flaw("/number", f"Ký hiệu của cơ quan này là {ours}.", f"The symbol of this authority is {ours}.")
            raise RequestInvalid(flaw, count=1)
        if asked.decided_on > day(now):
            raise DecisionDatedAhead(decided_on=asked.decided_on, today=day(now))
        id = decision_id(authority, asked.decided_on.year, number)
        await requests.add(Request(id=f"request/{command.id}", authority=authority, decision_id=id), command=command)
        known = await recognitions.of_evaluations(authority, {item.evaluation_id for item in asked.items})
        draft = RecognitionDecision(
            id=id,
            authority=authority,
            due=now + LOOKED_AFTER,
            number=number,
            full_number=f"{number}/{regulations.authorities.symbol(authority)}",
            year=asked.decided_on.year,
            attempt=1,
            state="reserving",
            decided_on=asked.decided_on,
            signer=Signer(name=asked.signer.name, position=asked.signer.position),
            opened_at=now,
            items=tuple(_item(item, known) for item in asked.items),
        )

        def begun(held: RecognitionDecision | None) -> Decision[RecognitionDecision]:
            return open_attempt(held, draft), ()

        def answer(decision: RecognitionDecision) -> Begun:
            return Begun(id=decision.id, attempt=decision.attempt)

        while True:
            try:
                saved = await decisions.settle(id, begun, command=command, answer=answer)
                break
            except AttemptUnderWay as under_way:
                await issuing.carry_out(id, under_way.attempt)
        attempt = Begun.model_validate(saved.answer).attempt
        decision = await issuing.carry_out(id, attempt)
        refusal = decision.refusal(attempt)
        if refusal is not None:
            flaws = (Flaw(flaw.pointer, flaw.vi, flaw.en) for flaw in refusal.flaws)
            raise DecisionRefused(*flaws, count=refusal.count)
        return DecisionReceipt.of(decision)

    @router.get("/decisions")
    async def list_decisions(
        caller: Annotated[Caller, allow("chair", "agency", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[DecisionLine]:
        """The decisions of the caller's authority, in a fixed order."""
        found = await decisions.find(dict(caller.within), after=after, limit=limit)
        return Page.of((DecisionLine.of(one) for one in found.items), found.next)

    @router.get("/decisions/{number}")
    async def show_decision(
        number: Annotated[str, Path(pattern=DECISION)],
        caller: Annotated[Caller, allow("chair", "agency")],
        year: Annotated[int | None, Query(ge=2018, le=2200)] = None,
    ) -> DecisionView:
        """A decision by its number and `year`, this year's when none is given."""
        id = decision_id(caller.authority, year or day(clock()).year, number)
        return DecisionView.of(await decisions.get(id, caller.within))

    return router


def _item(asked: ItemAsked, known: Mapping[str, Recognition]) -> Item:
    recognition = known.get(asked.evaluation_id)
    result = recognition.result(asked.evaluation_id) if recognition is not None else None
    return Item(
        evaluation_id=asked.evaluation_id,
        outcome=asked.outcome,
        stars=asked.stars,
        recognition_id=recognition.id if recognition is not None else None,
        dossier_id=result.subject.dossier_id if result is not None else None,
    )

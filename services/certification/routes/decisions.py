"""The chair's decisions over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Query
from pydantic import Field, PositiveInt

from services.certification.catalogue import Regulations
from services.certification.domain.decision import (
    LOOKED_AFTER,
    MOST_ITEMS,
    AttemptUnderWay,
    DecisionDatedAhead,
    DecisionRefused,
    Item,
    ItemLeftOut,
    RecognitionDecision,
    Signer,
    State,
    decision_id,
    open_attempt,
)
from services.certification.domain.draft import (
    Draft,
    DraftedItem,
    DraftedLeftOut,
    check_issue,
    issued_as,
    revise,
)
from services.certification.domain.recognition import NoSuchResult, Outcome, Recognition
from services.certification.domain.rule_set import Stars
from services.certification.domain.signing import check_signer
from services.certification.issuing import Issuing
from services.certification.preview import Preview, preview
from services.certification.routes.forms import (
    DECISION,
    EvaluationId,
    LegalNumber,
    SignerGiven,
    legal_number,
)
from services.certification.store import Decisions, Drafts, Recognitions, Request, Requests, SigningRegisters
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw, Language
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid
from shared.text import Text

DraftId = Annotated[str, Path(pattern=r"^draft-[0-9a-f]{32}$")]


class ItemAsked(Asked):
    """What the decision says of one result: recognised with stars, or not recognised."""

    evaluation_id: EvaluationId
    outcome: Outcome
    stars: Stars | None = None


class LeftOutAsked(Asked):
    """A result that the decision leaves out, and why; it waits for another decision."""

    evaluation_id: EvaluationId
    reason: Annotated[str, Text(500)]


class DecisionAsked(Asked):
    """A signed decision. Its number may carry its symbol: `123` or `123/QĐ-UBND`."""

    number: LegalNumber
    decided_on: date
    signer: SignerGiven
    items: Annotated[list[ItemAsked], Field(min_length=1, max_length=MOST_ITEMS)]
    left_out: Annotated[tuple[LeftOutAsked, ...], Field(max_length=MOST_ITEMS)] = ()


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


class DraftAsked(Asked):
    """What is prepared for the chair: everything but number, date and signature."""

    title: Annotated[str, Text(200)]
    items: Annotated[list[ItemAsked], Field(min_length=1, max_length=MOST_ITEMS)]
    left_out: Annotated[tuple[LeftOutAsked, ...], Field(max_length=MOST_ITEMS)] = ()

    def draft(self, id: str, authority: str) -> Draft:
        return Draft(
            id=id,
            authority=authority,
            title=self.title,
            revision=1,
            items=tuple(DraftedItem(**item.model_dump()) for item in self.items),
            left_out=tuple(DraftedLeftOut(**out.model_dump()) for out in self.left_out),
        )


class IssueAsked(Asked):
    """The signature under a draft. ``revision`` is the one that was looked at."""

    revision: PositiveInt
    number: LegalNumber
    decided_on: date
    signer: SignerGiven


class DraftView(Told):
    id: str
    title: str
    revision: int
    items: list[DraftedItem]
    left_out: list[DraftedLeftOut]
    decision_id: str | None

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(**draft.model_dump(include=set(DraftView.model_fields)))


class DraftReceipt(Told):
    id: str
    revision: int

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(id=draft.id, revision=draft.revision)


def decision_routes(
    recognitions: Recognitions,
    decisions: Decisions,
    drafts: Drafts,
    requests: Requests,
    signing: SigningRegisters,
    issuing: Issuing,
    regulations: Regulations,
    clock: Clock,
) -> Router:
    router = Router(tags=["decisions"])

    async def drawn_up(asked: DecisionAsked, authority: str) -> tuple[RecognitionDecision, dict[str, Recognition]]:
        """The decision as asked, and the recognitions it names by evaluation. Raises what speaks against it whole."""
        now = clock()
        number, full_number = legal_number(asked.number, regulations.authorities.symbol(authority))
        if asked.decided_on > day(now):
            raise DecisionDatedAhead(decided_on=asked.decided_on, today=day(now))
        signer = Signer(name=asked.signer.name, position=asked.signer.position)
        check_signer(await signing.of(authority), signer, asked.decided_on)
        named = {item.evaluation_id for item in asked.items} | {out.evaluation_id for out in asked.left_out}
        known = await recognitions.of_evaluations(authority, named)
        decision = RecognitionDecision(
            id=decision_id(authority, asked.decided_on.year, number),
            authority=authority,
            due=now + LOOKED_AFTER,
            number=number,
            full_number=full_number,
            year=asked.decided_on.year,
            attempt=1,
            state="reserving",
            decided_on=asked.decided_on,
            signer=signer,
            opened_at=now,
            items=tuple(_item(item, known) for item in asked.items),
            left_out=_left_out(asked.left_out, known),
        )
        return decision, known

    async def issue(asked: DecisionAsked, authority: str, command: Command) -> DecisionReceipt:
        number, _ = legal_number(asked.number, regulations.authorities.symbol(authority))
        id = decision_id(authority, asked.decided_on.year, number)
        await requests.add(Request(id=f"request/{command.id}", authority=authority, decision_id=id), command=command)
        drawn, _ = await drawn_up(asked, authority)

        def begun(held: RecognitionDecision | None) -> Decision[RecognitionDecision]:
            return open_attempt(held, drawn), ()

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
        return await issue(asked, caller.authority, command)

    @router.post("/decisions/preview")
    async def preview_decision(
        asked: DecisionAsked, caller: Annotated[Caller, allow("chair", "agency", stage="deciding")]
    ) -> Preview:
        """What the decision would do if it were issued now, with every flaw; nothing is touched."""
        drawn, known = await drawn_up(asked, caller.authority)
        return preview(drawn, known, regulations)

    @router.post("/drafts", status_code=201)
    async def prepare_draft(
        asked: DraftAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DraftReceipt:
        """Prepare a decision for the chair."""
        draft = asked.draft(f"draft-{command.id}", caller.authority)
        return DraftReceipt.of((await drafts.add(draft, command=command)).document)

    @router.put("/drafts/{id}")
    async def revise_draft(
        id: DraftId,
        asked: DraftAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DraftReceipt:
        """Give a draft new contents, as long as it is not issued."""
        new = asked.draft(id, caller.authority)

        def revised(held: Draft) -> Decision[Draft]:
            return revise(held, new), ()

        saved = await drafts.change(id, revised, command=command, answer=DraftReceipt.of, within=caller.within)
        return DraftReceipt.model_validate(saved.answer)

    @router.get("/drafts")
    async def list_drafts(
        caller: Annotated[Caller, allow("chair", "agency")], after: After = None, limit: Limit = 50
    ) -> Page[DraftView]:
        """The drafts of the caller's authority, in a fixed order."""
        found = await drafts.find(dict(caller.within), after=after, limit=limit)
        return Page.of((DraftView.of(one) for one in found.items), found.next)

    @router.get("/drafts/{id}")
    async def show_draft(id: DraftId, caller: Annotated[Caller, allow("chair", "agency")]) -> DraftView:
        """A draft with all its items; `POST /decisions/preview` says what it would do."""
        return DraftView.of(await drafts.get(id, caller.within))

    @router.post("/drafts/{id}/issue", status_code=201)
    async def issue_draft(
        id: DraftId,
        asked: IssueAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DecisionReceipt:
        """Sign a draft: it is issued once, as the revision that was looked at, all or none."""
        draft = await drafts.get(id, caller.within)
        number, _ = legal_number(asked.number, regulations.authorities.symbol(caller.authority))
        check_issue(draft, asked.revision, decision_id(caller.authority, asked.decided_on.year, number))
        signed = DecisionAsked(
            number=asked.number,
            decided_on=asked.decided_on,
            signer=asked.signer,
            items=[ItemAsked(**item.model_dump()) for item in draft.items],
            left_out=tuple(LeftOutAsked(**out.model_dump()) for out in draft.left_out),
        )
        receipt = await issue(signed, caller.authority, command)
        await drafts.change(id, lambda held: (issued_as(held, receipt.id), ()))
        return receipt

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


def _left_out(asked: Sequence[LeftOutAsked], known: Mapping[str, Recognition]) -> tuple[ItemLeftOut, ...]:
    """Raises ``RequestInvalid`` for a result that is not there."""
    flaws, found = [], []
    for n, out in enumerate(asked):
        recognition = known.get(out.evaluation_id)
        result = recognition.result(out.evaluation_id) if recognition is not None else None
        if recognition is None or result is None:
            no = NoSuchResult()
            flaws.append(Flaw(f"/left_out/{n}/evaluation_id", no.sentence("vi"), no.sentence("en")))
            continue
        found.append(
            ItemLeftOut(
                evaluation_id=out.evaluation_id,
                recognition_id=recognition.id,
                dossier_id=result.subject.dossier_id,
                reason=out.reason,
            )
        )
    if flaws:
        raise RequestInvalid(*flaws, count=len(flaws))
    return tuple(found)

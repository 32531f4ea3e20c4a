"""Certification over HTTP: results, the chair's decisions, hand-overs, and the look-up that is open to everybody."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints
from starlette.responses import Response

from services.certification.catalogue import Regulations
from services.certification.domain.certificate import Certificate, Product, Validity
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
from services.certification.domain.handover import (
    MOST_HANDED_OVER,
    HandedOverAhead,
    Handover,
    open_handover,
)
from services.certification.domain.recognition import (
    FailedMinimum,
    Outcome,
    Recognition,
    Result,
    ResultState,
)
from services.certification.domain.rule_set import CaseKind, Stars
from services.certification.issuing import HandingOver, Issuing
from services.certification.store import Decisions, Handovers, Recognitions, Request, Requests
from services.certification.summary import Summary, Tally
from services.certification.verification import Verification, verify
from shared.clock import Clock, day, midnight
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw, Language
from shared.http import Router, command
from shared.identity import PUBLIC, Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid
from shared.text import Text

LONGEST_CACHED = 600
"""Seconds the answer of a look-up may be kept; never past midnight, when a certificate may end."""
SHORTEST_CACHED = 30
"""Seconds for which a number that is not known stays so; it may be issued at any moment."""
TALLIED_AT_ONCE = 500

DECISION = r"^[1-9][0-9]{0,5}[a-z]?$"
CERTIFICATE = r"^[0-9]{2}-[0-9]{4}-[1-9][0-9]{0,5}[a-z]?-[0-9]{3}$"

EvaluationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
CertificateNumber = Annotated[str, StringConstraints(pattern=CERTIFICATE)]


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class SignerGiven(Asked):
    """The office holder who signed."""

    name: Annotated[str, Text(120)]
    position: Annotated[str, Text(200)]


class ItemAsked(Asked):
    """What the decision says of one result: recognised with stars, or not recognised."""

    evaluation_id: EvaluationId
    outcome: Outcome
    stars: Stars | None = None


class DecisionAsked(Asked):
    """A signed decision. Its number may carry its symbol: `123` or `123/QĐ-UBND`."""

    number: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}[a-z]?(/QĐ-[A-ZĐ]{2,10})?$", examples=["123/QĐ-UBND"])]
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
            outcome=said.outcome if said is not None else None,
            decision_number=said.decision_number if said is not None else None,
        )


class HandoverAsked(Asked):
    """Certificates given to their owners on one day in one place."""

    numbers: Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_HANDED_OVER)]
    handed_over_on: date
    place: Annotated[str, Text(200)]


class HandoverReceipt(Told):
    id: str
    state: Literal["recorded"]
    handed_over: PositiveInt


class HandedOverView(Told):
    on: date
    place: str


class CertificateView(Told):
    """A certificate, and whether it is valid today."""

    number: str
    validity: Validity
    product: Product
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    handed_over: HandedOverView | None
    replaces: str | None
    replaced_by: str | None
    replaced_on: date | None

    @classmethod
    def of(cls, certificate: Certificate, today: date) -> Self:
        subject, given, replaced = certificate.subject, certificate.handed_over, certificate.replaced
        return cls(
            number=certificate.number,
            validity=certificate.on(today),
            product=subject.product,
            owner_id=subject.owner_id,
            commune=subject.commune,
            product_set=subject.product_set,
            case_kind=subject.case_kind,
            stars=certificate.stars,
            decision_number=certificate.decision_number,
            decided_on=certificate.decided_on,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            handed_over=HandedOverView(on=given.on, place=given.place) if given is not None else None,
            replaces=certificate.replaces,
            replaced_by=replaced.number if replaced is not None else None,
            replaced_on=replaced.on if replaced is not None else None,
        )


def routes(
    recognitions: Recognitions,
    decisions: Decisions,
    handovers: Handovers,
    requests: Requests,
    issuing: Issuing,
    handing: HandingOver,
    regulations: Regulations,
    clock: Clock,
) -> Router:
    router = Router(tags=["certification"])

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

    @router.post("/handovers", status_code=201)
    async def record_handover(
        asked: HandoverAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> HandoverReceipt:
        """Record that certificates were handed over, all or none of those named."""
        now = clock()
        if asked.handed_over_on > day(now):
            raise HandedOverAhead(on=asked.handed_over_on, today=day(now))
        id = f"handover/{command.id}"
        known = await recognitions.of_certificates(caller.authority, set(asked.numbers))

        def opened(held: Handover | None) -> Decision[Handover]:
            made = open_handover(id, caller.authority, asked.numbers, asked.handed_over_on, asked.place, known, now)
            return made, ()

        await handovers.settle(id, opened, command=command)
        done = await handing.carry_out(id)
        return HandoverReceipt(id=id, state="recorded", handed_over=len(done.certificates))

    @router.get("/certificates")
    async def list_certificates(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[CertificateView]:
        """The certificates of the caller's authority, product by product; `limit` counts products."""
        today = day(clock())
        where = {**caller.within, "certificates.number": {"$gt": ""}}
        found = await recognitions.find(where, after=after, limit=limit)
        shown = (CertificateView.of(each, today) for one in found.items for each in one.certificates)
        return Page.of(shown, found.next)

    @router.get("/certificates/{number}", dependencies=[PUBLIC])
    async def look_up(number: Annotated[str, Path(max_length=200)], response: Response) -> Verification:
        """Whether a certificate is real and valid today, for anyone; computed from its dates when asked."""
        now = clock()
        asked = number.strip()
        found = await recognitions.of_certificate(asked) if re.fullmatch(CERTIFICATE, asked) else None
        certificate = found.certificate(asked) if found is not None else None
        seconds = LONGEST_CACHED if certificate is not None else SHORTEST_CACHED
        left = int((midnight(day(now) + timedelta(days=1)) - now).total_seconds())
        response.headers["Cache-Control"] = f"public, max-age={min(seconds, left)}"
        return verify(asked, certificate, day(now))

    @router.get("/summary")
    async def summarise(caller: Annotated[Caller, allow("agency", "chair", "observer")]) -> Summary:
        """How many results and certificates of the caller's authority there are, counted now."""
        today = day(clock())
        tally = Tally(today)
        after: str | None = None
        while True:
            found = await recognitions.find(dict(caller.within), after=after, limit=TALLIED_AT_ONCE)
            for recognition in found.items:
                tally.count(recognition)
            if (after := found.next) is None:
                return tally.summary()

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

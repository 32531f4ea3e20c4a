"""Acts over HTTP: revocations, annulments, extensions, corrections, removals from the list, and ceremonies."""

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Query
from pydantic import Field, PositiveInt, model_validator

from services.certification.acting import Acting
from services.certification.catalogue import Regulations
from services.certification.domain.act import (
    LOOKED_AFTER,
    MOST_CERTIFICATES,
    Act,
    ActItem,
    ActRefused,
    Matter,
    open_act,
)
from services.certification.domain.annulment import Annulment
from services.certification.domain.ceremony import Ceremony, HandedOverAhead, Honour
from services.certification.domain.certificate import (
    AnnulmentGround,
    CorrectionReason,
    OwnerKind,
    RevocationGround,
)
from services.certification.domain.correction import Correction
from services.certification.domain.decision import AttemptUnderWay, DecisionDatedAhead, Signer
from services.certification.domain.recognition import Recognition
from services.certification.domain.removal import Removal
from services.certification.domain.revocation import Revocation
from services.certification.domain.signing import check_signer
from services.certification.routes.forms import (
    DECISION,
    CertificateNumber,
    LegalNumber,
    SignerGiven,
    legal_number,
)
from services.certification.store import (
    Acts,
    Complaints,
    Recognitions,
    Request,
    Requests,
    RevocationCases,
    SigningRegisters,
)
from shared.clock import Clock, day
from shared.command import Command
from shared.document import D, Decision
from shared.errors import Flaw, NotFound, Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.store import Store
from shared.text import Text
from shared.validation import flaw_in_value

Certificates = Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_CERTIFICATES)]
CaseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9/_-]{1,80}$")]
_NO_SUCH_CASE = (
    "Không có đề nghị thu hồi nào như vậy cho các giấy này, hoặc đã bị bác.",
    "There is no such case about these certificates, or it was rejected.",
)
_NO_SUCH_COMPLAINT = (
    "Không có khiếu nại nào như vậy được chấp nhận cho tất cả các giấy này.",
    "There is no such complaint that was upheld about all of these certificates.",
)
Kind = Literal["revocation", "annulment", "extension", "correction", "removal", "hand_over"]


class ExtensionNotFound(Refusal):
    vi = "Quy định có hiệu lực ngày {on} không có điều khoản kéo dài hiệu lực giấy chứng nhận."
    en = "The rules in force on {on} have no clause that extends certificates."


class ActAsked(Asked):
    """A signed decision over certificates of the caller's own authority."""

    number: LegalNumber
    decided_on: date
    signer: SignerGiven
    certificates: Certificates


class RevocationAsked(ActAsked):
    ground: RevocationGround
    cases: Annotated[tuple[CaseId, ...], Field(max_length=MOST_CERTIFICATES)] = ()
    """The proposals and inspections it rests on."""


class AnnulmentAsked(ActAsked):
    ground: AnnulmentGround
    complaint: CaseId | None = None
    """The complaint that was upheld."""


class CorrectionAsked(ActAsked):
    """A misprint or a new name takes the product's right name, a new owner that owner's id."""

    reason: CorrectionReason
    product_name: Annotated[str, Text(200)] | None = None
    owner_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None
    owner_kind: OwnerKind | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if (self.owner_id is not None) != (self.reason == "new_owner"):
            raise flaw_in_value(
                "owner_id",
                "Chủ thể mới được nêu khi và chỉ khi đổi chủ thể.",
                "A new owner is named when the owner changes, and only then.",
            )
        if self.product_name is not None and self.reason not in ("name", "misprint"):
            raise flaw_in_value(
                "product_name",
                "Tên sản phẩm chỉ sửa khi đổi tên hoặc in sai.",
                "The product's name is corrected for a new name or a misprint only.",
            )
        return self


class HonourGiven(Asked):
    """A title, and to how many groups and persons it was given."""

    title: Annotated[str, Text(200)]
    groups: Annotated[int, Field(ge=0, le=10_000)] = 0
    persons: Annotated[int, Field(ge=0, le=10_000)] = 0


class HandoverAsked(Asked):
    """Certificates given to their owners on one day in one place."""

    numbers: Certificates
    handed_over_on: date
    place: Annotated[str, Text(200)]
    absent: Annotated[tuple[CertificateNumber, ...], Field(max_length=MOST_CERTIFICATES)] = ()
    """Certificates whose owners did not come; they stay to be handed over."""
    honours: Annotated[tuple[HonourGiven, ...], Field(max_length=50)] = ()


class ActReceipt(Told):
    """What became of a decision over certificates."""

    id: str
    number: str
    state: Literal["issued"]
    certificates: PositiveInt


class HandoverReceipt(Told):
    id: str
    state: Literal["recorded"]
    handed_over: PositiveInt


class Begun(Told):
    """Which attempt at which act a command began, remembered so that a repeat follows the same one."""

    id: str
    attempt: int


class ActView(Told):
    """An act with everything it says; why its last attempt was refused, when it was."""

    id: str
    number: str | None
    on: date
    state: Literal["reserving", "refused", "carrying", "done"]
    signer: Signer | None
    matter: Matter
    certificates: list[str]

    @classmethod
    def of(cls, act: Act) -> Self:
        return cls(
            id=act.id,
            number=act.number,
            on=act.on,
            state=act.state,
            signer=act.signer,
            matter=act.matter,
            certificates=[item.number for item in act.items],
        )


def act_routes(
    recognitions: Recognitions,
    acts: Acts,
    requests: Requests,
    signing: SigningRegisters,
    cases: RevocationCases,
    complaints: Complaints,
    acting: Acting,
    regulations: Regulations,
    clock: Clock,
) -> Router:
    router = Router(tags=["acts"])

    async def perform(
        caller: Caller,
        command: Command,
        id: str,
        numbers: list[str],
        on: date,
        matter: Matter,
        number: str | None = None,
        signer: Signer | None = None,
    ) -> Act:
        """Open the act and carry it out. Raises ``ActRefused``; then nothing was done."""
        now = clock()
        known = await recognitions.of_certificates(caller.authority, set(numbers))
        asked = Act(
            id=id,
            authority=caller.authority,
            due=now + LOOKED_AFTER,
            attempt=1,
            state="reserving",
            opened_at=now,
            number=number,
            on=on,
            signer=signer,
            matter=matter,
            items=tuple(ActItem(number=each, recognition_id=_id(known.get(each))) for each in numbers),
        )

        def opened(held: Act | None) -> Decision[Act]:
            return open_act(held, asked, {each: known[each] for each in numbers if each in known}), ()

        def answer(act: Act) -> Begun:
            return Begun(id=act.id, attempt=act.attempt)

        while True:
            try:
                saved = await acts.settle(id, opened, command=command, answer=answer)
                break
            except AttemptUnderWay as under_way:
                await acting.carry_out(id, under_way.attempt)
        attempt = Begun.model_validate(saved.answer).attempt
        act = await acting.carry_out(id, attempt)
        if act.attempt > attempt or act.state == "refused":
            flaws = [Flaw(flaw.pointer, flaw.vi, flaw.en) for flaw in act.refused_because]
            raise ActRefused(*flaws, count=len(flaws))
        return act

    async def decide(asked: ActAsked, caller: Caller, command: Command, matter: Matter) -> ActReceipt:
        today, authority = day(clock()), caller.authority
        number, full_number = legal_number(asked.number, regulations.authorities.symbol(authority))
        if asked.decided_on > today:
            raise DecisionDatedAhead(decided_on=asked.decided_on, today=today)
        id = f"act/{authority}/{asked.decided_on.year}/{number}"
        await requests.add(Request(id=f"request/{command.id}", authority=authority, decision_id=id), command=command)
        signer = Signer(name=asked.signer.name, position=asked.signer.position)
        check_signer(await signing.of(authority), signer, asked.decided_on)
        act = await perform(caller, command, id, asked.certificates, asked.decided_on, matter, full_number, signer)
        return ActReceipt(id=id, number=full_number, state="issued", certificates=len(act.items))

    @router.post("/revocations", status_code=201)
    async def revoke(
        asked: RevocationAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Revoke certificates on one of the six grounds, all of them or none."""
        flaws = []
        for n, id in enumerate(asked.cases):
            case = await _found(cases, id, caller)
            if case is None or case.certificate not in asked.certificates or case.state == "rejected":
                flaws.append(Flaw(f"/cases/{n}", *_NO_SUCH_CASE))
        if flaws:
            raise ActRefused(*flaws, count=len(flaws))
        return await decide(asked, caller, command, Revocation(ground=asked.ground, cases=asked.cases))

    @router.post("/annulments", status_code=201)
    async def annul(
        asked: AnnulmentAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Annul recognitions that should not have been given, all of them or none."""
        if asked.complaint is not None:
            complaint = await _found(complaints, asked.complaint, caller)
            upheld = complaint is not None and complaint.outcome is not None and complaint.outcome.outcome == "upheld"
            if complaint is None or not upheld or not set(asked.certificates) <= set(complaint.certificates):
                raise ActRefused(Flaw("/complaint", *_NO_SUCH_COMPLAINT), count=1)
        return await decide(asked, caller, command, Annulment(ground=asked.ground, complaint=asked.complaint))

    @router.post("/extensions", status_code=201)
    async def extend(
        asked: ActAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Let certificates keep effect until their re-evaluation has an outcome, as the rules in force allow."""
        extension = regulations.extension(caller.authority, asked.decided_on)
        if extension is None:
            raise ExtensionNotFound(on=asked.decided_on)
        return await decide(asked, caller, command, extension)

    @router.post("/corrections", status_code=201)
    async def correct(
        asked: CorrectionAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Correct certificates: the same number, term and stars, and a new print version."""
        correction = Correction(
            reason=asked.reason,
            product_name=asked.product_name,
            owner_id=asked.owner_id,
            owner_kind=asked.owner_kind,
            new_owner=regulations.authorities.practice_of(caller.authority).new_owner,
        )
        return await decide(asked, caller, command, correction)

    @router.post("/removals", status_code=201)
    async def remove(
        asked: ActAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Strike expired certificates from the list by name, all of them or none."""
        return await decide(asked, caller, command, Removal())

    @router.post("/handovers", status_code=201)
    async def record_handover(
        asked: HandoverAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> HandoverReceipt:
        """Record a ceremony at which certificates were handed over, all or none of those named."""
        if asked.handed_over_on > (today := day(clock())):
            raise HandedOverAhead(on=asked.handed_over_on, today=today)
        id = f"handover/{command.id}"
        ceremony = Ceremony(
            place=asked.place,
            absent=asked.absent,
            honours=tuple(Honour(**each.model_dump()) for each in asked.honours),
        )
        act = await perform(caller, command, id, asked.numbers, asked.handed_over_on, ceremony)
        return HandoverReceipt(id=id, state="recorded", handed_over=len(act.items))

    @router.get("/acts")
    async def list_acts(
        caller: Annotated[Caller, allow("chair", "agency", "observer")],
        kind: Kind | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[ActView]:
        """The acts of the caller's authority on certificates, ceremonies included, in a fixed order."""
        where = dict(caller.within) | ({"matter.kind": kind} if kind else {})
        found = await acts.find(where, after=after, limit=limit)
        return Page.of((ActView.of(one) for one in found.items), found.next)

    @router.get("/acts/{number}")
    async def show_act(
        number: Annotated[str, Path(pattern=DECISION)],
        caller: Annotated[Caller, allow("chair", "agency")],
        year: Annotated[int | None, Query(ge=2018, le=2200)] = None,
    ) -> ActView:
        """A decision over certificates by its number and `year`, this year's when none is given."""
        id = f"act/{caller.authority}/{year or day(clock()).year}/{number}"
        return ActView.of(await acts.get(id, caller.within))

    return router


async def _found(store: Store[D], id: str, caller: Caller) -> D | None:
    try:
        return await store.get(id, caller.within)
    except NotFound:
        return None


def _id(recognition: Recognition | None) -> str | None:
    return recognition.id if recognition is not None else None

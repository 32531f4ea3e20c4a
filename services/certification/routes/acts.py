"""Acts over HTTP: revocations, annulments, extensions, corrections, removals from the list, and ceremonies."""

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Query
from pydantic import Field, PositiveInt, model_validator

from services.certification.domain.act import MOST_CERTIFICATES, Act, ActRefused, Matter
from services.certification.domain.annulment import Annulment
from services.certification.domain.ceremony import Ceremony, HandedOverAhead, Honour
from services.certification.domain.certificate import AnnulmentGround, CorrectionReason, OwnerKind, RevocationGround
from services.certification.domain.correction import Correction
from services.certification.domain.decision import Signer
from services.certification.domain.removal import Removal
from services.certification.domain.revocation import Revocation
from services.certification.routes.forms import DECISION, CertificateNumber, FlawView
from services.certification.routes.performing import ActAsked, ActReceipt, Certificates, Performing
from services.certification.store import Complaints, RevocationCases
from shared.clock import day
from shared.command import Command
from shared.document import D
from shared.errors import Flaw, NotFound, Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.store import Store
from shared.text import Text
from shared.validation import flaw_in_value

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


class HandoverReceipt(Told):
    id: str
    state: Literal["recorded"]
    handed_over: PositiveInt


class ActView(Told):
    """An act with everything it says; why its last attempt was refused, when it was."""

    id: str
    number: str | None
    on: date
    state: Literal["reserving", "refused", "carrying", "done"]
    signer: Signer | None
    matter: Matter
    certificates: list[str]
    refused_because: list[FlawView]

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
            refused_because=[FlawView.of(kept.flaw) for kept in act.refused_because],
        )


def act_routes(performing: Performing, cases: RevocationCases, complaints: Complaints) -> Router:
    router = Router(tags=["acts"])

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
        return await performing.decide(asked, caller, command, Revocation(ground=asked.ground, cases=asked.cases))

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
        return await performing.decide(
            asked, caller, command, Annulment(ground=asked.ground, complaint=asked.complaint)
        )

    @router.post("/extensions", status_code=201)
    async def extend(
        asked: ActAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Let certificates keep effect until their re-evaluation has an outcome, as the rules in force allow."""
        extension = performing.regulations.extension(caller.authority, asked.decided_on)
        if extension is None:
            raise ExtensionNotFound(on=asked.decided_on)
        return await performing.decide(asked, caller, command, extension)

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
            new_owner=performing.regulations.authorities.practice_of(caller.authority).new_owner,
        )
        return await performing.decide(asked, caller, command, correction)

    @router.post("/removals", status_code=201)
    async def remove(
        asked: ActAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ActReceipt:
        """Strike expired certificates from the list by name, all of them or none."""
        return await performing.decide(asked, caller, command, Removal())

    @router.post("/handovers", status_code=201)
    async def record_handover(
        asked: HandoverAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> HandoverReceipt:
        """Record a ceremony at which certificates were handed over, all or none of those named."""
        if asked.handed_over_on > (today := day(performing.clock())):
            raise HandedOverAhead(on=asked.handed_over_on, today=today)
        id = f"handover/{command.id}"
        ceremony = Ceremony(
            place=asked.place,
            absent=asked.absent,
            honours=tuple(Honour(**each.model_dump()) for each in asked.honours),
        )
        act = await performing.perform(caller, command, id, asked.numbers, asked.handed_over_on, ceremony)
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
        found = await performing.acts.find(where, after=after, limit=limit)
        return Page.of((ActView.of(one) for one in found.items), found.next)

    @router.get("/acts/{number}")
    async def show_act(
        number: Annotated[str, Path(pattern=DECISION)],
        caller: Annotated[Caller, allow("chair", "agency")],
        year: Annotated[int | None, Query(ge=2018, le=2200)] = None,
    ) -> ActView:
        """A decision over certificates by its number and `year`, this year's when none is given."""
        id = f"act/{caller.authority}/{year or day(performing.clock()).year}/{number}"
        return ActView.of(await performing.acts.get(id, caller.within))

    return router


async def _found(store: Store[D], id: str, caller: Caller) -> D | None:
    try:
        return await store.get(id, caller.within)
    except NotFound:
        return None

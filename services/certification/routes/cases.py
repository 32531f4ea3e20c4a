"""Proposals to revoke over HTTP: from a commune or an inspection, watched for fifteen days."""

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends, Path
from pydantic import Field

from services.certification.domain.certificate import RevocationGround
from services.certification.domain.revocation_case import Evidence, RevocationCase, reject
from services.certification.routes.forms import CertificateNumber, NotYet
from services.certification.store import Recognitions, RevocationCases
from services.certification.timers import watched
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import NotFound
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

CaseId = Annotated[str, Path(pattern=r"^case-[0-9A-Za-zĐ.-]{1,110}$")]


class EvidenceGiven(Asked):
    title: Annotated[str, Text(200)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class ProposalAsked(Asked):
    """A commune confirms that a certificate should be revoked."""

    certificate: CertificateNumber
    ground: RevocationGround
    confirmed_on: date
    evidence: Annotated[list[EvidenceGiven], Field(min_length=1, max_length=50)]


class RejectionAsked(Asked):
    reason: Annotated[str, Text(500)]


class CaseReceipt(Told):
    id: str
    decide_by: date


class CaseView(Told):
    """A case, and whether its fifteen days are over."""

    id: str
    origin: Literal["proposal", "inspection"]
    certificate: str
    commune: str
    ground: RevocationGround
    evidence: list[Evidence]
    since: date
    decide_by: date
    overdue: bool
    state: Literal["open", "revoked", "rejected"]
    closed_by: str | None

    @classmethod
    def of(cls, case: RevocationCase, today: date) -> Self:
        kept = case.model_dump(include=set(cls.model_fields))
        return cls(**kept, decide_by=case.decide_by, overdue=case.overdue(today))


def case_routes(recognitions: Recognitions, cases: RevocationCases, clock: Clock) -> Router:
    router = Router(tags=["revocation cases"])

    @router.post("/proposals", status_code=201)
    async def propose(
        asked: ProposalAsked,
        caller: Annotated[Caller, allow("commune_officer", "agency")],
        command: Annotated[Command, Depends(command)],
    ) -> CaseReceipt:
        """Propose to revoke a valid certificate; from the confirmation on it is decided within fifteen days."""
        today = day(clock())
        found = (await recognitions.of_certificates(caller.authority, {asked.certificate})).get(asked.certificate)
        certificate = found.certificate(asked.certificate) if found is not None else None
        commune = caller.appointment.commune
        if certificate is None or commune not in (None, certificate.subject.commune):
            raise NotFound(what=asked.certificate)
        if asked.confirmed_on > today or not certificate.in_effect(today):
            raise NotYet(on=asked.confirmed_on, today=today)
        case = RevocationCase(
            id=f"case-{command.id}",
            authority=caller.authority,
            origin="proposal",
            certificate=certificate.number,
            commune=certificate.subject.commune,
            ground=asked.ground,
            evidence=tuple(Evidence(**each.model_dump()) for each in asked.evidence),
            since=asked.confirmed_on,
        )
        saved = (await cases.add(watched(case), command=command)).document
        return CaseReceipt(id=saved.id, decide_by=saved.decide_by)

    @router.get("/cases")
    async def list_cases(
        caller: Annotated[Caller, allow("agency", "chair", "commune_officer", "observer")],
        state: Literal["open", "revoked", "rejected"] | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[CaseView]:
        """The cases within the caller's reach; `overdue` says that nobody has decided in time."""
        today = day(clock())
        found = await cases.find(dict(caller.within) | ({"state": state} if state else {}), after=after, limit=limit)
        return Page.of((CaseView.of(one, today) for one in found.items), found.next)

    @router.post("/cases/{id}/rejection")
    async def reject_case(
        id: CaseId,
        asked: RejectionAsked,
        caller: Annotated[Caller, allow("agency", "chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> CaseView:
        """Close a case without a revocation, with the reason."""

        def rejected(held: RevocationCase) -> Decision[RevocationCase]:
            return reject(held, asked.reason), ()

        saved = await cases.change(id, rejected, command=command, within=caller.within)
        return CaseView.of(saved.document, day(clock()))

    return router

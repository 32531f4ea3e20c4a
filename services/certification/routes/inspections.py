"""Inspections over HTTP: planned, concluded once, followed up."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Path
from pydantic import Field

from services.certification.domain.certificate import RevocationGround
from services.certification.domain.inspection import (
    Conclusion,
    Finding,
    FollowUp,
    Inspected,
    Inspection,
    Occasion,
    conclude,
)
from services.certification.following_up import follow_up
from services.certification.routes.forms import CertificateNumber, NotYet
from services.certification.store import Inspections, Recognitions, RevocationCases
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid
from shared.text import Text

MOST_INSPECTED = 200

InspectionId = Annotated[str, Path(pattern=r"^inspection-[0-9a-f]{32}$")]


class InspectionAsked(Asked):
    """Who looks at which products, and when."""

    occasion: Occasion
    on: date
    team: Annotated[list[Annotated[str, Text(200)]], Field(min_length=1, max_length=30)]
    """The bodies that take part."""
    members: Annotated[int, Field(ge=1, le=200)]
    certificates: Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_INSPECTED)]


class FindingGiven(Asked):
    certificate: CertificateNumber
    criteria_met: bool
    mark_used_rightly: bool
    note: Annotated[str, Text(2000, lines=True)]
    follow_up: FollowUp
    remedy_by: date | None = None
    ground: RevocationGround | None = None


class ConclusionAsked(Asked):
    concluded_on: date
    text: Annotated[str, Text(5000, lines=True)]
    findings: Annotated[list[FindingGiven], Field(min_length=1, max_length=MOST_INSPECTED)]


class InspectionView(Told):
    id: str
    occasion: Occasion
    on: date
    team: list[str]
    members: int
    products: list[Inspected]
    conclusion: Conclusion | None

    @classmethod
    def of(cls, inspection: Inspection) -> Self:
        return cls(**inspection.model_dump(include=set(cls.model_fields)))


def inspection_routes(
    recognitions: Recognitions, inspections: Inspections, cases: RevocationCases, clock: Clock
) -> Router:
    router = Router(tags=["inspections"])

    @router.post("/inspections", status_code=201)
    async def plan(
        asked: InspectionAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> InspectionView:
        """Plan an inspection of certified products; each is looked at beside the file it was rated on."""
        known = await recognitions.of_certificates(caller.authority, set(asked.certificates))
        flaws, products = [], []
        for n, number in enumerate(asked.certificates):
            recognition = known.get(number)
            certificate = recognition.certificate(number) if recognition is not None else None
            if recognition is None or certificate is None or number in asked.certificates[:n]:
                flaws.append(
                    Flaw(
                        f"/certificates/{n}",
                        "Không có giấy chứng nhận mang số này, hoặc nêu hai lần.",
                        "There is no certificate of this number, or it is named twice.",
                    )
                )
                continue
            rated = recognition.result(certificate.evaluation_id)
            manifest = rated.manifest_hash if rated is not None else None
            products.append(Inspected(certificate=number, commune=certificate.subject.commune, manifest_hash=manifest))
        if flaws:
            raise RequestInvalid(*flaws, count=len(flaws))
        inspection = Inspection(
            id=f"inspection-{command.id}",
            authority=caller.authority,
            occasion=asked.occasion,
            on=asked.on,
            team=tuple(asked.team),
            members=asked.members,
            products=tuple(products),
        )
        return InspectionView.of((await inspections.add(inspection, command=command)).document)

    @router.get("/inspections")
    async def list_inspections(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[InspectionView]:
        """The inspections of the caller's authority, in a fixed order."""
        found = await inspections.find(dict(caller.within), after=after, limit=limit)
        return Page.of((InspectionView.of(one) for one in found.items), found.next)

    @router.post("/inspections/{id}/conclusion")
    async def conclude_inspection(
        id: InspectionId,
        asked: ConclusionAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> InspectionView:
        """Conclude an inspection; every certificate it proposes to revoke becomes a case of fifteen days."""
        now = clock()
        if asked.concluded_on > day(now):
            raise NotYet(on=asked.concluded_on, today=day(now))
        conclusion = Conclusion(
            on=asked.concluded_on,
            text=asked.text,
            findings=tuple(Finding(**each.model_dump()) for each in asked.findings),
        )

        def concluded(held: Inspection) -> Decision[Inspection]:
            return conclude(held, conclusion, now), ()

        await inspections.change(id, concluded, command=command, within=caller.within)
        return InspectionView.of(await follow_up(id, inspections, cases))

    return router

"""The commune's step over HTTP: a dossier lodged, entered under a number, assessed and proposed."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends
from pydantic import ConfigDict, Field

from services.dossier.catalogue import ProductSets
from services.dossier.domain.commune import assess, receive, round_of
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.form import Evidence
from services.dossier.domain.lodging import lodge
from services.dossier.domain.machine import MOVERS
from services.dossier.domain.number import product_code
from services.dossier.domain.product import CaseKind
from services.dossier.domain.steps import Assessed, Assessment, Content, Improvement, Letter
from services.dossier.events.spoken import CommuneAssessed, DossierLodged, DossierReceived
from services.dossier.routes.entry import COMMUNE, NewLetter, NewReceipt, Samples, receipt_at
from services.dossier.routes.moving import Moving
from services.dossier.routes.views import DossierReceipt
from shared.command import Command
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text


class NewImprovement(Asked):
    """What has changed since the certificate, and the paper of the dossier that proves it."""

    what: Annotated[str, Text(1000, lines=True)]
    evidence: Evidence


class NewLodging(Asked):
    """Nothing for a first evaluation or a re-evaluation; an upgrade says what has changed."""

    improvements: Annotated[tuple[NewImprovement, ...], Field(max_length=50)] = ()


class NewContent(Asked):
    """What the commune finds of one content."""

    content: Content
    met: bool
    remark: Annotated[str, Text(2000, lines=True)]


class NewAssessment(Asked):
    """Form 03, the proposal letter, and the samples passed on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contents": [
                        {"content": "local_origin", "met": True, "remark": "Dứa trồng tại xã."},
                        {"content": "local_labour", "met": True, "remark": "16 trong 18 lao động ở xã."},
                        {"content": "idea_origin", "met": True, "remark": "Chủ thể tự phát triển."},
                        {"content": "local_identity", "met": True, "remark": "Đặc sản của vùng."},
                    ],
                    "letter": {"number": "45/TTr-UBND", "on": "2026-10-29"},
                    "samples": 5,
                }
            ]
        }
    )

    contents: Annotated[list[NewContent], Field(min_length=1, max_length=10)]
    letter: NewLetter
    samples: Samples = 0


class LodgingReceipt(DossierReceipt):
    """The file as the commune has it; ``late`` is a re-evaluation after its window."""

    case_kind: CaseKind
    manifest_version: int
    manifest_hash: str
    lodged_on: date
    late: bool

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        lodged, file = dossier.lodged, dossier.manifests[-1]
        assert lodged is not None
        return cls(
            id=dossier.id,
            state=dossier.told,
            case_kind=dossier.case_kind,
            manifest_version=file.version,
            manifest_hash=file.hash,
            lodged_on=lodged.on,
            late=lodged.late,
        )


class ReceptionReceipt(DossierReceipt):
    """The number the dossier was entered under, and the last day of the commune's step."""

    number: str
    received_on: date
    last_day: date

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        received = dossier.received
        assert received is not None
        (duty,) = dossier.deadlines
        return cls(
            id=dossier.id, state=dossier.told, number=received.number, received_on=received.on, last_day=duty.last_day
        )


class AssessmentReceipt(DossierReceipt):
    """The proposal, the product's code and the round; a re-evaluation waits for none."""

    product_code: str
    round: str | None
    letter: Letter

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        assessment = dossier.assessment
        assert assessment is not None
        return cls(
            id=dossier.id,
            state=dossier.told,
            product_code=assessment.product_code,
            round=assessment.round,
            letter=assessment.letter,
        )


def routes(moving: Moving, product_sets: ProductSets) -> Router:
    router = Router(prefix="/dossiers", tags=["commune"])

    @router.post("/{id}/lodging")
    async def lodge_dossier(
        id: str,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
        new: NewLodging | None = None,
    ) -> LodgingReceipt:
        on = moving.today
        improvements = tuple(Improvement(**each.model_dump()) for each in (new or NewLodging()).improvements)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: lodge(dossier, improvements, moving.regulation, by=caller.role, on=on),
            lambda before, after: (DossierLodged.of(after, on),),
            LodgingReceipt,
        )

    @router.post("/{id}/receipt")
    async def receive_dossier(
        id: str,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
        new: NewReceipt | None = None,
    ) -> ReceptionReceipt:
        receipt = await receipt_at(COMMUNE, moving, id, caller, new)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: receive(dossier, receipt, caller.role),
            lambda before, after: (DossierReceived.of(after, "commune", receipt),),
            ReceptionReceipt,
        )

    @router.post("/{id}/assessment")
    async def assess_dossier(
        id: str,
        new: NewAssessment,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> AssessmentReceipt:
        on = moving.today
        held = await moving.dossiers.get(id, caller.within)
        sheet = product_sets[held.product_set].sheet
        assessment = Assessment(
            contents=tuple(
                Assessed(
                    content=each.content,
                    criteria=sheet.assessed_by_commune(each.content),
                    met=each.met,
                    remark=each.remark,
                )
                for each in new.contents
            ),
            letter=new.letter.letter(),
            on=on,
            by=caller.subject,
            product_code="",
            samples=new.samples,
        )
        proposed = await _coded(moving, held, assessment, caller.role)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: assess(dossier, proposed, caller.role),
            lambda before, after: (CommuneAssessed.of(after, proposed),),
            AssessmentReceipt,
        )

    return router


async def _coded(moving: Moving, held: Dossier, assessment: Assessment, role: str) -> Assessment:
    """The assessment with the round of its letter and the product's code of the commune and the year of evaluation."""
    if held.assessment is not None:
        return held.assessment
    # Everything else is asked first: a number that was given is given.
    assess(held, assessment, role)
    round = round_of(held, assessment.letter, moving.regulation)
    year = assessment.letter.on.year if round is None else round.year
    number = await moving.numbers.give("product_code", held.authority, held.commune, assessment.on, year, held.id)
    code = product_code(number, held.authority, held.commune, year)
    return assessment.model_copy(update={"product_code": code, "round": None if round is None else round.key})

"""Sheets signed by hand over HTTP: entered by the secretary, their scan, and the member's answer."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.responses import StreamingResponse

from services.scoring.domain.council import PersonId
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.marks import total
from services.scoring.domain.paper_sheet import PaperSheet, Scan
from services.scoring.domain.paper_signing import (
    PaperSheetUnknown,
    awaits_scan,
    confirm,
    enter,
    entry_of,
    file_scan,
    readable,
    refuse,
)
from services.scoring.routes.asking import COUNCIL, LARGEST_SCAN, MEMBERS, InPath
from services.scoring.routes.sheet_views import PaperSheetView
from services.scoring.routes.sheets import SheetReceived, Ticked
from services.scoring.store import Evaluations, Sheets
from shared.bodies import streamed
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.files.over_http import FILE_GIVEN, FILE_TAKEN, HashAsked, NameAsked, attachment
from shared.files.store import Files
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.text import Text

Entering = Annotated[Caller, allow("council_secretary")]
Answering = Annotated[Caller, allow(*MEMBERS)]
Reading = Annotated[Caller, allow(*COUNCIL, "agency")]
Number = Annotated[int, Path(ge=1, le=10_000)]


class TickedByHand(Ticked):
    """What stands on a sheet that `member` has signed by hand on that day."""

    member: PersonId
    signed_on: date


class PaperSheetEntered(Told):
    """The sheet is on file; it counts for nothing before its scan is there and its member has confirmed it."""

    evaluation: str
    number: int
    member: str
    total: int
    entered_at: datetime


class PaperSheets(Told):
    """The sheets signed by hand that the caller may see, in the order they were entered."""

    items: list[PaperSheetView]


class Confirming(Asked):
    """Nothing is to be said beside it: what is signed is what was entered and scanned."""


class Refusing(Asked):
    """What is wrong with the entry."""

    reason: Annotated[str, Text(500)]


class PaperSheetRefused(Told):
    """The entry stays on record and counts for nothing; the secretary enters another, or the member signs here."""

    evaluation: str
    number: int
    refused_at: datetime


def routes(evaluations: Evaluations, sheets: Sheets, files: Files, clock: Clock) -> Router:
    router = Router(prefix="/evaluations/{id}/paper-sheets", tags=["sheets"])

    async def seen(id: str, caller: Caller) -> tuple[Evaluation, tuple[PaperSheet, ...]]:
        evaluation = await evaluations.get(id, caller.within)
        agency = caller.role == "agency"
        return evaluation, readable(evaluation, person=caller.subject, principal=caller.principal, agency=agency)

    @router.post("", status_code=201)
    async def enter_paper_sheet(
        id: InPath, ticked: TickedByHand, caller: Entering, command: Annotated[Command, Depends(command)]
    ) -> PaperSheetEntered:
        """Enter the sheet that a member has signed by hand; another entry of the same member takes its place."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        now = clock()

        def entered(held: Evaluation) -> Decision[Evaluation]:
            after = enter(
                held,
                sheet,
                ticked.sheet_hash,
                person=caller.subject,
                member=ticked.member,
                ticks=ticked.ticks,
                opinion=ticked.opinion,
                signed_on=ticked.signed_on,
                by=caller.principal,
                at=now,
                today=day(now),
            )
            return after, ()

        def answer(held: Evaluation) -> PaperSheetEntered:
            last = held.paper_sheets[-1]
            return PaperSheetEntered(
                evaluation=id,
                number=last.number,
                member=last.member,
                total=total(sheet, last.marks),
                entered_at=last.entered_at,
            )

        saved = await evaluations.change(id, entered, command=command, answer=answer, within=caller.within)
        return PaperSheetEntered.model_validate(saved.answer)

    @router.put("/{number}/scan", openapi_extra=FILE_TAKEN)
    async def send_scan(
        request: Request,
        id: InPath,
        number: Number,
        caller: Entering,
        file_name: NameAsked,
        sha256: HashAsked = None,
    ) -> PaperSheetView:
        """Send the scan of an entry as it is: a PDF or an image of at most 20 MiB, told by its content."""
        evaluation = await evaluations.get(id, caller.within)
        # Whoever may not send the scan is told before it is on its way.
        awaits_scan(evaluation, number, person=caller.subject, by=caller.principal)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        held = await files.receive(evaluation.authority, streamed(request, LARGEST_SCAN), file_name, sha256)
        scan = Scan(file_name=file_name, **held._asdict(), by=caller.principal, at=clock())

        def filed(held: Evaluation) -> Decision[Evaluation]:
            return file_scan(held, sheet, number, scan, person=caller.subject), ()

        # No Idempotency-Key is needed: the same content again changes nothing.
        saved = await evaluations.change(id, filed, within=caller.within)
        return PaperSheetView.of(sheet, entry_of(saved.document, number))

    @router.get("")
    async def list_paper_sheets(id: InPath, caller: Reading) -> PaperSheets:
        """The member's own and those the caller entered; to the council more once the blind phase is closed."""
        evaluation, readable = await seen(id, caller)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        return PaperSheets(items=[PaperSheetView.of(sheet, one) for one in readable])

    @router.get("/{number}/scan", response_class=StreamingResponse, responses=FILE_GIVEN)
    async def read_scan(id: InPath, number: Number, caller: Reading) -> StreamingResponse:
        """The scan of an entry, for whoever may see the entry."""
        evaluation, readable = await seen(id, caller)
        scan = next((one.scan for one in readable if one.number == number), None)
        if scan is None:
            raise PaperSheetUnknown(number=number)
        pieces = await files.content(evaluation.authority, scan.sha256)
        return attachment(pieces, scan.held, scan.file_name)

    @router.post("/{number}/confirmation", status_code=201)
    async def confirm_paper_sheet(
        id: InPath,
        number: Number,
        confirming: Confirming,
        caller: Answering,
        command: Annotated[Command, Depends(command)],
    ) -> SheetReceived:
        """Confirm that the caller's own sheet was entered as it stands on the paper: from now on it is signed."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        now = clock()

        def confirmed(held: Evaluation) -> Decision[Evaluation]:
            return confirm(held, sheet, number, member=caller.subject, by=caller.principal, at=now), ()

        saved = await evaluations.change(
            id,
            confirmed,
            command=command,
            answer=lambda held: SheetReceived.of(held, caller.subject),
            within=caller.within,
        )
        return SheetReceived.model_validate(saved.answer)

    @router.post("/{number}/refusal")
    async def refuse_paper_sheet(
        id: InPath,
        number: Number,
        refusing: Refusing,
        caller: Answering,
        command: Annotated[Command, Depends(command)],
    ) -> PaperSheetRefused:
        """Refuse the entry of the caller's own sheet, and say what is wrong with it."""
        now = clock()

        def refused(held: Evaluation) -> Decision[Evaluation]:
            reason, by = refusing.reason, caller.principal
            return refuse(held, number, member=caller.subject, reason=reason, by=by, at=now), ()

        saved = await evaluations.change(
            id,
            refused,
            command=command,
            answer=lambda _: PaperSheetRefused(evaluation=id, number=number, refused_at=now),
            within=caller.within,
        )
        return PaperSheetRefused.model_validate(saved.answer)

    return router

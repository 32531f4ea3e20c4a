"""Results over HTTP that were rated wholly on paper: sums and minutes, marked as such wherever they are shown."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import Field, NonNegativeInt

from services.scoring.councils import Regulations
from services.scoring.domain.council import council_id
from services.scoring.domain.evaluation import Evaluation, OnPaper
from services.scoring.domain.next_star import lacked
from services.scoring.domain.paper_result import NoPaperResult, check_ran, keep_minutes, on_paper, record_on_paper
from services.scoring.domain.paper_sheet import Scan
from services.scoring.events.spoken import ScoreFinalized
from services.scoring.routes.asking import CONCLUDING, COUNCIL, LARGEST_SCAN, InPath, Key, Option
from services.scoring.routes.views import ResultView
from services.scoring.store import Councils, Evaluations, RuleSets, Sheets
from shared.bodies import streamed
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.files.over_http import FILE_GIVEN, FILE_TAKEN, NameAsked, attachment
from shared.files.store import Files
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text


class RatedOnPaper(Asked):
    """What the minutes of a council state that scored on paper.

    `part_sums` are the points of each part summed over all sheets, so that nothing is rounded. `below` names the option
    found in each criterion with a star minimum that is not met up to 5 stars; `stars` is what the minutes conclude.
    """

    minutes: Annotated[str, Text(200)]
    on: date
    scan: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    sheet_count: Annotated[int, Field(ge=1, le=99)]
    part_sums: dict[Literal["A", "B", "C"], NonNegativeInt]
    below: Annotated[dict[Key, Option | None], Field(max_length=200)]
    stars: Annotated[int, Field(ge=1, le=5)]


def routes(
    evaluations: Evaluations,
    councils: Councils,
    sheets: Sheets,
    rule_sets: RuleSets,
    regulations: Regulations,
    files: Files,
    clock: Clock,
) -> Router:
    router = Router(tags=["evaluations"])

    @router.post("/evaluations/{id}/paper-result", status_code=201)
    async def record_paper_result(
        id: InPath,
        rated: RatedOnPaper,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> ResultView:
        """Record the result of a product that no session here has scored, from the minutes of one held on paper."""
        evaluation = await evaluations.get(id, caller.within)
        basis = evaluation.basis
        sheet = await sheets.under(basis.sheet_hash)
        rules = await rule_sets.under(basis.rule_set_hash)
        membership = (await councils.get(council_id(caller.authority))).on(rated.on)
        regulation = regulations.on(caller.authority, rated.on)
        now = clock()
        paper = OnPaper(
            minutes=rated.minutes,
            on=rated.on,
            decision=membership.decision,
            part_sums=rated.part_sums,
            scan=rated.scan,
        )

        def recorded(held: Evaluation) -> Decision[Evaluation]:
            after = record_on_paper(
                held,
                sheet,
                rules,
                basis,
                membership=membership,
                regulation=regulation,
                paper=paper,
                sheet_count=rated.sheet_count,
                below=rated.below,
                stars=rated.stars,
                person=caller.subject,
                by=caller.principal,
                at=now,
                today=day(now),
            )
            assert after.result is not None
            return after, (ScoreFinalized.of(after, after.result, lacked(after, sheet, rules)),)

        def answer(held: Evaluation) -> ResultView:
            assert held.result is not None
            return ResultView.of(held.result)

        saved = await evaluations.change(id, recorded, command=command, answer=answer, within=caller.within)
        return ResultView.model_validate(saved.answer)

    @router.put("/evaluations/{id}/paper-result/scan", openapi_extra=FILE_TAKEN)
    async def send_minutes(
        request: Request,
        id: InPath,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        file_name: NameAsked,
    ) -> ResultView:
        """Send the scan of the minutes as it is; it must have the SHA-256 that was stated with the result."""
        evaluation = await evaluations.get(id, caller.within)
        paper = on_paper(evaluation)
        check_ran((await councils.get(council_id(caller.authority))).on(paper.on), caller.subject)
        held = await files.receive(evaluation.authority, streamed(request, LARGEST_SCAN), file_name, paper.scan)
        scan = Scan(file_name=file_name, **held._asdict(), by=caller.principal, at=clock())

        # No Idempotency-Key is needed: the same content again changes nothing.
        saved = await evaluations.change(id, lambda held: (keep_minutes(held, scan), ()), within=caller.within)
        assert saved.document.result is not None
        return ResultView.of(saved.document.result)

    @router.get("/evaluations/{id}/paper-result/scan", response_class=StreamingResponse, responses=FILE_GIVEN)
    async def read_minutes(id: InPath, caller: Annotated[Caller, allow(*COUNCIL, "agency")]) -> StreamingResponse:
        """The scan of the minutes a result on paper rests on."""
        evaluation = await evaluations.get(id, caller.within)
        file = on_paper(evaluation).file
        if file is None:
            raise NoPaperResult()
        return attachment(await files.content(evaluation.authority, file.sha256), file.held, file.file_name)

    return router

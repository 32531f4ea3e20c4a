"""Results over HTTP that were rated wholly on paper: sums and minutes, marked as such wherever they are shown."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field, NonNegativeInt

from services.scoring.councils import Regulations
from services.scoring.domain.council import council_id
from services.scoring.domain.evaluation import Evaluation, OnPaper
from services.scoring.domain.next_star import lacked
from services.scoring.domain.paper_result import record_on_paper
from services.scoring.events.spoken import ScoreFinalized
from services.scoring.routes.asking import CONCLUDING, InPath, Key, Option
from services.scoring.routes.views import ResultView
from services.scoring.store import Councils, Evaluations, RuleSets, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
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
        sheet = await sheets.sheet(basis.sheet_hash)
        rules = await rule_sets.rule_set(basis.rule_set_hash)
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

    return router

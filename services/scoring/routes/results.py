"""Results over HTTP: counted, stopped by a conclusion of the council, annulled."""

from datetime import date
from typing import Annotated

from fastapi import Depends

from services.scoring.domain.conclusions import conclude
from services.scoring.domain.evaluation import (
    Annulled,
    AnnulmentGround,
    Evaluation,
    Stopped,
    annul,
    redo_id,
    sitting_of,
    stop,
)
from services.scoring.domain.finalising import finalise
from services.scoring.domain.next_star import lacked
from services.scoring.domain.sheet import Slug
from services.scoring.domain.sitting import check_runs
from services.scoring.events.spoken import EvaluationStopped, ScoreAnnulled, ScoreFinalized
from services.scoring.routes.asking import CONCLUDING, InPath, Key
from services.scoring.routes.views import ResultView, StoppedView
from services.scoring.store import Evaluations, RuleSets, Sessions, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.text import Text


class DatedAhead(Refusal):
    status = 422
    vi = "Văn bản ghi ngày {on}, chưa đến. Hãy sửa ngày của văn bản."
    en = "The document is dated {on}, which has not come yet. Correct its date."


class Finalising(Asked):
    """Nothing is to be said beside it: everything the result rests on is on file."""


class Concluding(Asked):
    """A conclusion of the council in its minutes that ends the evaluation.

    `rule` is a disqualifier of the whole dossier, or with `criterion` a rule printed beside that criterion.
    """

    rule: Slug
    criterion: Key | None = None
    minutes: Annotated[str, Text(200)]


class Annulling(Asked):
    """By what ground and paper a result does not hold."""

    ground: AnnulmentGround
    document: Annotated[str, Text(100)]
    dated: date


class AnnulmentReceipt(Told):
    """The result does not hold any more; `redone_as` is the evaluation the council scores instead."""

    evaluation: str
    redone_as: str


def routes(sessions: Sessions, evaluations: Evaluations, sheets: Sheets, rule_sets: RuleSets, clock: Clock) -> Router:
    router = Router(tags=["evaluations"])

    @router.post("/evaluations/{id}/finalisation")
    async def finalise_evaluation(
        id: InPath,
        finalising: Finalising,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> ResultView:
        """Count the result once the session has closed: the average, the stars, and what stood in their way."""
        evaluation = await evaluations.get(id, caller.within)
        basis = evaluation.basis
        sheet = await sheets.under(basis.sheet_hash)
        rules = await rule_sets.under(basis.rule_set_hash)
        over = evaluation.sitting is not None and (await sessions.get(evaluation.sitting.session_id)).scored(id)
        now = clock()

        def finalised(held: Evaluation) -> Decision[Evaluation]:
            after = finalise(held, sheet, rules, basis, session_closed=over, by=caller.principal, at=now)
            assert after.result is not None
            return after, (ScoreFinalized.of(after, after.result, lacked(after, sheet, rules)),)

        def answer(evaluation: Evaluation) -> ResultView:
            assert evaluation.result is not None
            return ResultView.of(evaluation.result)

        saved = await evaluations.change(id, finalised, command=command, answer=answer, within=caller.within)
        return ResultView.model_validate(saved.answer)

    @router.post("/evaluations/{id}/conclusion")
    async def conclude_evaluation(
        id: InPath,
        concluding: Concluding,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> StoppedView:
        """Stop the evaluation by a conclusion of the council in its minutes: no total, no star."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        ground = conclude(sheet, concluding.rule, concluding.criterion)
        stopped = Stopped(
            ground=ground,
            criterion=concluding.criterion,
            rule=concluding.rule,
            minutes=concluding.minutes,
            at=clock(),
        )

        def concluded(evaluation: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(evaluation), caller.subject)
            after = stop(evaluation, stopped)
            return after, (EvaluationStopped.of(after, stopped),)

        saved = await evaluations.change(
            id,
            concluded,
            command=command,
            answer=lambda _: StoppedView.of(stopped),
            within=caller.within,
        )
        return StoppedView.model_validate(saved.answer)

    @router.post("/evaluations/{id}/annulment")
    async def annul_result(
        id: InPath,
        annulling: Annulling,
        caller: Annotated[Caller, allow("agency")],
        command: Annotated[Command, Depends(command)],
    ) -> AnnulmentReceipt:
        """Annul a result by the Ministry's order, an upheld complaint or a wrong entry; the file is scored anew."""
        now = clock()
        if annulling.dated > day(now):
            raise DatedAhead(on=annulling.dated.isoformat())
        annulled = Annulled(**annulling.model_dump(), by=caller.principal, at=now)

        def annul_it(evaluation: Evaluation) -> Decision[Evaluation]:
            after = annul(evaluation, annulled)
            return after, (ScoreAnnulled.of(after, annulled),)

        def answer(evaluation: Evaluation) -> AnnulmentReceipt:
            return AnnulmentReceipt(evaluation=evaluation.id, redone_as=redo_id(evaluation.id))

        saved = await evaluations.change(id, annul_it, command=command, answer=answer, within=caller.within)
        return AnnulmentReceipt.model_validate(saved.answer)

    return router

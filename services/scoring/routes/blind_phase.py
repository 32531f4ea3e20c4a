"""The blind phase over HTTP: conflicts, its closing, and what was agreed after it."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field

from services.scoring.domain.blind_phase import close
from services.scoring.domain.council import PersonId
from services.scoring.domain.evaluation import (
    Evaluation,
    sitting_of,
)
from services.scoring.domain.finalising import note_agreement
from services.scoring.domain.session import SessionClosed
from services.scoring.domain.signing import declare
from services.scoring.domain.sitting import Conflict, check_runs
from services.scoring.events.spoken import RescoringRequired
from services.scoring.routes.asking import CONCLUDING, COUNCIL, InPath, Key, Option
from services.scoring.store import Evaluations, Sessions, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow


class Declaring(Asked):
    """Whose conflict of interest it is, the caller's own when nobody is named, and what kind."""

    person: PersonId | None = None
    kind: Literal["own", "related"]


class ConflictNoted(Told):
    """This person does not score the product."""

    person: str
    kind: Literal["own", "related"]


class ClosingPhase(Asked):
    """Nothing is to be said beside it: everything it rests on is on file."""


class PhaseReceipt(Told):
    """Whether the blind phase is over, or the totals diverged too far and another round of scoring begins."""

    evaluation: str
    outcome: Literal["closed", "rescoring"]
    round: int

    @classmethod
    def of(cls, evaluation: Evaluation) -> "PhaseReceipt":
        sitting = sitting_of(evaluation)
        outcome: Literal["closed", "rescoring"] = "rescoring" if sitting.blind else "closed"
        return cls(evaluation=evaluation.id, outcome=outcome, round=sitting.round)


class Agreeing(Asked):
    """The option the council agreed for each criterion with a star minimum in which its members differ."""

    agreed: Annotated[dict[Key, Option | None], Field(max_length=200)]


class AgreementNoted(Told):
    """What was agreed is on file; entering it again replaces it until the session closes."""

    evaluation: str
    agreed: dict[str, str | None]


def routes(sessions: Sessions, evaluations: Evaluations, sheets: Sheets, clock: Clock) -> Router:
    router = Router(tags=["evaluations"])

    @router.post("/evaluations/{id}/conflicts", status_code=201)
    async def declare_conflict(
        id: InPath,
        declaring: Declaring,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> ConflictNoted:
        """Declare a conflict of interest, one's own or, by whoever runs the session, a known one of another."""
        person = declaring.person or caller.subject
        conflict = Conflict(person=person, kind=declaring.kind, declared_by=caller.principal, at=clock())

        def declared(evaluation: Evaluation) -> Decision[Evaluation]:
            if person != caller.subject:
                check_runs(sitting_of(evaluation), caller.subject)
            return declare(evaluation, conflict), ()

        saved = await evaluations.change(
            id,
            declared,
            command=command,
            answer=lambda _: ConflictNoted(person=person, kind=declaring.kind),
            within=caller.within,
        )
        return ConflictNoted.model_validate(saved.answer)

    @router.post("/evaluations/{id}/blind-phase/closing")
    async def close_blind_phase(
        id: InPath,
        closing: ClosingPhase,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> PhaseReceipt:
        """Close the blind phase of one product: from now on nothing is signed or reopened, and the council sees all.

        Where the totals differ by more than the regulation allows, another blind round begins instead.
        """
        now = clock()

        def closed(evaluation: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(evaluation), caller.subject)
            after = close(evaluation, by=caller.principal, at=now, today=day(now))
            return after, (RescoringRequired.of(after),) if sitting_of(after).blind else ()

        saved = await evaluations.change(id, closed, command=command, answer=PhaseReceipt.of, within=caller.within)
        return PhaseReceipt.model_validate(saved.answer)

    @router.post("/evaluations/{id}/agreement")
    async def enter_agreement(
        id: InPath,
        agreeing: Agreeing,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> AgreementNoted:
        """Enter what the council agreed where members differ in a criterion with a star minimum."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        if (await sessions.get(sitting_of(evaluation).session_id)).minutes is not None:
            raise SessionClosed()
        now = clock()

        def agreed(held: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(held), caller.subject)
            return note_agreement(held, sheet, agreeing.agreed, by=caller.principal, at=now), ()

        saved = await evaluations.change(
            id,
            agreed,
            command=command,
            answer=lambda _: AgreementNoted(evaluation=id, agreed=agreeing.agreed),
            within=caller.within,
        )
        return AgreementNoted.model_validate(saved.answer)

    return router

"""Members' sheets over HTTP: signed one at a time or many together, and reopened with a reason."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import Field

from services.scoring.domain.evaluation import AnotherSheet, Evaluation
from services.scoring.domain.signing import hand_in, reopen
from services.scoring.routes.asking import (
    COUNCIL,
    EvaluationId,
    InPath,
    ItemRefused,
    Key,
    Option,
    each,
    item_of,
)
from services.scoring.store import Evaluations, Sheets
from shared.clock import Clock
from shared.command import Command
from shared.document import Decision
from shared.errors import NotFound, Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.text import Text


class Ticked(Asked):
    """A member's whole sheet: for each criterion the option ticked, or null for “no option met”.

    A criterion with several cases is answered for one of them, under `code:case`; what there is to add in words is the
    member's `opinion`.
    """

    sheet_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    ticks: Annotated[dict[Key, Option | None], Field(max_length=200)]
    opinion: Annotated[str, Text(2_000, lines=True)] | None = None


class TickedFor(Ticked):
    """One of many sheets, and the evaluation it is for."""

    evaluation: EvaluationId


class ManyTicked(Asked):
    """The sheets of one member for many products, each answered for itself."""

    sheets: Annotated[tuple[TickedFor, ...], Field(min_length=1, max_length=200)]


class SheetReceived(Told):
    """The sheet is signed; `hash` is what a later reader compares it with."""

    evaluation: str
    total: int
    handed_in_at: datetime
    hash: str

    @classmethod
    def of(cls, evaluation: Evaluation, member: str) -> "SheetReceived":
        own = evaluation.sheet_of(member)
        assert own is not None
        return cls(evaluation=evaluation.id, total=own.total, handed_in_at=own.at, hash=own.hash)


class SheetAnswered(Told):
    """What became of one of many sheets."""

    evaluation: str
    received: SheetReceived | None = None
    refused: ItemRefused | None = None


class SheetsAnswered(Told):
    """What became of each sheet, in the order they were sent."""

    sheets: list[SheetAnswered]


class Reopening(Asked):
    """Why a signed sheet is to be filled in again."""

    reason: Annotated[str, Text(500)]


class SheetReopened(Told):
    """The sheet does not count any more and stays on record; its member signs another."""

    evaluation: str
    reopened_at: datetime


def routes(evaluations: Evaluations, sheets: Sheets, clock: Clock) -> Router:
    router = Router(tags=["sheets"])

    async def sign(id: str, ticked: Ticked, caller: Caller, command: Command) -> SheetReceived:
        try:
            sheet = await sheets.under(ticked.sheet_hash)
        except NotFound:
            await evaluations.get(id, caller.within)
            raise AnotherSheet() from None
        # The evaluation is read once, where it is decided on: reading it before as well was a third of the work.
        now = clock()

        def signed(held: Evaluation) -> Decision[Evaluation]:
            after = hand_in(
                held,
                sheet,
                ticked.sheet_hash,
                member=caller.subject,
                ticks=ticked.ticks,
                opinion=ticked.opinion,
                at=now,
            )
            return after, ()

        saved = await evaluations.change(
            id,
            signed,
            command=command,
            answer=lambda held: SheetReceived.of(held, caller.subject),
            within=caller.within,
        )
        return SheetReceived.model_validate(saved.answer)

    @router.post("/evaluations/{id}/sheets", status_code=201)
    async def hand_in_sheet(
        id: InPath,
        ticked: Ticked,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> SheetReceived:
        """Sign the caller's sheet: whole, once, and only while the blind phase of the product is open."""
        return await sign(id, ticked, caller, command)

    @router.post("/sheets")
    async def hand_in_sheets(
        many: ManyTicked,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> SheetsAnswered:
        """Sign the caller's sheets for many products; each is answered as if it had come alone."""

        async def one(ticked: TickedFor) -> SheetReceived:
            return await sign(ticked.evaluation, ticked, caller, item_of(command, ticked.evaluation))

        return SheetsAnswered(
            sheets=[
                SheetAnswered(evaluation=ticked.evaluation, refused=ItemRefused.of(outcome))
                if isinstance(outcome, Refusal)
                else SheetAnswered(evaluation=ticked.evaluation, received=outcome)
                for ticked, outcome in zip(many.sheets, await each(many.sheets, one), strict=True)
            ]
        )

    @router.post("/evaluations/{id}/sheets/reopening")
    async def reopen_sheet(
        id: InPath,
        reopening: Reopening,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> SheetReopened:
        """Take the caller's signed sheet back to fill in another, while the blind phase of the product is open."""
        now = clock()

        def reopened(held: Evaluation) -> Decision[Evaluation]:
            after = reopen(held, member=caller.subject, reason=reopening.reason, by=caller.principal, at=now)
            return after, ()

        saved = await evaluations.change(
            id,
            reopened,
            command=command,
            answer=lambda held: SheetReopened(evaluation=held.id, reopened_at=now),
            within=caller.within,
        )
        return SheetReopened.model_validate(saved.answer)

    return router

"""Members' drafts over HTTP: kept while they tick, on whatever device, and shown to nobody else."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from services.scoring.domain.draft import Draft, draft_id, drafted, unfinished
from services.scoring.domain.evaluation import AnotherSheet
from services.scoring.routes.asking import COUNCIL, InPath, ItemFlaw
from services.scoring.routes.sheets import Ticked
from services.scoring.store import Drafts, Evaluations, Sheets
from shared.clock import Clock
from shared.command import Command
from shared.document import Decision
from shared.http import Router, Told, command
from shared.identity import Caller, allow


class DraftKept(Told):
    """The draft is on file in place of the former one."""

    evaluation: str
    revision: int
    kept_at: datetime

    @classmethod
    def of(cls, draft: Draft) -> "DraftKept":
        return cls(evaluation=draft.evaluation_id, revision=draft.revision, kept_at=draft.at)


class DraftView(Told):
    """The caller's own draft, and what would keep it from being signed as it is."""

    evaluation: str
    revision: int
    kept_at: datetime
    sheet_hash: str
    ticks: dict[str, str | None]
    opinion: str | None
    unfinished: list[ItemFlaw]


def routes(drafts: Drafts, evaluations: Evaluations, sheets: Sheets, clock: Clock) -> Router:
    router = Router(tags=["sheets"])

    @router.put("/evaluations/{id}/draft")
    async def keep_draft(
        id: InPath,
        ticked: Ticked,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> DraftKept:
        """Keep the caller's draft, whole or in parts, in place of the former one; the last one kept counts."""
        evaluation = await evaluations.get(id, caller.within)
        if ticked.sheet_hash != evaluation.basis.sheet_hash:
            raise AnotherSheet()
        sheet = await sheets.under(ticked.sheet_hash)
        now = clock()

        def kept(held: Draft | None) -> Decision[Draft]:
            after = drafted(
                held,
                evaluation,
                sheet,
                ticked.sheet_hash,
                member=caller.subject,
                ticks=ticked.ticks,
                opinion=ticked.opinion,
                at=now,
            )
            return after, ()

        saved = await drafts.settle(draft_id(id, caller.subject), kept, command=command, answer=DraftKept.of)
        return DraftKept.model_validate(saved.answer)

    @router.get("/evaluations/{id}/draft")
    async def show_draft(id: InPath, caller: Annotated[Caller, allow(*COUNCIL)]) -> DraftView:
        """The caller's own draft; what was signed since is read at the evaluation."""
        evaluation = await evaluations.get(id, caller.within)
        draft = await drafts.get(draft_id(id, caller.subject), caller.within)
        sheet = await sheets.under(draft.sheet_hash)
        return DraftView(
            evaluation=id,
            revision=draft.revision,
            kept_at=draft.at,
            sheet_hash=draft.sheet_hash,
            ticks=draft.ticks,
            opinion=draft.opinion,
            unfinished=[ItemFlaw.of(flaw) for flaw in unfinished(draft, evaluation, sheet)],
        )

    return router

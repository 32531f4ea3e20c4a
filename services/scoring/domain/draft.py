"""A member's draft of a sheet: kept before it is signed, seen by its member alone, and binding nobody."""

from datetime import datetime

from shared.document import Document
from shared.errors import Flaw

from .evaluation import AnotherSheet, Evaluation
from .marks import SheetNotInOrder, Ticks, letter_for, tick
from .sheet import Sheet
from .signing import SheetHandedIn, in_blind_phase
from .sitting import InConflict, NotSeated


class Draft(Document):
    """What one member has ticked so far for one product; ``revision`` counts how often it was kept."""

    evaluation_id: str
    member: str
    sheet_hash: str
    ticks: dict[str, str | None]
    opinion: str | None = None
    revision: int
    at: datetime


def draft_id(evaluation_id: str, member: str) -> str:
    return f"draft/{evaluation_id}/{member}"


def drafted(
    held: Draft | None,
    evaluation: Evaluation,
    sheet: Sheet,
    sheet_hash: str,
    *,
    member: str,
    ticks: Ticks,
    opinion: str | None = None,
    at: datetime,
) -> Draft:
    """The member's draft as it is now. It may be incomplete, but ticks only what the sheet has.

    Whoever has a seat that scores may prepare, before anybody has noted them as present. Raises ``EvaluationClosed``,
    ``NotConvened``, ``BlindPhaseOver``, ``NotSeated``, ``InConflict``, ``AnotherSheet``, ``SheetHandedIn`` or
    ``SheetNotInOrder``.
    """
    sitting = in_blind_phase(evaluation)
    seated = sitting.seat_of(member)
    if seated is None or not sitting.may_score(seated):
        raise NotSeated()
    if sitting.in_conflict(member):
        raise InConflict()
    if sheet_hash != evaluation.basis.sheet_hash:
        raise AnotherSheet()
    if evaluation.sheet_of(member) is not None:
        raise SheetHandedIn()
    if wrong := [flaw for key, option in ticks.items() if isinstance(flaw := letter_for(sheet, key, option), Flaw)]:
        raise SheetNotInOrder(*wrong, count=len(wrong))
    return Draft(
        id=draft_id(evaluation.id, member),
        authority=evaluation.authority,
        evaluation_id=evaluation.id,
        member=member,
        sheet_hash=sheet_hash,
        ticks=dict(ticks),
        opinion=opinion,
        revision=1 if held is None else held.revision + 1,
        at=at,
    )


def unfinished(draft: Draft, evaluation: Evaluation, sheet: Sheet) -> tuple[Flaw, ...]:
    """What would keep the draft from being signed as it is."""
    try:
        tick(sheet, draft.ticks, evaluation.case.evidence)
    except SheetNotInOrder as refused:
        return tuple(refused.flaws)
    return ()

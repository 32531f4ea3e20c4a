"""The end of the blind phase: it closes on the sheets of all who are there, or the product is scored again."""

from collections.abc import Iterator
from datetime import date, datetime

from shared.errors import Flaw, Refusal

from .evaluation import Evaluation
from .paper_signing import waits
from .signing import in_blind_phase, superseded
from .sitting import Closing, Sitting, lacking


class BlindPhaseIncomplete(Refusal):
    """The blind phase closes only on everybody's signed sheet; who signs later would have seen the others'."""

    vi = "Chưa thể đóng giai đoạn chấm độc lập: còn thiếu {count} điều. Hãy hoàn tất từng điều được nêu."
    en = "The blind phase cannot close yet: {count} thing(s) are missing. Complete each one named."


def unsigned(evaluation: Evaluation, sitting: Sitting) -> Iterator[Flaw]:
    """Everybody who scores the product and has not signed."""
    entered = {one.member for one in evaluation.paper_sheets if waits(sitting, one)}
    for one in sitting.scorers:
        if evaluation.sheet_of(one.person) is not None:
            continue
        if one.person in entered:
            yield Flaw(
                f"/sheets/{one.person}",
                f"«{one.person}» chưa xác nhận phiếu giấy đã nhập, hoặc phiếu chưa có bản quét.",
                f"“{one.person}” has not confirmed the sheet entered from paper, or its scan is missing.",
            )
        else:
            yield Flaw(
                f"/sheets/{one.person}",
                f"«{one.person}» có mặt nhưng chưa ký phiếu.",
                f"“{one.person}” is there and has not signed a sheet.",
            )


def replied(evaluation: Evaluation, sitting: Sitting, today: date) -> Sitting:
    """The sitting that the phase closes on: after the last day for opinions, that of those who have replied."""
    if sitting.replies_by is None or today <= sitting.replies_by:
        return sitting
    there = tuple(person for person in sitting.present if evaluation.sheet_of(person) is not None)
    return sitting.model_copy(update={"present": there})


def close(evaluation: Evaluation, *, by: str, at: datetime, today: date) -> Evaluation:
    """The evaluation with its blind phase closed, or, when totals diverge too far, with another round begun.

    Members' totals may differ by as many points as the regulation says (Decision 26/2026/QĐ-TTg, article 7.3, leaves
    it there); beyond it the product is discussed and scored again, and the first sheets stay on record. Opinions in
    writing close when all have replied, or after their last day (``today`` is later) on those who have. Raises
    ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``MeetingNeeded``, ``BlindPhaseIncomplete`` or
    ``TooManySheets``.
    """
    sitting = replied(evaluation, in_blind_phase(evaluation), today)
    if flaws := (*lacking(sitting), *unsigned(evaluation, sitting)):
        raise BlindPhaseIncomplete(*flaws, count=len(flaws))
    totals = [sheet.total for sheet in evaluation.sheets]
    spread = max(totals) - min(totals)
    limit = sitting.regulation.divergence_limit
    closing = Closing(by=by, at=at, spread=spread, diverged=limit is not None and spread > limit)
    after = evaluation
    if closing.diverged:
        everybody = tuple(sheet.member for sheet in evaluation.sheets)
        after = superseded(evaluation, "rescoring", members=everybody, reason=None, by=by, at=at)
    return after.but(sitting=sitting.model_copy(update={"closings": (*sitting.closings, closing)}))

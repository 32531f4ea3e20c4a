"""A member's sheet: signed whole, never altered, reopened with a reason, left out when a conflict is declared."""

from datetime import datetime
from hashlib import sha256

from shared.errors import Refusal

from .evaluation import AnotherSheet, Evaluation, HandedIn, Superseded, sitting_of
from .marks import Ticks, tick, total
from .paper_sheet import PaperSheet
from .sheet import Sheet
from .sitting import Conflict, NotSeated, Sitting, check_attendance, check_scorer

MOST_RECORDED = 500
"""Superseded sheets one evaluation keeps at most; nobody changes their mind that often."""


class BlindPhaseOver(Refusal):
    """What was signed when the blind phase closed is what counts."""

    vi = "Giai đoạn chấm độc lập của sản phẩm này đã đóng; không thể ký, mở lại phiếu hay sửa điểm danh nữa."
    en = "The blind phase of this product is closed; no sheet is signed or reopened and no attendance changed."


class MeetingNeeded(Refusal):
    """Opinions in writing that diverge are not collected again: the council meets."""

    vi = "Ý kiến bằng văn bản chênh lệch quá mức. Hãy hoãn sản phẩm này và đưa vào một phiên họp."
    en = "The opinions in writing diverged too far. Put this product off and on the agenda of a meeting."


class SheetHandedIn(Refusal):
    """A signed sheet is immutable."""

    vi = "Bạn đã ký phiếu chấm cho sản phẩm này. Muốn sửa, hãy mở lại phiếu và nêu lý do, rồi ký phiếu mới."
    en = "You have signed your sheet for this product. To change it, reopen it with a reason and sign another."


class SheetNotSigned(Refusal):
    vi = "Chưa có phiếu đã ký nào của bạn cho sản phẩm này để mở lại."
    en = "There is no signed sheet of yours for this product to reopen."


class TooManySheets(Refusal):
    """More sheets than any council would write."""

    vi = "Lượt đánh giá này đã lưu {count} phiếu không còn hiệu lực, là mức cao nhất."
    en = "This evaluation keeps {count} superseded sheets, which is the most it can hold."


def in_blind_phase(evaluation: Evaluation) -> Sitting:
    """The sitting whose blind phase is open.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver`` or ``MeetingNeeded``.
    """
    sitting = sitting_of(evaluation)
    if not sitting.blind:
        raise BlindPhaseOver()
    if sitting.replies_by is not None and sitting.closings:
        raise MeetingNeeded()
    return sitting


def hand_in(
    evaluation: Evaluation,
    sheet: Sheet,
    sheet_hash: str,
    *,
    member: str,
    ticks: Ticks,
    opinion: str | None = None,
    at: datetime,
) -> Evaluation:
    """The evaluation with the signed sheet of one more member, who may add an opinion in words.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``NotSeated``, ``NotPresent``, ``InConflict``,
    ``AnotherSheet``, ``SheetHandedIn`` or ``SheetNotInOrder``.
    """
    sitting = in_blind_phase(evaluation)
    check_scorer(sitting, member)
    if sheet_hash != evaluation.basis.sheet_hash:
        raise AnotherSheet()
    if evaluation.sheet_of(member) is not None:
        raise SheetHandedIn()
    return signed(evaluation, sheet, member, tick(sheet, ticks, evaluation.case.evidence), opinion, at=at)


def signed(
    evaluation: Evaluation,
    sheet: Sheet,
    member: str,
    marks: str,
    opinion: str | None,
    *,
    at: datetime,
    paper: PaperSheet | None = None,
) -> Evaluation:
    """The evaluation with these marks in force as the sheet of ``member``; ``paper`` is where they signed by hand."""
    new = HandedIn(
        member=member,
        marks=marks,
        total=total(sheet, marks),
        at=at,
        opinion=opinion,
        paper=None if paper is None else paper.number,
    )
    hash = signature(evaluation, sitting_of(evaluation).round, new)
    return evaluation.but(sheets=(*evaluation.sheets, new.model_copy(update={"hash": hash})))


def signature(evaluation: Evaluation, round: int, sheet: HandedIn) -> str:
    """The SHA-256 of everything a member puts their name to, by which an altered sheet is known.

    That is evaluation, round, sheet, file, member, marks and time, then the opinion and the scan of the paper where
    there are any.
    """
    frozen = (evaluation.basis.sheet_hash, evaluation.case.manifest_hash)
    parts = [evaluation.id, str(round), *frozen, sheet.member, sheet.marks, sheet.at.isoformat()]
    if sheet.opinion is not None:
        parts.append(sheet.opinion)
    parts += [one.scan.sha256 for one in evaluation.paper_sheets if one.number == sheet.paper and one.scan is not None]
    return sha256("\n".join(parts).encode()).hexdigest()


def reopen(evaluation: Evaluation, *, member: str, reason: str, by: str, at: datetime) -> Evaluation:
    """The evaluation without the sheet ``member`` has signed in this round; it stays on record.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``SheetNotSigned`` or ``TooManySheets``.
    """
    in_blind_phase(evaluation)
    if evaluation.sheet_of(member) is None:
        raise SheetNotSigned()
    return superseded(evaluation, "reopened", members=(member,), reason=reason, by=by, at=at)


def attend(evaluation: Evaluation, present: tuple[str, ...]) -> Evaluation:
    """The evaluation with those who are there for it.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver`` or ``AttendanceNotInOrder``.
    """
    sitting = in_blind_phase(evaluation)
    check_attendance(sitting, present, tuple(sheet.member for sheet in evaluation.sheets))
    return evaluation.but(sitting=sitting.model_copy(update={"present": present}))


def declare(evaluation: Evaluation, conflict: Conflict) -> Evaluation:
    """The evaluation with a conflict of interest, whose sheet, if there is one, does not count any more.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``NotSeated`` or ``TooManySheets``.
    """
    sitting = in_blind_phase(evaluation)
    if sitting.seat_of(conflict.person) is None:
        raise NotSeated()
    if sitting.in_conflict(conflict.person):
        return evaluation
    after = superseded(
        evaluation, "conflict", members=(conflict.person,), reason=None, by=conflict.declared_by, at=conflict.at
    )
    return after.but(sitting=sitting.model_copy(update={"conflicts": (*sitting.conflicts, conflict)}))


def superseded(
    evaluation: Evaluation, why: str, *, members: tuple[str, ...], reason: str | None, by: str, at: datetime
) -> Evaluation:
    """The evaluation with the sheets of ``members`` on record instead of in force. Raises ``TooManySheets``."""
    sitting = sitting_of(evaluation)
    gone = [
        Superseded.model_validate(
            {
                "sheet": sheet,
                "session_id": sitting.session_id,
                "round": sitting.round,
                "why": why,
                "reason": reason,
                "by": by,
                "at": at,
            }
        )
        for sheet in evaluation.sheets
        if sheet.member in members
    ]
    if len(evaluation.record) + len(gone) > MOST_RECORDED:
        raise TooManySheets(count=MOST_RECORDED)
    return evaluation.but(
        sheets=tuple(sheet for sheet in evaluation.sheets if sheet.member not in members),
        record=(*evaluation.record, *gone),
    )

"""Sheets signed by hand: the secretary enters one with its scan, and its member confirms or refuses it."""

from datetime import date, datetime

from shared.errors import Refusal

from .advising import DayAhead
from .evaluation import AnotherSheet, Evaluation
from .marks import Ticks, tick
from .paper_sheet import Answer, PaperSheet, Scan
from .sheet import Sheet
from .signing import SheetHandedIn, in_blind_phase, signed
from .sitting import InConflict, NotSeated, Sitting, check_scorer

MOST_ENTERED = 200
"""Entries one evaluation keeps at most; no council is so large, nor errs so often."""


class SecretaryScores(Refusal):
    """Whoever scores a product sees nobody else's marks before they have signed."""

    status = 403
    vi = "Theo quy chế, thư ký cũng chấm điểm nên không nhập phiếu của thành viên khác. Hãy để thành viên tự ký phiếu."
    en = "By the regulation the secretary scores too, and so enters nobody else's sheet. Let the member sign it."


class MemberHasSigned(Refusal):
    vi = "Thành viên này đã ký phiếu cho sản phẩm. Chỉ chính thành viên đó mở lại được phiếu."
    en = "This member has signed a sheet for this product. Only the member can reopen it."


class PaperSheetUnknown(Refusal):
    status = 404
    vi = "Không có phiếu giấy số {number} mà bạn được xem ở sản phẩm này."
    en = "There is no sheet on paper with the number {number} here that you may see."


class PaperSheetNotWaiting(Refusal):
    """Answered, replaced by another entry, or of a round that is over."""

    vi = "Phiếu giấy số {number} không còn chờ: đã được trả lời, đã nhập lại, hoặc thuộc vòng chấm trước."
    en = "The sheet on paper {number} waits no more: it was answered, entered anew, or is of a round that is over."


class ScanAwaited(Refusal):
    vi = "Phiếu giấy số {number} chưa có bản quét. Hãy đợi thư ký gửi bản quét rồi đối chiếu."
    en = "The sheet on paper {number} has no scan yet. Wait until the secretary has sent it, then compare."


class ScanThere(Refusal):
    """What a member is asked to confirm does not change under their eyes."""

    vi = "Phiếu giấy số {number} đã có một bản quét khác. Hãy nhập lại phiếu rồi gửi bản quét mới."
    en = "The sheet on paper {number} has another scan. Enter the sheet anew and send the new scan."


class TooManyEntered(Refusal):
    vi = "Lượt đánh giá này đã lưu {count} phiếu giấy, là mức cao nhất."
    en = "This evaluation keeps {count} sheets on paper, which is the most it can hold."


def enter(
    evaluation: Evaluation,
    sheet: Sheet,
    sheet_hash: str,
    *,
    person: str,
    member: str,
    ticks: Ticks,
    opinion: str | None,
    signed_on: date,
    by: str,
    at: datetime,
    today: date,
) -> Evaluation:
    """The evaluation with one more sheet on paper, in the place of one of the same member that waits.

    ``person`` is who enters it. Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``MeetingNeeded``,
    ``NotSeated``, ``SecretaryScores``, ``NotPresent``, ``InConflict``, ``MemberHasSigned``, ``AnotherSheet``,
    ``DayAhead``, ``SheetNotInOrder`` or ``TooManyEntered``.
    """
    sitting = in_blind_phase(evaluation)
    check_secretary(sitting, person)
    check_to_sign(evaluation, sitting, member)
    if sheet_hash != evaluation.basis.sheet_hash:
        raise AnotherSheet()
    if signed_on > today:
        raise DayAhead(on=signed_on.isoformat())
    if len(evaluation.paper_sheets) >= MOST_ENTERED:
        raise TooManyEntered(count=MOST_ENTERED)
    entered = PaperSheet(
        number=len(evaluation.paper_sheets) + 1,
        member=member,
        session_id=sitting.session_id,
        round=sitting.round,
        marks=tick(sheet, ticks, evaluation.case.evidence),
        opinion=opinion,
        signed_on=signed_on,
        entered_by=by,
        entered_at=at,
    )
    former = tuple(
        one.model_copy(update={"answer": Answer(how="replaced", by=by, at=at)})
        if one.member == member and waits(sitting, one)
        else one
        for one in evaluation.paper_sheets
    )
    return evaluation.but(paper_sheets=(*former, entered))


def file_scan(evaluation: Evaluation, sheet: Sheet, number: int, scan: Scan, *, person: str) -> Evaluation:
    """The evaluation with the scan of an entry; the same content again changes nothing.

    Where the regulation asks for no confirmation the sheet counts from now on. Raises what ``awaits_scan`` raises.
    """
    entry = awaits_scan(evaluation, number, person=person, by=scan.by)
    if entry.scan is not None:
        if entry.scan.sha256 != scan.sha256:
            raise ScanThere(number=number)
        return evaluation
    filed = entry.model_copy(update={"scan": scan})
    if in_blind_phase(evaluation).regulation.paper_sheets == "confirmed":
        return _with(evaluation, filed)
    return _counted(evaluation, sheet, filed, Answer(how="counted", by=scan.by, at=scan.at))


def awaits_scan(evaluation: Evaluation, number: int, *, person: str, by: str) -> PaperSheet:
    """The entry that a scan sent by ``person`` would belong to; another secretary's is not theirs to see.

    Where the regulation asks for no confirmation the scan signs for the member, who must still be the one to sign.
    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``MeetingNeeded``, ``NotSeated``,
    ``SecretaryScores``, ``InConflict``, ``PaperSheetUnknown``, ``PaperSheetNotWaiting``, ``NotPresent`` or
    ``MemberHasSigned``.
    """
    sitting = in_blind_phase(evaluation)
    check_secretary(sitting, person)
    entry = entry_of(evaluation, number)
    if entry.entered_by != by:
        raise PaperSheetUnknown(number=number)
    if entry.scan is None:
        if not waits(sitting, entry):
            raise PaperSheetNotWaiting(number=number)
        if sitting.regulation.paper_sheets == "entered":
            check_to_sign(evaluation, sitting, entry.member)
    return entry


def confirm(evaluation: Evaluation, sheet: Sheet, number: int, *, member: str, by: str, at: datetime) -> Evaluation:
    """The evaluation with the entry signed by its member, who has compared it with the paper.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``MeetingNeeded``, ``PaperSheetUnknown``,
    ``PaperSheetNotWaiting``, ``NotSeated``, ``NotPresent``, ``InConflict``, ``SheetHandedIn`` or ``ScanAwaited``.
    """
    sitting = in_blind_phase(evaluation)
    entry = _of_member(evaluation, sitting, number, member)
    check_scorer(sitting, member)
    if evaluation.sheet_of(member) is not None:
        raise SheetHandedIn()
    if entry.scan is None:
        raise ScanAwaited(number=number)
    return _counted(evaluation, sheet, entry, Answer(how="confirmed", by=by, at=at))


def refuse(evaluation: Evaluation, number: int, *, member: str, reason: str, by: str, at: datetime) -> Evaluation:
    """The evaluation with the entry refused by its member; it stays on record and counts for nothing.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOver``, ``MeetingNeeded``, ``PaperSheetUnknown`` or
    ``PaperSheetNotWaiting``.
    """
    entry = _of_member(evaluation, in_blind_phase(evaluation), number, member)
    answer = Answer(how="refused", reason=reason, by=by, at=at)
    return _with(evaluation, entry.model_copy(update={"answer": answer}))


def readable(evaluation: Evaluation, *, person: str, principal: str, agency: bool) -> tuple[PaperSheet, ...]:
    """The entries that this reader may see, marks, scan and all.

    Their member and whoever entered them at any time; the council that sits on the product those of rounds whose
    blind phase is closed; the agency all, when the evaluation has ended.
    """
    if agency:
        return evaluation.paper_sheets if evaluation.state != "open" else ()
    sitting = evaluation.sitting
    deliberates = sitting is not None and sitting.seat_of(person) is not None and not sitting.in_conflict(person)
    return tuple(
        one
        for one in evaluation.paper_sheets
        if person == one.member or principal == one.entered_by or (deliberates and _in_the_open(sitting, one))
    )


def entry_of(evaluation: Evaluation, number: int) -> PaperSheet:
    """The entry with this number. Raises ``PaperSheetUnknown``."""
    for one in evaluation.paper_sheets:
        if one.number == number:
            return one
    raise PaperSheetUnknown(number=number)


def check_secretary(sitting: Sitting, person: str) -> None:
    """Raises ``NotSeated``, ``InConflict`` or ``SecretaryScores`` when ``person`` may not enter another's sheet."""
    held = sitting.seat_of(person)
    if held is None or held.seat != "secretary":
        raise NotSeated()
    if sitting.in_conflict(person):
        raise InConflict()
    if sitting.may_score(held):
        raise SecretaryScores()


def check_to_sign(evaluation: Evaluation, sitting: Sitting, member: str) -> None:
    """Raises ``NotSeated``, ``InConflict``, ``NotPresent`` or ``MemberHasSigned``: nothing of theirs is awaited."""
    check_scorer(sitting, member)
    if evaluation.sheet_of(member) is not None:
        raise MemberHasSigned()


def waits(sitting: Sitting, entry: PaperSheet) -> bool:
    """Whether an entry can still become its member's sheet of this round."""
    return entry.answer is None and (entry.session_id, entry.round) == (sitting.session_id, sitting.round)


def _in_the_open(sitting: Sitting | None, entry: PaperSheet) -> bool:
    """Whether the blind phase of the entry's round is closed."""
    if sitting is None or entry.session_id != sitting.session_id:
        return False
    return not sitting.blind or entry.round < sitting.round


def _of_member(evaluation: Evaluation, sitting: Sitting, number: int, member: str) -> PaperSheet:
    entry = entry_of(evaluation, number)
    if entry.member != member:
        raise PaperSheetUnknown(number=number)
    if not waits(sitting, entry):
        raise PaperSheetNotWaiting(number=number)
    return entry


def _counted(evaluation: Evaluation, sheet: Sheet, entry: PaperSheet, answer: Answer) -> Evaluation:
    after = _with(evaluation, entry.model_copy(update={"answer": answer}))
    return signed(after, sheet, entry.member, entry.marks, entry.opinion, at=answer.at, paper=entry)


def _with(evaluation: Evaluation, changed: PaperSheet) -> Evaluation:
    return evaluation.but(
        paper_sheets=tuple(changed if one.number == changed.number else one for one in evaluation.paper_sheets)
    )

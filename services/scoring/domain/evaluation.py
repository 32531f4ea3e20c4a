"""The evaluation of one dossier by one authority's council: opened, scored sheet by sheet, finalised or stopped."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field, PositiveInt

from shared.document import Document
from shared.errors import Refusal

from .conclusions import Ground
from .marks import Ticks, tick, total
from .rule_set import CENTRE, CaseKind, RuleSet
from .sheet import Sheet
from .stars import Average, Frozen, Rating, agree, rate

_EVALUATIONS = UUID("5c0e3f3a-9d0b-5f5e-8a5e-6f1c2b7d4e26")

MOST_SHEETS = 100
"""Sheets one evaluation holds at most; no council is that large."""


class CouncilElsewhere(Refusal):
    """A province's council rates its own dossiers; only the central council rates those of others."""

    vi = "Hội đồng của {to} không đánh giá hồ sơ do {speaker} gửi. Hãy gửi tới hội đồng của chính tỉnh hoặc trung ương."
    en = "The council of {to} does not rate dossiers of {speaker}. Submit to the province's own council or the centre."


class NotTheSubmitter(Refusal):
    """Only the authority that submitted the dossier may renew it or take it back."""

    vi = "Hồ sơ này do {submitted_by} gửi, không phải {speaker}."
    en = "This dossier was submitted by {submitted_by}, not by {speaker}."


class EvaluationClosed(Refusal):
    """Nothing can be added to an evaluation that is finalised or stopped."""

    vi = "Lượt đánh giá này đã kết thúc ({state}); không thể thay đổi."
    en = "This evaluation has ended ({state}); it can no longer be changed."


class AnotherSheet(Refusal):
    """The ticks were made on another sheet than the one frozen in the evaluation."""

    vi = "Lượt đánh giá này dùng một phiếu khác. Hãy tải lại phiếu của lượt đánh giá rồi chấm."
    en = "This evaluation uses another sheet. Load the sheet of the evaluation again and score on it."


class SheetHandedIn(Refusal):
    """A member hands in one sheet."""

    vi = "Bạn đã nộp phiếu chấm cho sản phẩm này; mỗi thành viên chỉ nộp một phiếu."
    en = "You have handed in your sheet for this product; each member hands in one."


class TooManySheets(Refusal):
    """More sheets than any council has members."""

    vi = "Lượt đánh giá này đã có {count} phiếu, là mức cao nhất."
    en = "This evaluation has {count} sheets, which is the most it can hold."


class NoSheets(Refusal):
    """There is nothing to take an average of."""

    vi = "Chưa có thành viên nào nộp phiếu chấm. Hãy đợi phiếu rồi mới chốt kết quả."
    en = "No member has handed in a sheet yet. Wait for the sheets before finalising."


class Product(Frozen):
    """The product as the dossier names it."""

    id: str
    name: str


class Case(Frozen):
    """What was submitted to the council: the product, the kind of case, and the frozen manifest of its papers."""

    product: Product
    product_set: str
    case_kind: CaseKind
    manifest_version: PositiveInt
    manifest_hash: str
    received_on: date


class Basis(Frozen):
    """By what the case is scored, frozen when it opens: a later change of the files does not touch it."""

    rule_set: str
    rule_set_hash: str
    sheet_hash: str


class HandedIn(Frozen):
    """The sheet of one member: a letter per criterion, and its total."""

    member: str
    marks: str
    total: Annotated[int, Field(ge=0, le=100)]
    at: datetime


class Result(Frozen):
    """What the council's sheets come to."""

    average: Average
    agreed: str
    rating: Rating
    by: str
    at: datetime


class Stopped(Frozen):
    """Why an evaluation ended without a total and without a star."""

    ground: Ground
    criterion: str | None = None
    rule: str | None = None
    minutes: str | None = None
    at: datetime


class Evaluation(Document):
    """One evaluation; its id follows from dossier, authority and attempt, so that it cannot be opened twice."""

    dossier_id: str
    attempt: PositiveInt
    submitted_by: str
    """The authority whose dossier it is; the evaluation's own authority is that of the council."""
    owner_id: str
    commune: str
    case: Case
    basis: Basis
    state: Literal["open", "finalised", "stopped"] = "open"
    sheets: tuple[HandedIn, ...] = ()
    result: Result | None = None
    stopped: Stopped | None = None

    def sheet_of(self, member: str) -> HandedIn | None:
        """The sheet ``member`` has handed in."""
        return next((sheet for sheet in self.sheets if sheet.member == member), None)


def evaluation_id(dossier_id: str, authority: str, attempt: int) -> str:
    """The permanent id of the evaluation of this dossier by this authority, at this attempt."""
    return str(uuid5(_EVALUATIONS, f"{dossier_id}|{authority}|{attempt}"))


def check_council(to: str, speaker: str) -> None:
    """Raises ``CouncilElsewhere`` when the council of ``to`` does not rate what ``speaker`` submits.

    A province rates its own products, the central council what provinces send it (Decision 26/2026/QĐ-TTg,
    articles 7.3 and 7.4).
    """
    if to not in (speaker, CENTRE):
        raise CouncilElsewhere(to=to, speaker=speaker)


def check_submitter(evaluation: Evaluation, speaker: str) -> None:
    """Raises ``NotTheSubmitter`` when another authority speaks of this dossier: ids are not secrets."""
    if speaker != evaluation.submitted_by:
        raise NotTheSubmitter(submitted_by=evaluation.submitted_by, speaker=speaker)


def submitted(evaluation: Evaluation, case: Case, basis: Basis) -> Evaluation:
    """The evaluation after its dossier was submitted once more with a higher manifest version.

    Until the first sheet is handed in the new file replaces the old one, with the sheet it is to be scored on; from
    then on, and after the end, what is scored stays as it was frozen.
    """
    renewed = case.manifest_version > evaluation.case.manifest_version
    if not renewed or evaluation.sheets or evaluation.state != "open":
        return evaluation
    return evaluation.but(case=case, basis=basis)


def hand_in(
    evaluation: Evaluation,
    sheet: Sheet,
    sheet_hash: str,
    *,
    member: str,
    ticks: Ticks,
    at: datetime,
) -> Evaluation:
    """The evaluation with the sheet of one more member.

    Raises ``EvaluationClosed``, ``AnotherSheet``, ``SheetHandedIn``, ``TooManySheets`` or ``SheetNotInOrder``.
    """
    _still_open(evaluation)
    if sheet_hash != evaluation.basis.sheet_hash:
        raise AnotherSheet()
    if evaluation.sheet_of(member) is not None:
        raise SheetHandedIn()
    if len(evaluation.sheets) >= MOST_SHEETS:
        raise TooManySheets(count=MOST_SHEETS)
    marks = tick(sheet, ticks)
    handed_in = HandedIn(member=member, marks=marks, total=total(sheet, marks), at=at)
    return evaluation.but(sheets=(*evaluation.sheets, handed_in))


def finalise(
    evaluation: Evaluation,
    sheet: Sheet,
    rule_set: RuleSet,
    basis: Basis,
    *,
    agreed: Mapping[str, str | None],
    by: str,
    at: datetime,
) -> Evaluation:
    """The evaluation with its result: the average of the members' totals, the stars, and what stood in the way.

    Decision 26/2026/QĐ-TTg, article 3.3. ``agreed`` states the council's option for each criterion with a star
    minimum in which the members differ; ``basis`` says which sheet and rules were loaded. Raises
    ``EvaluationClosed``, ``AnotherSheet``, ``NoSheets``, ``AgreementMissing`` or ``AgreementNotInOrder``.
    """
    _still_open(evaluation)
    if basis != evaluation.basis:
        raise AnotherSheet()
    if not evaluation.sheets:
        raise NoSheets()
    result = computed(evaluation, sheet, rule_set, agreed=agreed, by=by, at=at)
    return evaluation.but(state="finalised", result=result)


def computed(
    evaluation: Evaluation,
    sheet: Sheet,
    rule_set: RuleSet,
    *,
    agreed: Mapping[str, str | None],
    by: str,
    at: datetime,
) -> Result:
    """The result that the sheets of ``evaluation`` come to, from the letters on: stored totals are not believed."""
    marks = [handed_in.marks for handed_in in evaluation.sheets]
    average = Average(total=sum(total(sheet, letters) for letters in marks), count=len(marks))
    letters = agree(sheet, marks, agreed)
    rating = rate(rule_set, sheet, average, letters, evaluation.authority)
    return Result(average=average, agreed=letters, rating=rating, by=by, at=at)


def stop(evaluation: Evaluation, stopped: Stopped) -> Evaluation:
    """The evaluation without a total and without a star.

    A withdrawal that comes when the evaluation has ended changes nothing: its result, if any, was counted before.
    A conclusion of the council on an ended evaluation is refused.
    """
    if evaluation.state != "open":
        if stopped.ground == "withdrawn":
            return evaluation
        raise EvaluationClosed(state=evaluation.state)
    return evaluation.but(state="stopped", stopped=stopped)


def _still_open(evaluation: Evaluation) -> None:
    if evaluation.state != "open":
        raise EvaluationClosed(state=evaluation.state)

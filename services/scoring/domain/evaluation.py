"""The evaluation of one dossier by one authority's council: what is kept of it, how it opens and how it stops."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field, NonNegativeInt, PositiveInt

from shared.document import CENTRE, Document
from shared.errors import Refusal

from .advice import Advice
from .conclusions import Ground
from .paper_sheet import PaperSheet, Scan
from .rule_set import CaseKind
from .sitting import Sitting
from .stars import Average, Frozen, Rating

State = Literal["open", "finalised", "stopped", "annulled"]
AnnulmentGround = Literal["ministry_order", "complaint_upheld", "wrong_entry"]
_EVALUATIONS = UUID("5c0e3f3a-9d0b-5f5e-8a5e-6f1c2b7d4e26")


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


class NotConvened(Refusal):
    """The product is on no session's agenda, so there is nobody yet who could score it."""

    vi = "Sản phẩm chưa có trong chương trình của phiên họp nào. Hãy đưa vào một phiên họp."
    en = "The product is on no session's agenda. Put it on one."


class AnotherSheet(Refusal):
    """The ticks were made on another sheet than the one frozen in the evaluation."""

    vi = "Lượt đánh giá này dùng một phiếu khác. Hãy tải lại phiếu của lượt đánh giá rồi chấm."
    en = "This evaluation uses another sheet. Load the sheet of the evaluation again and score on it."


class NothingToAnnul(Refusal):
    """Only a result that stands can be annulled."""

    vi = "Lượt đánh giá này không có kết quả nào đang có hiệu lực để hủy ({state})."
    en = "This evaluation has no standing result to annul ({state})."


class Product(Frozen):
    """The product as the dossier names it."""

    id: str
    name: str


OwnerKind = Literal["cooperative", "cooperative_group", "enterprise", "farm", "household", "association", "centre"]
"""Who may be an owner (Decision 26/2026/QĐ-TTg, article 2.3)."""


class Case(Frozen):
    """What was submitted to the council: the product, the kind of case, and the frozen manifest of its papers."""

    product: Product
    product_set: str
    case_kind: CaseKind
    manifest_version: PositiveInt
    manifest_hash: str
    received_on: date
    evidence: tuple[str, ...] | None = None
    """The kinds of evidence in the file, ``None`` where the submission did not say."""
    owner_kind: OwnerKind | None = None


class Basis(Frozen):
    """By what the case is scored, frozen when it opens: a later change of the files does not touch it."""

    rule_set: str
    rule_set_hash: str
    sheet_hash: str
    rate_by: date | None = None
    """The last day for the whole rating, where the rules set one."""


class HandedIn(Frozen):
    """The signed sheet of one member: a letter per criterion, its total, and what was signed when."""

    member: str
    marks: str
    total: Annotated[int, Field(ge=0, le=100)]
    at: datetime
    hash: str = ""
    """The SHA-256 of what was signed (see ``signing.signature``); sheets of release 0.1.0 carry none."""
    opinion: str | None = None
    """What the member adds in words."""
    paper: PositiveInt | None = None
    """The number of the entry, where the sheet was signed by hand."""


class Superseded(Frozen):
    """A signed sheet that does not count any more, and why: it stays on record for good."""

    sheet: HandedIn
    session_id: str
    round: PositiveInt
    why: Literal["reopened", "conflict", "rescoring", "put_off"]
    reason: str | None = None
    by: str
    at: datetime


class Agreement(Frozen):
    """The option the council agreed for each criterion with a star minimum in which its members differ."""

    options: dict[str, str | None]
    by: str
    at: datetime


class OnPaper(Frozen):
    """A result that was rated wholly on paper: there are no marks, only what the minutes say."""

    minutes: str
    on: date
    decision: str
    """The decision that set up the council as it sat that day."""
    part_sums: dict[Literal["A", "B", "C"], NonNegativeInt]
    """The points of each part, summed over all sheets."""
    scan: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The SHA-256 of the scanned minutes."""
    file: Scan | None = None
    """The scan itself, once it was sent."""


class Result(Frozen):
    """What the council's sheets come to."""

    average: Average
    agreed: str
    rating: Rating
    by: str
    at: datetime
    on_paper: OnPaper | None = None


class Stopped(Frozen):
    """Why an evaluation ended without a total and without a star."""

    ground: Ground
    criterion: str | None = None
    rule: str | None = None
    minutes: str | None = None
    at: datetime


class Annulled(Frozen):
    """Why a result does not hold, and the paper that says so."""

    ground: AnnulmentGround
    document: str
    dated: date
    by: str
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
    state: State = "open"
    advice: Advice = Advice()
    sitting: Sitting | None = None
    """The session the product is on the agenda of."""
    sheets: tuple[HandedIn, ...] = ()
    """The signed sheets in force; those of members with a conflict are not among them."""
    record: tuple[Superseded, ...] = ()
    paper_sheets: tuple[PaperSheet, ...] = ()
    """Sheets signed by hand, as they were entered; those that count are among ``sheets`` too."""
    agreement: Agreement | None = None
    result: Result | None = None
    """The council's result; of an annulled evaluation it stays on record."""
    stopped: Stopped | None = None
    annulled: Annulled | None = None
    redoes: str | None = None
    """The annulled evaluation in whose place the council scores once more."""
    overdue_said: date | None = None
    """The last day for the whole rating that was said to have passed."""

    @property
    def begun(self) -> bool:
        """Whether anybody has ever signed a sheet, here or on paper."""
        return bool(self.sheets or self.record or self.paper_sheets)

    @property
    def phase(self) -> Literal["waiting", "blind", "deliberation", "ended"]:
        """How far the council is: called to no session yet, scoring blind, deliberating, or done."""
        if self.state != "open":
            return "ended"
        if self.sitting is None:
            return "waiting"
        return "blind" if self.sitting.blind else "deliberation"

    def sheet_of(self, member: str) -> HandedIn | None:
        """The signed sheet of ``member`` that is in force."""
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

    Until the first sheet is signed the new file replaces the old one, with the sheet it is to be scored on; from
    then on, and after the end, what is scored stays as it was frozen.
    """
    renewed = case.manifest_version > evaluation.case.manifest_version
    if not renewed or evaluation.begun or evaluation.state != "open":
        return evaluation
    return evaluation.but(case=case, basis=basis)


def sitting_of(evaluation: Evaluation) -> Sitting:
    """The session's part of an evaluation that is still open. Raises ``EvaluationClosed`` or ``NotConvened``."""
    still_open(evaluation)
    if evaluation.sitting is None:
        raise NotConvened()
    return evaluation.sitting


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


def annul(evaluation: Evaluation, annulled: Annulled) -> Evaluation:
    """The evaluation whose result does not hold: by the Ministry's order, an upheld complaint or a wrong entry.

    Decision 26/2026/QĐ-TTg, article 10.1b, for the first of them. Raises ``NothingToAnnul``.
    """
    if evaluation.state != "finalised":
        raise NothingToAnnul(state=evaluation.state)
    return evaluation.but(state="annulled", annulled=annulled)


def redo_id(evaluation_id: str) -> str:
    """The id of the evaluation that takes the place of an annulled one."""
    return str(uuid5(_EVALUATIONS, f"{evaluation_id}|annulled"))


def redone(evaluation: Evaluation) -> Evaluation:
    """The evaluation that takes the place of an annulled one: the same file, scored anew by the same frozen rules."""
    return Evaluation(
        id=redo_id(evaluation.id),
        authority=evaluation.authority,
        dossier_id=evaluation.dossier_id,
        attempt=evaluation.attempt,
        submitted_by=evaluation.submitted_by,
        owner_id=evaluation.owner_id,
        commune=evaluation.commune,
        case=evaluation.case,
        basis=evaluation.basis,
        redoes=evaluation.id,
    )


def still_open(evaluation: Evaluation) -> None:
    """Raises ``EvaluationClosed`` when the evaluation has ended."""
    if evaluation.state != "open":
        raise EvaluationClosed(state=evaluation.state)

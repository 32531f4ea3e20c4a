"""The advisory group at work before the council scores: who may, until when, and what it may say."""

from datetime import date, datetime

from shared.errors import Flaw, Refusal

from .advice import (
    Advice,
    AdvisoryReport,
    ExtraTest,
    LaboratoryFinding,
    Opinion,
    ProposedItem,
    SiteVisit,
    SupplementProposal,
)
from .council import Membership
from .evaluation import Evaluation, still_open
from .regulation import Regulation
from .rule_set import CaseKind
from .stars import Frozen

MOST_NOTED = 50
"""Visits, tests, proposals and reports one evaluation keeps of each; no product is looked at so often."""


class NotTheAdviser(Refusal):
    """The advisory group advises; for a re-evaluation there is none, and the agency does its part."""

    status = 403
    vi = (
        "Chỉ Tổ tư vấn của hội đồng ghi phần này; với hồ sơ đánh giá lại thì cơ quan tham mưu ghi. "
        "Hãy dùng phân công phù hợp."
    )
    en = (
        "This is for the advisory group of the council; for a re-evaluation it is for the agency. "
        "Use the appointment that fits."
    )


class ScoringBegun(Refusal):
    """From the first signed sheet on, the file and what was advised on it stay as they are."""

    vi = "Hội đồng đã bắt đầu chấm sản phẩm này; hồ sơ và ý kiến tư vấn không còn thay đổi được."
    en = "The council has begun to score this product; its file and the advice on it cannot change any more."


class DayAhead(Refusal):
    status = 422
    vi = "Ngày {on} chưa đến. Hãy ghi ngày đã diễn ra."
    en = "The day {on} has not come yet. Enter the day on which it was."


class DayPassed(Refusal):
    status = 422
    vi = "Hạn bổ sung {until} đã qua. Hãy đề nghị một ngày sau hôm nay."
    en = "The day {until} has passed. Propose one after today."


class NoSuchTest(Refusal):
    status = 404
    vi = "Không có yêu cầu kiểm nghiệm số {number} nào đang chờ kết quả."
    en = "There is no test {number} that waits for its result."


class TooMuchAdvice(Refusal):
    vi = "Lượt đánh giá này đã lưu {count} mục loại này, là mức cao nhất."
    en = "This evaluation keeps {count} entries of this kind, which is the most it can hold."


def check_adviser(case_kind: CaseKind, *, agency: bool, person: str, membership: Membership | None) -> None:
    """Raises ``NotTheAdviser``. A re-evaluation has no advisory group: the agency writes the report.

    Decision 26/2026/QĐ-TTg, articles 7.3c, 7.4 and 7.6. ``membership`` is that of the council today, if there is one.
    """
    if case_kind == "re_evaluation":
        advises = agency
    else:
        seats = () if membership is None else membership.members
        advises = not agency and any(one.person == person and one.seat == "advisory" for one in seats)
    if not advises:
        raise NotTheAdviser()


def visit(evaluation: Evaluation, noted: SiteVisit, today: date) -> Evaluation:
    """The evaluation with a visit. Raises ``ScoringBegun``, ``EvaluationClosed``, ``DayAhead`` or ``TooMuchAdvice``."""
    advice = _open_to_advice(evaluation)
    _not_ahead(noted.on, today)
    _room(advice.visits)
    return _advised(evaluation, visits=(*advice.visits, noted))


def ask_test(evaluation: Evaluation, *, what: str, reason: str, by: str, at: datetime) -> Evaluation:
    """The evaluation with one more test asked for. Raises ``ScoringBegun``, ``EvaluationClosed``, ``TooMuchAdvice``."""
    advice = _open_to_advice(evaluation)
    _room(advice.tests)
    asked = ExtraTest(number=len(advice.tests) + 1, what=what, reason=reason, by=by, at=at)
    return _advised(evaluation, tests=(*advice.tests, asked))


def enter_finding(evaluation: Evaluation, number: int, result: LaboratoryFinding, today: date) -> Evaluation:
    """The evaluation with the result of a test.

    Raises ``NoSuchTest``, ``DayAhead``, ``ScoringBegun`` or ``EvaluationClosed``.
    """
    advice = _open_to_advice(evaluation)
    _not_ahead(result.on, today)
    if not any(one.number == number and one.result is None for one in advice.tests):
        raise NoSuchTest(number=number)
    tests = (one.model_copy(update={"result": result}) if one.number == number else one for one in advice.tests)
    return _advised(evaluation, tests=tuple(tests))


def propose(
    evaluation: Evaluation, items: tuple[ProposedItem, ...], until: date, *, by: str, at: datetime, today: date
) -> Evaluation:
    """The evaluation with supplements proposed, which the owner is asked for by the dossier service.

    A file is completed only until the first sheet is signed. Raises ``ScoringBegun``, ``EvaluationClosed``,
    ``DayPassed`` or ``TooMuchAdvice``.
    """
    advice = _open_to_advice(evaluation)
    if until <= today:
        raise DayPassed(until=until.isoformat())
    _room(advice.proposals)
    proposal = SupplementProposal(
        number=len(advice.proposals) + 1,
        items=items,
        until=until,
        manifest_version=evaluation.case.manifest_version,
        by=by,
        at=at,
    )
    return _advised(evaluation, proposals=(*advice.proposals, proposal))


def report(
    evaluation: Evaluation, *, number: str, on: date, opinion: Opinion, text: str, by: str, at: datetime, today: date
) -> Evaluation:
    """The evaluation with the report to the chair, on the file as it is now.

    A report that the council's regulation asks for may still come when scoring has begun. Raises ``ScoringBegun``,
    ``EvaluationClosed``, ``DayAhead`` or ``TooMuchAdvice``.
    """
    sitting = evaluation.sitting
    late = evaluation.state == "open" and sitting is not None and report_owed(evaluation, sitting.regulation)
    advice = evaluation.advice if late else _open_to_advice(evaluation)
    _not_ahead(on, today)
    _room(advice.reports)
    made = AdvisoryReport(
        number=number,
        on=on,
        opinion=opinion,
        text=text,
        manifest_version=evaluation.case.manifest_version,
        manifest_hash=evaluation.case.manifest_hash,
        by=by,
        at=at,
    )
    return _advised(evaluation, reports=(*advice.reports, made))


def report_owed(evaluation: Evaluation, regulation: Regulation) -> bool:
    """Whether the regulation asks for a report, and there is none on the file that is scored.

    Decision 26/2026/QĐ-TTg, article 7.3c, gives the advisory group the report and leaves it to the regulation what
    follows without one.
    """
    made = evaluation.advice.report
    there = made is not None and made.manifest_hash == evaluation.case.manifest_hash
    return regulation.advisory_report and not there


REPORT_OWED = Flaw(
    "/advice/reports",
    "Quy chế yêu cầu báo cáo của Tổ tư vấn (hồ sơ đánh giá lại: của cơ quan tham mưu) về bản hồ sơ này.",
    "The regulation asks for a report of the advisory group (re-evaluations: of the agency) on this file.",
)


def _open_to_advice(evaluation: Evaluation) -> Advice:
    still_open(evaluation)
    if evaluation.begun:
        raise ScoringBegun()
    return evaluation.advice


def _not_ahead(on: date, today: date) -> None:
    if on > today:
        raise DayAhead(on=on.isoformat())


def _room(noted: tuple[Frozen, ...]) -> None:
    if len(noted) >= MOST_NOTED:
        raise TooMuchAdvice(count=MOST_NOTED)


def _advised(evaluation: Evaluation, **noted: object) -> Evaluation:
    return evaluation.but(advice=evaluation.advice.model_copy(update=noted))

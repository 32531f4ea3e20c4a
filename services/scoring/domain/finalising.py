"""From signed sheets to the council's result: what was agreed, what is still missing, and the result itself."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from shared.errors import Flaw, Refusal

from .advising import REPORT_OWED, report_owed
from .blind_phase import unsigned
from .conclusions import Owed, conclusions_owed
from .evaluation import (
    Agreement,
    AnotherSheet,
    Basis,
    Evaluation,
    NotConvened,
    Result,
    sitting_of,
    still_open,
)
from .marks import total
from .minimums import judged
from .regulation import StarMinimumPolicy
from .rule_set import RuleSet
from .sheet import Sheet
from .sitting import lacking
from .stars import AgreementMissing, Average, agree, rate


class BlindPhaseOpen(Refusal):
    """What the council agrees on it agrees after everybody has signed."""

    vi = "Giai đoạn chấm độc lập của sản phẩm này chưa đóng. Hãy đóng giai đoạn này trước."
    en = "The blind phase of this product is still open. Close it first."


class NothingToAgree(Refusal):
    """The regulation judges star minimums by the sheets themselves."""

    vi = "Theo quy chế, yêu cầu tối thiểu theo sao được xét từ các phiếu; không ghi phương án thống nhất."
    en = "By the regulation star minimums are judged from the sheets; no agreed option is entered."


class ResultNotReady(Refusal):
    """A result needs quorum, everybody's signed sheet, no open divergence, what was agreed, and a closed session."""

    vi = "Chưa thể chốt kết quả: còn thiếu {count} điều. Hãy hoàn tất từng điều được nêu."
    en = "The result cannot be finalised yet: {count} thing(s) are missing. Complete each one named."


def note_agreement(
    evaluation: Evaluation, sheet: Sheet, options: Mapping[str, str | None], *, by: str, at: datetime
) -> Evaluation:
    """The evaluation with the option the council agreed for each criterion in which its members differ.

    Raises ``EvaluationClosed``, ``NotConvened``, ``BlindPhaseOpen``, ``NothingToAgree``, ``AgreementMissing`` or
    ``AgreementNotInOrder``.
    """
    sitting = sitting_of(evaluation)
    if sitting.blind:
        raise BlindPhaseOpen()
    if sitting.regulation.star_minimum != "agreed":
        raise NothingToAgree()
    agree(sheet, [handed_in.marks for handed_in in evaluation.sheets], options)
    return evaluation.but(agreement=Agreement(options=dict(options), by=by, at=at))


def missing(evaluation: Evaluation, sheet: Sheet) -> Iterator[Flaw]:
    """What the council still owes before the session may close on this product. Raises ``EvaluationClosed``.

    While the blind phase is open nothing is said that follows from the marks.
    """
    still_open(evaluation)
    sitting = evaluation.sitting
    if sitting is None:
        yield Flaw("/session", NotConvened.vi, NotConvened.en)
        return
    yield from lacking(sitting)
    yield from unsigned(evaluation, sitting)
    if report_owed(evaluation, sitting.regulation):
        yield REPORT_OWED
    if not sitting.blind:
        marks = [one.marks for one in evaluation.sheets]
        for owed_there in conclusions_owed(sheet, marks):
            yield _unconcluded(owed_there)
        try:
            judged(sheet, marks, sitting.regulation.star_minimum, _stated(evaluation))
        except AgreementMissing as owed:
            yield from owed.flaws
    elif sitting.closings:
        yield Flaw(
            "/divergence",
            "Điểm các thành viên chênh lệch quá mức; sản phẩm đang được chấm lại.",
            "The members' totals diverged too far; the product is being scored again.",
        )
    else:
        yield Flaw("/blind_phase", BlindPhaseOpen.vi, BlindPhaseOpen.en)


def finalise(
    evaluation: Evaluation,
    sheet: Sheet,
    rule_set: RuleSet,
    basis: Basis,
    *,
    session_closed: bool,
    by: str,
    at: datetime,
) -> Evaluation:
    """The evaluation with its result: the average of the members' totals, the stars, and what stood in the way.

    Decision 26/2026/QĐ-TTg, article 3.3. ``basis`` says which sheet and rules were loaded. Raises
    ``EvaluationClosed``, ``AnotherSheet`` or, with all that is missing, ``ResultNotReady``.
    """
    still_open(evaluation)
    if basis != evaluation.basis:
        raise AnotherSheet()
    flaws = [*missing(evaluation, sheet)]
    if evaluation.sitting is not None and not session_closed:
        flaws.append(Flaw("/session", "Phiên họp chưa kết thúc.", "The session has not closed."))
    if flaws:
        raise ResultNotReady(*flaws, count=len(flaws))
    result = computed(evaluation, sheet, rule_set, agreed=_stated(evaluation), by=by, at=at)
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
    letters = judged(sheet, marks, _policy(evaluation), agreed)
    rating = rate(rule_set, sheet, average, letters, evaluation.authority)
    return Result(average=average, agreed=letters, rating=rating, by=by, at=at)


def _unconcluded(owed: Owed) -> Flaw:
    return Flaw(
        f"/conclusion/{owed.criterion}",
        f"Mọi phiếu đều «không đạt phương án nào» ở tiêu chí {owed.criterion}, là căn cứ «{owed.rule}»; "
        "hãy ghi kết luận của Hội đồng.",
        f"Every sheet says “no option met” in criterion {owed.criterion}, the ground “{owed.rule}”; "
        "enter the council's conclusion.",
    )


def _stated(evaluation: Evaluation) -> Mapping[str, str | None]:
    return {} if evaluation.agreement is None else evaluation.agreement.options


def _policy(evaluation: Evaluation) -> StarMinimumPolicy:
    """How minimums are judged; results of release 0.1.0 had no session and rest on what was agreed."""
    return "agreed" if evaluation.sitting is None else evaluation.sitting.regulation.star_minimum

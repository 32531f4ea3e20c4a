"""How a result came about: every step from the ticks to the stars, computed again, with the article it follows."""

from .evaluation import Evaluation, Result
from .finalising import computed
from .marks import Mark, read, total
from .rule_set import RuleSet
from .sheet import Sheet
from .stars import FailedMinimum, Frozen, differing, read_agreed


class ExplainedSheet(Frozen):
    """One sheet without its member's name: each answer with its points, and their sum."""

    marks: tuple[Mark, ...]
    total: int


class Step(Frozen):
    """One step of the calculation: what was done, what came out, and by which article of which decision."""

    vi: str
    en: str
    outcome: str
    article: str


class Explanation(Frozen):
    """A finished evaluation, recomputed from its letters; ``differences`` is empty when all agrees."""

    evaluation: str
    rule_set: str
    rule_set_hash: str
    sheet_hash: str
    sheets: tuple[ExplainedSheet, ...]
    agreed: dict[str, str | None]
    steps: tuple[Step, ...]
    failed_minimums: tuple[FailedMinimum, ...]
    differences: tuple[str, ...]


def recompute(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, result: Result) -> Result:
    """The result as the frozen sheet and rules give it today; it is ``result`` unless something was altered."""
    agreed = read_agreed(sheet, result.agreed)
    open_keys = differing(sheet, [handed_in.marks for handed_in in evaluation.sheets])
    stated = {key: agreed[key] for key in open_keys}
    return computed(evaluation, sheet, rule_set, agreed=stated, by=result.by, at=result.at)


def explain(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, result: Result) -> Explanation:
    """Every step from the ticks of ``evaluation`` to the stars of ``result``."""
    again = recompute(evaluation, sheet, rule_set, result)
    rating = again.rating
    decision = rule_set.decision.number
    sums = " + ".join(str(total(sheet, handed_in.marks)) for handed_in in evaluation.sheets)
    limit = rule_set.highest_star(evaluation.authority)
    steps = (
        Step(
            vi="Điểm của mỗi phiếu là tổng điểm các phương án được chọn; không đạt phương án nào là 0 điểm.",
            en="Each sheet's points are the sum of the options ticked; no option met gives 0.",
            outcome=sums,
            article=f"{decision}, annex II",
        ),
        Step(
            vi="Điểm trung bình là tổng điểm chia cho số phiếu, không làm tròn.",
            en="The average is the sum divided by the number of sheets, never rounded.",
            outcome=f"{again.average.total} / {again.average.count} = {again.average}",
            article=f"{decision}, article 3.3",
        ),
        Step(
            vi="Mức sao theo điểm trung bình.",
            en="The stars of the average alone.",
            outcome=str(rating.band),
            article=f"{decision}, article 3.3",
        ),
        Step(
            vi="Yêu cầu tối thiểu theo sao chưa đạt: hạ sao, không trừ điểm.",
            en="Star minimums not reached: they lower the star, never the points.",
            outcome=", ".join(f"{m.star}*: {m.criterion} {m.had}/{m.needed}" for m in rating.failed_minimums) or "-",
            article=f"{decision}, annex II, footnote of the sheet",
        ),
        Step(
            vi="Mức sao cao nhất thuộc thẩm quyền.",
            en="The most stars this authority can give.",
            outcome=str(limit),
            article=f"{decision}, articles 7.3 and 7.4",
        ),
        Step(
            vi="Kết quả." if not rating.potential_five_star else "Kết quả; tiềm năng 5 sao.",
            en="The result." if not rating.potential_five_star else "The result; a potential five stars.",
            outcome=str(rating.stars),
            article=f"{decision}, articles 3.3 and 7.3",
        ),
    )
    differences = [
        f"{name}: {getattr(result, name)} stored, {getattr(again, name)} computed"
        for name in ("average", "agreed", "rating")
        if getattr(result, name) != getattr(again, name)
    ]
    differences += [
        f"sheet {n}: {handed_in.total} stored, {total(sheet, handed_in.marks)} computed"
        for n, handed_in in enumerate(evaluation.sheets, 1)
        if handed_in.total != total(sheet, handed_in.marks)
    ]
    return Explanation(
        evaluation=evaluation.id,
        rule_set=evaluation.basis.rule_set,
        rule_set_hash=evaluation.basis.rule_set_hash,
        sheet_hash=evaluation.basis.sheet_hash,
        sheets=tuple(
            ExplainedSheet(marks=read(sheet, handed_in.marks), total=total(sheet, handed_in.marks))
            for handed_in in evaluation.sheets
        ),
        agreed=read_agreed(sheet, again.agreed),
        steps=steps,
        failed_minimums=rating.failed_minimums,
        differences=tuple(differences),
    )

"""How a result came about: every step from the ticks to the stars, computed again, with the article it follows."""

from collections.abc import Iterator, Sequence

from .evaluation import Evaluation, OnPaper, Result
from .finalising import computed
from .marks import Mark, points_at, read, total
from .next_star import NextStar, next_star
from .rule_set import RuleSet
from .sheet import Sheet
from .signing import signature
from .stars import Average, FailedMinimum, Frozen, differing, failed_minimums, rate, read_agreed


class PartPoints(Frozen):
    """The points of one part of the sheet, and the most it gives."""

    part: str
    points: int
    max_points: int


class ExplainedSheet(Frozen):
    """One sheet without its member's name: each answer with its points, and their sum."""

    marks: tuple[Mark, ...]
    parts: tuple[PartPoints, ...]
    total: int


class StarJudged(Frozen):
    """One star, judged by itself: whether the average reaches its band, and which of its minimums fail."""

    star: int
    floor: int
    average_reaches: bool
    failed_minimums: tuple[FailedMinimum, ...]
    within_authority: bool


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
    stars: tuple[StarJudged, ...]
    failed_minimums: tuple[FailedMinimum, ...]
    next_star: NextStar | None
    differences: tuple[str, ...]
    on_paper: OnPaper | None


def recompute(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, result: Result) -> Result:
    """The result as the frozen sheet and rules give it today; it is ``result`` unless something was altered.

    Of a result on paper there are no letters of members: it rests on the sums and options that the minutes state.
    """
    if (paper := result.on_paper) is not None:
        average = Average(total=sum(paper.part_sums.values()), count=result.average.count)
        rating = rate(rule_set, sheet, average, result.agreed, evaluation.authority)
        return result.model_copy(update={"average": average, "rating": rating})
    agreed = read_agreed(sheet, result.agreed)
    open_keys = differing(sheet, [handed_in.marks for handed_in in evaluation.sheets])
    stated = {key: agreed[key] for key in open_keys}
    return computed(evaluation, sheet, rule_set, agreed=stated, by=result.by, at=result.at)


def differences(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, result: Result) -> tuple[str, ...]:
    """Where ``result`` or a stored total is not what the letters come to; nothing, unless something was altered."""
    cut = [
        f"sheet {n}: {len(handed_in.marks)} letters stored, {len(sheet.scored)} criteria are scored"
        for n, handed_in in enumerate(evaluation.sheets, 1)
        if len(handed_in.marks) != len(sheet.scored)
    ]
    if len(result.agreed) != len(sheet.gated):
        cut.append(f"agreed: {len(result.agreed)} letters stored, {len(sheet.gated)} criteria have a minimum")
    if cut:
        return tuple(cut)
    again = recompute(evaluation, sheet, rule_set, result)
    found = [
        f"{name}: {getattr(result, name)} stored, {getattr(again, name)} computed"
        for name in ("average", "agreed", "rating")
        if getattr(result, name) != getattr(again, name)
    ]
    found += [
        f"sheet {n}: {handed_in.total} stored, {total(sheet, handed_in.marks)} computed"
        for n, handed_in in enumerate(evaluation.sheets, 1)
        if handed_in.total != total(sheet, handed_in.marks)
    ]
    found += _altered(evaluation)
    return tuple(found)


def judged_stars(
    rule_set: RuleSet, sheet: Sheet, average: Average, agreed: str, authority: str
) -> tuple[StarJudged, ...]:
    """Each star from the first on, judged by itself (Decision 26/2026/QĐ-TTg, article 3.3 and annex II)."""
    failed = failed_minimums(sheet, agreed)
    limit = rule_set.highest_star(authority)
    return tuple(
        StarJudged(
            star=band.stars,
            floor=band.floor,
            average_reaches=average.reaches(band.floor),
            failed_minimums=tuple(one for one in failed if one.star == band.stars),
            within_authority=band.stars <= limit,
        )
        for band in rule_set.star_bands
    )


def explain(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, result: Result) -> Explanation:
    """Every step from the ticks of ``evaluation`` to the stars of ``result``."""
    again = recompute(evaluation, sheet, rule_set, result)
    return Explanation(
        evaluation=evaluation.id,
        rule_set=evaluation.basis.rule_set,
        rule_set_hash=evaluation.basis.rule_set_hash,
        sheet_hash=evaluation.basis.sheet_hash,
        sheets=tuple(_explained(sheet, handed_in.marks) for handed_in in evaluation.sheets),
        agreed=read_agreed(sheet, again.agreed),
        steps=_steps(evaluation, sheet, rule_set, again),
        stars=judged_stars(rule_set, sheet, again.average, again.agreed, evaluation.authority),
        failed_minimums=again.rating.failed_minimums,
        next_star=next_star(rule_set, sheet, again.average, again.rating, evaluation.authority),
        differences=differences(evaluation, sheet, rule_set, result),
        on_paper=result.on_paper,
    )


def part_points(sheet: Sheet, marks: str) -> tuple[PartPoints, ...]:
    """The points of ``marks`` in each part of the sheet."""
    points = {scored.key: points_at(sheet, place, marks[place]) for place, scored in enumerate(sheet.scored)}
    return tuple(
        PartPoints(
            part=part.code,
            points=sum(points[criterion.key] for criterion in part.criteria if criterion.options),
            max_points=part.max_points,
        )
        for part in sheet.parts
    )


def _altered(evaluation: Evaluation) -> Iterator[str]:
    """The sheets, in force and on record, that are not what was signed; those of release 0.1.0 have no hash."""
    round = 1 if evaluation.sitting is None else evaluation.sitting.round
    kept = [(f"sheet {n}", round, one) for n, one in enumerate(evaluation.sheets, 1)]
    kept += [(f"record {n}", old.round, old.sheet) for n, old in enumerate(evaluation.record, 1)]
    for name, its_round, one in kept:
        if one.hash and one.hash != signature(evaluation, its_round, one):
            yield f"{name}: it is not what was signed"


def _explained(sheet: Sheet, marks: str) -> ExplainedSheet:
    return ExplainedSheet(marks=read(sheet, marks), parts=part_points(sheet, marks), total=total(sheet, marks))


def _steps(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, again: Result) -> tuple[Step, ...]:
    case, basis, rating = evaluation.case, evaluation.basis, again.rating
    decision = rule_set.decision.number
    marks = [handed_in.marks for handed_in in evaluation.sheets]
    sums = " + ".join(str(total(sheet, letters)) for letters in marks)
    if again.on_paper is not None:
        sums = " + ".join(f"{part} {points}" for part, points in sorted(again.on_paper.part_sums.items()))
    return (
        Step(
            vi="Bộ quy định theo ngày nhận đủ hồ sơ và loại hồ sơ; phiếu theo bộ sản phẩm, cố định từ khi mở đánh giá.",
            en="The rules of the day of the full file and of its kind; the sheet of its set, frozen at the opening.",
            outcome=f"{case.received_on}, {case.case_kind}: {basis.rule_set}, {sheet.set}, {basis.sheet_hash}",
            article=f"{decision}, articles 11 and 12",
        ),
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
            vi="Phương án của hội đồng ở các tiêu chí có yêu cầu tối thiểu mà thành viên chọn khác nhau.",
            en="The council's option in criteria with a minimum in which its members differ.",
            outcome=", ".join(_agreed(sheet, marks, again.agreed)) or "-",
            article="council's regulation (article 7.3)",
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
            outcome=str(rule_set.highest_star(evaluation.authority)),
            article=f"{decision}, articles 7.3 and 7.4",
        ),
        Step(
            vi="Kết quả." if not rating.potential_five_star else "Kết quả; tiềm năng 5 sao.",
            en="The result." if not rating.potential_five_star else "The result; a potential five stars.",
            outcome=str(rating.stars),
            article=f"{decision}, articles 3.3 and 7.3",
        ),
    )


def _agreed(sheet: Sheet, marks: Sequence[str], agreed: str) -> Iterator[str]:
    options = read_agreed(sheet, agreed)
    for key in differing(sheet, marks):
        yield f"{key}: {options[key] or '-'}"

"""What a product lacks for its next star: points on the average, and options in criteria with a minimum."""

from pydantic import NonNegativeInt

from .evaluation import Evaluation
from .rule_set import RuleSet
from .sheet import Sheet
from .stars import Average, FailedMinimum, Frozen, Rating


class MissingMinimum(Frozen):
    """One criterion to improve: the points there now, those needed, and every option that gives them."""

    criterion: str
    had: int
    needed: int
    options: tuple[str, ...]


class NextStar(Frozen):
    """Everything that separates a product from one star more."""

    star: int
    total_short: NonNegativeInt
    """Points that all sheets together lack for the band; exact, as the average is kept."""
    average_short: str
    """The same on the average, shown in hundredths and rounded up: whoever gains so much has enough."""
    minimums: tuple[MissingMinimum, ...]
    at_the_centre: bool
    """Whether only the Ministry can give this star."""


def next_star(rule_set: RuleSet, sheet: Sheet, average: Average, rating: Rating, authority: str) -> NextStar | None:
    """What is missing to the star after ``rating``, ``None`` after the fifth.

    The band's floor (Decision 26/2026/QĐ-TTg, article 3.3) and the minimums of that star (annex II) are two separate
    wants: points never make up for a minimum.
    """
    star = rating.stars + 1
    if star > max(band.stars for band in rule_set.star_bands):
        return None
    floor = next(band.floor for band in rule_set.star_bands if band.stars == star)
    short = max(0, floor * average.count - average.total)
    hundredths = -(-short * 100 // average.count)
    return NextStar(
        star=star,
        total_short=short,
        average_short=f"{hundredths // 100}.{hundredths % 100:02d}",
        minimums=tuple(_missing(sheet, failed) for failed in rating.failed_minimums if failed.star == star),
        at_the_centre=star > rule_set.highest_star(authority),
    )


def lacked(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet) -> NextStar | None:
    """What a product that has its result lacks for one star more."""
    if evaluation.result is None:
        return None
    result = evaluation.result
    return next_star(rule_set, sheet, result.average, result.rating, evaluation.authority)


def _missing(sheet: Sheet, failed: FailedMinimum) -> MissingMinimum:
    options = sheet.scored[sheet.places[failed.criterion]].criterion.options
    return MissingMinimum(
        criterion=failed.criterion,
        had=failed.had,
        needed=failed.needed,
        options=tuple(option.key for option in options if option.points >= failed.needed),
    )

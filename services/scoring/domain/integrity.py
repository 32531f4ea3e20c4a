"""How the members of a council scored beside each other: severity and spread, outlier sheets, criteria in dispute."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import mean, pstdev
from typing import NamedTuple

from .evaluation import Evaluation, HandedIn
from .marks import DOES_NOT_APPLY, points_at, total
from .sheet import Sheet
from .stars import Frozen


class Rated(NamedTuple):
    """A finalised evaluation and the sheet it was scored on."""

    evaluation: Evaluation
    sheet: Sheet


class MemberView(Frozen):
    """One member beside the others: points above (+) or below (-) their mean, and how much that varies."""

    member: str
    sheets: int
    severity: str
    """Mean of the member's totals less those of the others for the same products; below zero is stricter."""
    spread: str
    """Standard deviation of those differences; a member may be strict and even, or mild and erratic."""


class OutlierSheet(Frozen):
    """One sheet far from the others of its product."""

    evaluation: str
    product: str
    member: str
    total: int
    others_mean: str
    deviation: str


class Disputed(Frozen):
    """A criterion of one product set, and the share of its points by which the sheets lay apart, in percent."""

    product_set: str
    criterion: str
    products: int
    disagreement: str


class Integrity(Frozen):
    """What the agency looks at after a session. It judges nobody: it says where to look."""

    evaluations: int
    sheets: int
    members: tuple[MemberView, ...]
    """The strictest first."""
    outliers: tuple[OutlierSheet, ...]
    """The farthest first."""
    disputed: tuple[Disputed, ...]
    """The most disputed first."""


MOST_DISPUTED = 20


def integrity(rated: Sequence[Rated], outlier_points: int) -> Integrity:
    """The view over these evaluations; a sheet is an outlier from ``outlier_points`` off the others' mean on.

    A product with one sheet has nobody to compare with and says nothing of its member.
    """
    apart = [*_apart(rated)]
    by_member: dict[str, list[Fraction]] = defaultdict(list)
    for one in apart:
        by_member[one.sheet.member].append(one.deviation)
    far = sorted((one for one in apart if abs(one.deviation) >= outlier_points), key=lambda one: -abs(one.deviation))
    strictest = sorted(by_member.items(), key=lambda item: (mean(item[1]), item[0]))
    return Integrity(
        evaluations=len(rated),
        sheets=sum(len(one.evaluation.sheets) for one in rated),
        members=tuple(
            MemberView(
                member=member,
                sheets=len(deviations),
                severity=_signed(mean(deviations)),
                spread=f"{pstdev(map(float, deviations)):.2f}",
            )
            for member, deviations in strictest
        ),
        outliers=tuple(
            OutlierSheet(
                evaluation=one.evaluation.id,
                product=one.evaluation.case.product.name,
                member=one.sheet.member,
                total=one.total,
                others_mean=f"{float(one.total - one.deviation):.2f}",
                deviation=_signed(one.deviation),
            )
            for one in far
        ),
        disputed=_disputed(rated),
    )


class _Apart(NamedTuple):
    evaluation: Evaluation
    sheet: HandedIn
    total: int
    deviation: Fraction


def _apart(rated: Sequence[Rated]) -> Iterator[_Apart]:
    """Each sheet with its distance from the mean of the others of its product."""
    for evaluation, sheet in rated:
        totals = [total(sheet, handed_in.marks) for handed_in in evaluation.sheets]
        if len(totals) < 2:
            continue
        for handed_in, own in zip(evaluation.sheets, totals, strict=True):
            others = Fraction(sum(totals) - own, len(totals) - 1)
            yield _Apart(evaluation, handed_in, own, own - others)


def _disputed(rated: Sequence[Rated]) -> tuple[Disputed, ...]:
    shares: dict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for evaluation, sheet in rated:
        for place, scored in enumerate(sheet.scored):
            letters = [handed_in.marks[place] for handed_in in evaluation.sheets]
            points = [points_at(sheet, place, letter) for letter in letters if letter != DOES_NOT_APPLY]
            if len(points) > 1:
                share = Fraction(max(points) - min(points), scored.criterion.max_points)
                shares[sheet.set, scored.key].append(share)
    ranked = sorted(
        ((mean(found), len(found), where) for where, found in shares.items() if any(found)),
        key=lambda one: (-one[0], -one[1], one[2]),
    )
    return tuple(
        Disputed(product_set=where[0], criterion=where[1], products=products, disagreement=f"{float(share * 100):.1f}")
        for share, products, where in ranked[:MOST_DISPUTED]
    )


def _signed(points: Fraction) -> str:
    return f"{float(points):+.2f}"

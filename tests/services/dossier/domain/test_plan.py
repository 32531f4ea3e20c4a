"""Plans: shares are exact, a product counts once, and versions follow each other in time."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dossier.domain.plan import (
    MOST_PLAN_VERSIONS,
    Plan,
    PlanMisdated,
    PlanVersion,
    Recognition,
    Target,
    TooManyPlanVersions,
    amended,
    attainment,
    percent,
    planned,
)
from tests.services.dossier.builders import TODAY


def version(*targets: Target, on: date = TODAY) -> PlanVersion:
    return PlanVersion(number="58/KH-UBND", issued_on=on, targets=targets or (Target(products=40),))


def plan(*versions: PlanVersion) -> Plan:
    return Plan(
        id="p", authority="37", issuer="UBND tỉnh", first_year=2026, last_year=2026, versions=versions or (version(),)
    )


@pytest.mark.parametrize(
    ("reached", "target", "said"),
    [(69, 40, "172.5"), (2, 3, "66.7"), (1, 3, "33.3"), (0, 7, "0.0"), (1, 800, "0.1"), (13, 13, "100.0")],
)
def test_a_share_is_rounded_half_up_to_one_decimal(reached: int, target: int, said: str) -> None:
    assert percent(reached, target) == said


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_is_never_further_off_than_its_last_digit(reached: int, target: int) -> None:
    assert abs(Fraction(percent(reached, target)) - Fraction(100 * reached, target)) <= Fraction(1, 20)


def test_targets_are_counted_by_kind_star_and_commune_and_a_product_once() -> None:
    reached = (
        Recognition("a", "first", 3, "14362"),
        Recognition("a", "upgrade", 4, "14362"),
        Recognition("b", "first", 4, "14401"),
        Recognition("c", "re_evaluation", 3, "14401"),
    )
    set_out = version(
        Target(products=2),
        Target(products=2, case_kind="first"),
        Target(products=4, stars=4),
        Target(products=1, commune="14401", stars=4),
        Target(products=1, case_kind="re_evaluation", stars=5),
    )

    counted = attainment(set_out, reached)

    assert [(each.reached, each.percent) for each in counted] == [
        (3, "150.0"),
        (2, "100.0"),
        (2, "50.0"),
        (1, "100.0"),
        (0, "0.0"),
    ]


def test_a_version_follows_the_last_and_no_later_day() -> None:
    later = amended(plan(), version(Target(products=50)), TODAY)

    assert later.in_force.targets[0].products == 50
    assert len(later.versions) == 2
    for wrong in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(PlanMisdated):
            amended(plan(), version(on=wrong), TODAY)
    with pytest.raises(PlanMisdated):
        planned(plan(), TODAY - timedelta(days=1))


def test_versions_come_to_an_end() -> None:
    with pytest.raises(TooManyPlanVersions):
        amended(plan(*[version()] * MOST_PLAN_VERSIONS), version(), TODAY)

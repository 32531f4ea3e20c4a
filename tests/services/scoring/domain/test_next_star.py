"""What is missing to the next star: exact points, and the options that would do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.marks import option_at, tick, total
from services.scoring.domain.next_star import MissingMinimum, next_star
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.stars import Average, agree, failed_minimums, rate
from tests.services.scoring.builders import all_sheets, best, rules, sheet, ticks_on, with_total

RICE = sheet("rice-grains")
PROVINCE, CENTRE = "37", "00"
PERFECT = agree(RICE, [tick(RICE, best(RICE))], {})


def test_rice_at_92_points_lacks_only_the_granted_trademark() -> None:
    marks = tick(RICE, with_total(RICE, 92, **{"3.5": "trademark-application-accepted"}))
    average = Average(total=92, count=1)

    missing = next_star(rules(), RICE, average, rate(rules(), RICE, average, agree(RICE, [marks], {}), PROVINCE), "37")

    assert missing is not None
    assert (missing.star, missing.total_short, missing.at_the_centre) == (4, 0, False)
    assert missing.minimums == (
        MissingMinimum(criterion="3.5", had=1, needed=2, options=("trademark-granted", "trademark-granted-plus-ip")),
    )


@pytest.mark.parametrize(
    ("total", "count", "authority", "star", "total_short", "average_short"),
    [
        (0, 1, PROVINCE, 2, 30, "30.00"),
        (2999, 100, PROVINCE, 2, 1, "0.01"),
        (149, 3, PROVINCE, 3, 1, "0.34"),
        (89 + 90 + 90, 3, PROVINCE, 5, 1, "0.34"),
        (89999, 1000, CENTRE, 5, 1, "0.01"),
        (70, 1, PROVINCE, 5, 20, "20.00"),
        (90, 1, PROVINCE, 5, 0, "0.00"),
    ],
)
def test_the_points_that_are_short_are_exact_and_shown_rounded_up(
    total: int, count: int, authority: str, star: int, total_short: int, average_short: str
) -> None:
    average = Average(total=total, count=count)

    missing = next_star(rules(), RICE, average, rate(rules(), RICE, average, PERFECT, authority), authority)

    assert missing is not None
    assert (missing.star, missing.total_short, missing.average_short) == (star, total_short, average_short)
    assert missing.minimums == ()


def test_after_a_provinces_4_stars_the_fifth_is_the_centres() -> None:
    average = Average(total=90, count=1)

    missing = next_star(rules(), RICE, average, rate(rules(), RICE, average, PERFECT, PROVINCE), PROVINCE)

    assert missing is not None
    assert missing.at_the_centre


def test_after_5_stars_there_is_none() -> None:
    average = Average(total=90, count=1)

    assert next_star(rules(), RICE, average, rate(rules(), RICE, average, PERFECT, CENTRE), CENTRE) is None


@given(st.data())
def test_whoever_gains_what_is_missing_gets_the_star(data: st.DataObject) -> None:
    one: Sheet = data.draw(st.sampled_from(all_sheets()))
    marks = tick(one, data.draw(ticks_on(one)))
    average = Average(total=total(one, marks), count=1)
    agreed = agree(one, [marks], {})

    missing = next_star(rules(), one, average, rate(rules(), one, average, agreed, CENTRE), CENTRE)

    if missing is None:
        return
    reached = {minimum.criterion: minimum.options[0] for minimum in missing.minimums}
    improved = "".join(
        one.scored[place].letters[reached.get(one.scored[place].key) or option_at(one, place, letter) or ""]
        if one.scored[place].key in reached or option_at(one, place, letter)
        else letter
        for place, letter in zip(one.gated, agreed, strict=True)
    )
    richer = Average(total=average.total + missing.total_short, count=1)
    assert not [minimum for minimum in failed_minimums(one, improved) if minimum.star == missing.star]
    assert rate(rules(), one, richer, improved, CENTRE).stars >= missing.star

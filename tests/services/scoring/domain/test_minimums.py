"""How a star minimum is judged when members tick different options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.marks import NO_OPTION_MET, points_at, tick
from services.scoring.domain.minimums import judged
from services.scoring.domain.regulation import StarMinimumPolicy
from services.scoring.domain.stars import AgreementMissing, failed_minimums
from tests.services.scoring.builders import all_sheets, best, sheet, ticks_on

RICE = sheet("rice-grains")
APPLIED, GRANTED = "trademark-application-accepted", "trademark-granted"
PLACE = RICE.places["3.5"]


def marks(*options: str | None) -> list[str]:
    return [tick(RICE, best(RICE, **{"3.5": option})) for option in options]


def points(policy: StarMinimumPolicy, *options: str | None) -> int:
    """The points that count in criterion 3.5, whose options give 1, 2 and 3."""
    letters = judged(RICE, marks(*options), policy, {})
    return points_at(RICE, PLACE, letters[RICE.gated.index(PLACE)])


@pytest.mark.parametrize(
    ("options", "mean", "majority"),
    [
        ((GRANTED, GRANTED, APPLIED), 1, 2),
        ((GRANTED, APPLIED, APPLIED), 1, 1),
        ((GRANTED, GRANTED), 2, 2),
        ((GRANTED, APPLIED), 1, 1),
        ((GRANTED, None), 1, 0),
        ((GRANTED, None, None), 0, 0),
        ((GRANTED, GRANTED, None), 1, 2),
    ],
)
def test_the_mean_and_the_majority_name_the_best_option_they_reach(
    options: tuple[str | None, ...], mean: int, majority: int
) -> None:
    assert (points("mean", *options), points("majority", *options)) == (mean, majority)


def test_by_agreement_the_council_says_it() -> None:
    with pytest.raises(AgreementMissing):
        judged(RICE, marks(GRANTED, APPLIED), "agreed", {})
    letters = judged(RICE, marks(GRANTED, APPLIED), "agreed", {"3.5": APPLIED})

    assert points_at(RICE, PLACE, letters[RICE.gated.index(PLACE)]) == 1


def test_half_the_members_are_no_majority_for_nothing_met() -> None:
    letters = judged(RICE, marks(None, None, GRANTED, GRANTED), "majority", {})

    assert letters[RICE.gated.index(PLACE)] == NO_OPTION_MET


@given(st.data())
def test_a_minimum_is_failed_exactly_when_the_mean_or_the_majority_misses_it(
    data: st.DataObject,
) -> None:
    sheet = data.draw(st.sampled_from([one for one in all_sheets() if not one.alternatives]))
    council = [tick(sheet, data.draw(ticks_on(sheet))) for _ in range(data.draw(st.integers(1, 5)))]

    for policy in ("mean", "majority"):
        failed = {(one.star, one.criterion) for one in failed_minimums(sheet, judged(sheet, council, policy, {}))}

        for place in sheet.gated:
            criterion = sheet.scored[place].criterion
            had = [points_at(sheet, place, letters[place]) for letters in council]
            for star in (3, 4, 5):
                needed = criterion.star_minimums.at(star)
                if needed is None:
                    continue
                reaching = sum(one >= needed for one in had)
                reached = sum(had) >= needed * len(had) if policy == "mean" else 2 * reaching > len(had)
                assert ((star, criterion.key) in failed) is (not reached)

"""From totals to stars: exact bands, minimums that lower the star, and what a province may give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.marks import tick, total
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.stars import (
    AgreementMissing,
    AgreementNotInOrder,
    Average,
    FailedMinimum,
    agree,
    band,
    differing,
    failed_minimums,
    rate,
    read_agreed,
)
from tests.services.scoring.builders import all_sheets, best, rules, sheet, ticks_on, with_total

RICE = sheet("rice-grains")
PROVINCE, CENTRE = "37", "00"


def agreed_best(sheet: Sheet, **worse: str | None) -> str:
    return agree(sheet, [tick(sheet, best(sheet, **worse))], {})


@pytest.mark.parametrize(
    ("total", "count", "stars", "shown"),
    [
        (0, 1, 1, "0.00"),
        (89, 3, 1, "29.66"),
        (2999, 100, 1, "29.99"),
        (30, 1, 2, "30.00"),
        (149, 5, 1, "29.80"),
        (4999, 100, 2, "49.99"),
        (50, 1, 3, "50.00"),
        (149, 3, 2, "49.66"),
        (151, 3, 3, "50.33"),
        (6999, 100, 3, "69.99"),
        (209, 3, 3, "69.66"),
        (70, 1, 4, "70.00"),
        (211, 3, 4, "70.33"),
        (89999, 1000, 4, "89.99"),
        (89 + 90 + 90, 3, 4, "89.66"),
        (90, 1, 5, "90.00"),
        (90 * 3, 3, 5, "90.00"),
        (89 + 90 + 91, 3, 5, "90.00"),
        (271, 3, 5, "90.33"),
        (100, 1, 5, "100.00"),
    ],
)
def test_bands_are_half_open_and_never_rounded_into(total: int, count: int, stars: int, shown: str) -> None:
    average = Average(total=total, count=count)

    assert band(rules(), average) == stars
    assert str(average) == shown


@pytest.mark.parametrize(("total", "count"), [(89 + 90 + 90, 3), (89999, 1000)])
def test_an_average_just_under_90_is_no_potential_five_star(total: int, count: int) -> None:
    rating = rate(rules(), RICE, Average(total=total, count=count), agreed_best(RICE), PROVINCE)

    assert (rating.stars, rating.potential_five_star) == (4, False)


@pytest.mark.parametrize(
    ("worse", "stars"),
    [
        ({"3.5": "trademark-application-accepted"}, 3),
        ({"1.3": "machine-prep-packing"}, 4),
    ],
    ids=["a minimum of 4 stars fails", "only one of 5 stars fails"],
)
def test_an_average_of_90_and_more_is_no_potential_five_star_while_a_minimum_fails(
    worse: dict[str, str | None], stars: int
) -> None:
    rating = rate(rules(), RICE, Average(total=98, count=1), agreed_best(RICE, **worse), PROVINCE)

    assert (rating.band, rating.stars, rating.potential_five_star) == (5, stars, False)


def test_rice_at_92_points_with_only_an_accepted_trademark_application_is_3_stars_and_says_why() -> None:
    marks = tick(RICE, with_total(RICE, 92, **{"3.5": "trademark-application-accepted"}))

    rating = rate(rules(), RICE, Average(total=total(RICE, marks), count=1), agree(RICE, [marks], {}), PROVINCE)

    assert total(RICE, marks) == 92
    assert rating.band == 5
    assert (rating.stars, rating.potential_five_star) == (3, False)
    assert rating.failed_minimums == (
        FailedMinimum(star=4, criterion="3.5", needed=2, had=1),
        FailedMinimum(star=5, criterion="3.5", needed=2, had=1),
    )


def test_without_any_trademark_step_even_3_stars_are_out_of_reach() -> None:
    rating = rate(rules(), RICE, Average(total=97, count=1), agreed_best(RICE, **{"3.5": None}), PROVINCE)

    assert rating.stars == 2
    assert rating.failed_minimums[0] == FailedMinimum(star=3, criterion="3.5", needed=1, had=0)


def test_a_province_gives_at_most_4_stars_and_marks_a_potential_fifth() -> None:
    rating = rate(rules(), RICE, Average(total=90, count=1), agreed_best(RICE), PROVINCE)

    assert (rating.stars, rating.potential_five_star, rating.failed_minimums) == (4, True, ())


def test_the_central_council_gives_5_stars() -> None:
    rating = rate(rules(), RICE, Average(total=90, count=1), agreed_best(RICE), CENTRE)

    assert (rating.stars, rating.potential_five_star) == (5, False)


def test_the_minimum_at_3_stars_also_binds_4_and_5() -> None:
    failed = failed_minimums(RICE, agreed_best(RICE, **{"9": None}))

    assert [(one.star, one.criterion, one.had) for one in failed] == [(3, "9", 0), (4, "9", 0), (5, "9", 0)]


@pytest.mark.parametrize(
    ("product_set", "gates"),
    [
        ("fresh-produce", (7, 15, 16)),
        ("rice-grains", (7, 17, 18)),
        ("coffee-cocoa", (8, 14, 14)),
        ("community-tourism", (1, 2, 2)),
    ],
)
def test_with_no_option_met_every_minimum_of_the_sheet_fails(product_set: str, gates: tuple[int, int, int]) -> None:
    one = sheet(product_set)

    failed = failed_minimums(one, "-" * len(one.gated))

    assert tuple(sum(minimum.star == star for minimum in failed) for star in (3, 4, 5)) == gates


@pytest.mark.parametrize("sheet", all_sheets(), ids=lambda one: one.set)
@given(data=st.data(), authority=st.sampled_from([PROVINCE, CENTRE]))
@settings(max_examples=15)
def test_the_star_is_the_most_that_band_and_minimums_allow(sheet: Sheet, data: st.DataObject, authority: str) -> None:
    marks = tick(sheet, data.draw(ticks_on(sheet)))
    average = Average(total=total(sheet, marks), count=1)
    agreed = agree(sheet, [marks], {})
    limit = 5 if authority == CENTRE else 4

    rating = rate(rules(), sheet, average, agreed, authority)

    points = {sheet.scored[place].key: sheet.scored[place].points.get(marks[place], 0) for place in sheet.gated}
    floors = {1: 0, 2: 30, 3: 50, 4: 70, 5: 90}

    def holds(star: int) -> bool:
        return average.reaches(floors[star]) and all(
            (sheet.scored[sheet.places[key]].criterion.star_minimums.at(star) or 0) <= had
            for key, had in points.items()
        )

    assert rating.stars == max(star for star in range(1, limit + 1) if holds(star))
    assert rating.potential_five_star == (authority == PROVINCE and holds(5))
    assert all(one.star > rating.stars and one.had < one.needed for one in rating.failed_minimums)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=15))
def test_a_shown_average_is_never_above_the_exact_one(totals: list[int]) -> None:
    average = Average(total=sum(totals), count=len(totals))

    shown = float(str(average))

    assert shown <= sum(totals) / len(totals) < shown + 0.01 + 1e-9


class TestWhatTheCouncilAgreed:
    """A star minimum is judged on the option the council agreed."""

    granted = tick(RICE, best(RICE))
    applied = tick(RICE, best(RICE, **{"3.5": "trademark-application-accepted"}))
    ungated = tick(RICE, best(RICE, **{"1.1": None}))

    def test_what_all_members_ticked_alike_is_agreed(self) -> None:
        agreed = agree(RICE, [self.granted, self.granted], {})

        assert read_agreed(RICE, agreed)["3.5"] == "trademark-granted-plus-ip"
        assert len(agreed) == 18

    def test_members_may_differ_in_criteria_without_a_minimum(self) -> None:
        assert differing(RICE, [self.granted, self.ungated]) == ()
        assert agree(RICE, [self.granted, self.ungated], {})

    def test_where_they_differ_the_agreed_option_must_be_stated(self) -> None:
        with pytest.raises(AgreementMissing) as refused:
            agree(RICE, [self.granted, self.applied], {})

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/agreed/3.5"]
        assert differing(RICE, [self.granted, self.applied]) == ("3.5",)

    @pytest.mark.parametrize("option", ["trademark-granted", "trademark-application-accepted", None])
    def test_the_stated_option_counts_where_they_differ(self, option: str | None) -> None:
        agreed = agree(RICE, [self.granted, self.applied], {"3.5": option})

        assert read_agreed(RICE, agreed)["3.5"] == option

    @pytest.mark.parametrize(
        ("stated", "sentence"),
        [
            ({"9.9": None}, "no criterion “9.9”"),
            ({"3.5": "packing-creative"}, "belongs to criterion 2.2"),
            ({"1.1": None}, "has no star minimum"),
            ({"2.2": None}, "All members ticked one other option"),
        ],
        ids=["unknown criterion", "another criterion's option", "no minimum", "against all members"],
    )
    def test_an_agreement_that_does_not_fit_is_refused(self, stated: dict[str, str | None], sentence: str) -> None:
        with pytest.raises(AgreementNotInOrder) as refused:
            agree(RICE, [self.granted, self.applied], stated)

        (flaw,) = refused.value.flaws
        assert flaw.pointer == f"/agreed/{next(iter(stated))}"
        assert sentence in flaw.en

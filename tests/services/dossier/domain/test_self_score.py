"""The owner's self-score: banded by the council's rules, with what stands between it and the next star."""

import pytest

from services.dossier.catalogue import ProductSet, load
from services.dossier.domain.self_score import Shortfall, flaws, likely, points
from services.dossier.domain.sheet import Sheet

SETS = load()
PRODUCE = SETS["processed-produce"]


def best(sheet: Sheet) -> dict[str, str]:
    """The best option of every criterion, of several cases the first."""
    marks: dict[str, str] = {}
    cases: set[str] = set()
    for key, criterion in sheet.scored.items():
        if criterion.case is None or criterion.code not in cases:
            marks[key] = max(criterion.options, key=lambda option: option.points).key
        if criterion.case is not None:
            cases.add(criterion.code)
    return marks


@pytest.mark.parametrize("product_set", list(SETS), ids=lambda each: each.set)
def test_the_best_of_every_sheet_is_a_hundred_points_and_five_stars(product_set: ProductSet) -> None:
    found = likely(product_set.sheet, product_set.bands, best(product_set.sheet))

    assert (found.total, found.band, found.stars, found.next, found.unanswered) == (100, 5, 5, None, ())


def test_a_form_without_marks_is_one_star_and_everything_is_unanswered() -> None:
    found = likely(PRODUCE.sheet, PRODUCE.bands, {})

    assert (found.total, found.stars) == (0, 1)
    assert len(found.unanswered) == 31, "5.2 is asked only where there is a story"
    assert found.next is not None
    assert (found.next.stars, found.next.points) == (2, 30)


def test_a_failed_minimum_lowers_the_star_and_never_the_points() -> None:
    marks = best(PRODUCE.sheet) | {"3.5": "trademark-application-accepted"}

    found = likely(PRODUCE.sheet, PRODUCE.bands, marks)

    assert (found.total, found.band, found.stars) == (98, 5, 3)
    assert found.next is not None
    assert (found.next.stars, found.next.points) == (4, 0)
    assert found.next.minimums == (Shortfall(criterion="3.5", needed=2, had=1),)


def test_what_judges_the_story_counts_only_where_there_is_a_story() -> None:
    marks = best(PRODUCE.sheet)
    del marks["5.1"]

    had = points(PRODUCE.sheet, marks)

    assert "5.2" not in had
    assert sum(had.values()) == 93


def test_of_several_cases_the_one_that_is_marked_is_scored() -> None:
    tourism = SETS["community-tourism"]
    marks = best(tourism.sheet)
    one = next(key for key in marks if ":" in key)
    other = next(each for each in tourism.sheet.scored if each.startswith(one.split(":")[0] + ":") and each != one)

    both = flaws(tourism.sheet, marks | {other: tourism.sheet.scored[other].options[0].key})

    assert [flaw.pointer for flaw in both] == [f"/form/marks/{other}"]
    assert other not in points(tourism.sheet, marks)


def test_marks_that_do_not_fit_the_sheet_are_named() -> None:
    found = flaws(PRODUCE.sheet, {"99.1": "trademark-granted", "3.5": "no-such-option", "3.4": "trademark-granted"})

    assert sorted(flaw.pointer for flaw in found) == ["/form/marks/3.4", "/form/marks/3.5", "/form/marks/99.1"]

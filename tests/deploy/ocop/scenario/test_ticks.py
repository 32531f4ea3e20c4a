"""The council's ticks, on the printed sheets and by the rules of scoring."""

import pytest

from deploy.ocop.scenario.play import LEANINGS
from deploy.ocop.scenario.script import Complete, load
from deploy.ocop.scenario.ticks import PrintedSheet, tick
from services.scoring.catalogue import HERE
from services.scoring.catalogue import load as load_catalogue
from services.scoring.domain import marks
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.stars import Average, agree, rate

BOOK = load_catalogue(HERE).books["26-2026"]
SUBMITTED = [pytest.param(product.product_set, complete, id=product.id) for _, product, complete in load().submitted]


def printed(sheet: Sheet) -> PrintedSheet:
    return PrintedSheet.model_validate_json(sheet.model_dump_json(by_alias=True, exclude_defaults=True))


@pytest.mark.parametrize(("product_set", "complete"), SUBMITTED)
def test_the_council_comes_to_the_stars_of_the_script(product_set: str, complete: Complete) -> None:
    sheet = BOOK.sheets[product_set].model
    asked = printed(sheet)

    sheets = [
        marks.tick(sheet, tick(asked, complete.points, short_of=complete.short_of, leaning=leaning))
        for leaning in LEANINGS
    ]
    average = Average(total=sum(marks.total(sheet, each) for each in sheets), count=len(sheets))
    rating = rate(BOOK.rules.model, sheet, average, agree(sheet, sheets, {}), "37")

    assert rating.stars == (2 if complete.short_of else 3)
    assert average.total == complete.points * len(sheets)


@pytest.mark.parametrize("product_set", sorted(BOOK.sheets))
def test_every_sheet_of_the_catalogue_can_be_ticked(product_set: str) -> None:
    sheet = BOOK.sheets[product_set].model
    total = marks.total(sheet, marks.tick(sheet, tick(printed(sheet), 60)))
    assert 55 <= total <= 60


def test_members_differ_in_points_and_agree_where_a_star_demands_a_minimum() -> None:
    sheet = BOOK.sheets["rice-grains"].model
    asked = printed(sheet)
    gated = {each.key for each in asked.asked if each.gated}

    one, other = tick(asked, 60), tick(asked, 60, leaning=2)

    assert one != other
    assert {key: one[key] for key in gated} == {key: other[key] for key in gated}

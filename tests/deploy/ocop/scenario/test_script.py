"""The script of Tam Điệp 2023 tells what its source counts, and says what is its own."""

from collections import Counter

import pytest

from deploy.ocop.scenario.counts import LINES
from deploy.ocop.scenario.script import load
from deploy.ocop.telling import Trouble

SCRIPT = load()


def test_it_registers_what_the_source_counts() -> None:
    assert len(SCRIPT.products) == SCRIPT.source["registered_products"] == 23
    assert len(SCRIPT.owners) == SCRIPT.source["registered_owners"] == 15
    assert {commune.name for commune in SCRIPT.communes} == {"Bắc Sơn", "Yên Bình", "Yên Sơn", "Đông Sơn", "Quang Sơn"}


def test_it_completes_what_the_source_counts() -> None:
    owners = {owner.id for owner, _, _ in SCRIPT.submitted}
    kinds = Counter(complete.case_kind for _, _, complete in SCRIPT.submitted)
    by_group = [sum(product.product_set in group.sets for _, product, _ in SCRIPT.submitted) for group in SCRIPT.groups]

    assert (len(SCRIPT.submitted), len(owners)) == (14, 8)
    assert kinds == {"first": 13, "re_evaluation": 1}
    assert by_group == [1, 7, 2, 4]


def test_one_first_time_product_is_short_of_a_minimum() -> None:
    short = [complete.case_kind for _, _, complete in SCRIPT.submitted if complete.short_of]
    assert short == ["first"]


def test_every_owner_writes_from_an_address_that_cannot_exist() -> None:
    assert all(owner.email.endswith(".example") for owner in SCRIPT.owners)


def test_its_text_says_what_is_its_own_and_under_which_sheets_it_runs() -> None:
    assert "scenario's own" in SCRIPT.about.en and "sheets of 2026" in SCRIPT.about.en
    assert "của kịch bản" in SCRIPT.about.vi and "bộ phiếu năm 2026" in SCRIPT.about.vi


def test_every_figure_of_the_source_stands_in_the_closing_table() -> None:
    assert set(SCRIPT.source) <= {name for line in LINES for name in line.figures}


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(Trouble, match="tam-diep-2023"):
        load("no-such-story")

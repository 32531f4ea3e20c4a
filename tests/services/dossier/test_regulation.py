"""The regulations of the process: read whole, refused with the file named, and settled province by province."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.dossier.calendar import MovedDay, working_days
from services.dossier.catalogue import HERE
from services.dossier.domain.regulation import Setting
from services.dossier.regulation import REGULATIONS, BrokenRegulation, load_regulation
from tests.services.dossier.builders import REGULATION, TODAY


def test_the_days_are_those_of_the_decision() -> None:
    held = (REGULATION.commune_days, REGULATION.rating_days, REGULATION.window_opens, REGULATION.window_closes)

    assert held == (15, 45, 180, 120)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (
            "settings.json",
            '[{"setting": "free_lunch", "authority": null, "from": "2026-01-01", "on": true, "basis": "x"}]',
        ),
        ("settings.json", '[{"setting": "direct_submission", "authority": "37", "from": "2026-01-01", "on": true}]'),
        ("added-rounds.json", '[{"authority": "37", "year": 2026, "name": "3"}]'),
        ("moved-days.json", '[{"off": "2026-02-30", "worked": null, "basis": "x"}]'),
        ("moved-days.json", "not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, file: str, content: str) -> None:
    shutil.copytree(REGULATIONS, tmp_path / "regulations")
    (tmp_path / "regulations" / file).write_text(content)

    with pytest.raises(BrokenRegulation, match=file):
        load_regulation(HERE, tmp_path / "regulations")


@pytest.mark.parametrize(
    "broken",
    [
        lambda rules: rules["process"].clear(),
        lambda rules: rules["rounds"].clear(),
        lambda rules: rules["re_evaluation"]["window_days_before_expiry"].update(opens=100),
    ],
)
def test_a_rule_set_that_lacks_its_days_is_refused(tmp_path: Path, broken: Callable[[Any], None]) -> None:
    rules = json.loads((HERE / "26-2026" / "rule-set.json").read_text())
    broken(rules)
    (tmp_path / "26-2026").mkdir()
    shutil.copy(HERE / "rule-sets.json", tmp_path)
    (tmp_path / "26-2026" / "rule-set.json").write_text(json.dumps(rules))

    with pytest.raises(BrokenRegulation, match=r"rule-set\.json"):
        load_regulation(tmp_path, REGULATIONS)


def test_a_folder_without_rule_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenRegulation):
        load_regulation(tmp_path, REGULATIONS)


def test_a_province_settles_for_itself_from_a_day_on() -> None:
    def line(authority: str | None, since: str, on: bool) -> Setting:
        given = {"setting": "direct_submission", "authority": authority, "from": since, "on": on, "basis": "QĐ"}
        return Setting.model_validate_json(json.dumps(given))

    lines = (line(None, "2026-01-01", True), line("37", "2026-06-01", False), line("37", "2027-01-01", True))
    regulation = type(REGULATION)(**{**REGULATION.__dict__, "settings": lines})

    on = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [regulation.settled("direct_submission", "37", each) for each in on] == [True, False, False, True]
    assert regulation.settled("direct_submission", "38", TODAY)
    assert not regulation.settled("late_re_evaluation", "37", TODAY)


def test_the_data_of_moved_days_comes_on_top_of_the_calendar() -> None:
    moved = (MovedDay(off=date(2026, 11, 23), worked=date(2026, 11, 21), basis="Công văn"),)
    works = working_days(moved)

    assert [works(date(2026, 11, day)) for day in (20, 21, 22, 23, 24, 25)] == [True, True, False, False, False, True]

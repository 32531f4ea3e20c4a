"""Loading the regulations: all of them are checked, and a broken file is named with place and reason."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.certification.catalogue import CATALOGUE, REGULATIONS, BrokenRegulation, load
from tests.services.certification.builders import DECIDED, regulations

RULES = "26-2026/rule-set.json"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    for name in ("rule-sets.json", RULES, "26-2026/labels/vi.json", "26-2026/labels/en.json"):
        (tmp_path / "catalogue" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CATALOGUE / name, tmp_path / "catalogue" / name)
    return tmp_path / "catalogue"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REGULATIONS, tmp_path / "regulations"))


def edit(file: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def test_the_rules_of_2026_give_thirty_six_months_and_say_who_awards_what() -> None:
    rules = regulations().rule_sets["26-2026"]

    assert rules.certificate.validity_months == 36
    assert (rules.awarded_by("37"), rules.awarded_by("00")) == ((3, 4), (5,))


def test_the_last_valid_day_follows_rule_set_and_authority() -> None:
    known = regulations()

    days = [known.last_valid_day(authority, "26-2026", DECIDED).isoformat() for authority in ("37", "40")]

    assert days == ["2029-11-20", "2029-11-19"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda rules: rules["certificate"].pop("validity_months"), "/certificate/validity_months"),
        (lambda rules: rules["certificate"].update(validity_months=0), "/certificate/validity_months"),
        (lambda rules: rules["certificate"].update(validity_months="36"), "/certificate/validity_months"),
        (lambda rules: rules["awards"].pop(), ""),
        (lambda rules: rules["awards"][4].update(authority=None), ""),
        (lambda rules: rules["awards"][2].update(authority="mayor"), "/awards/2/authority"),
        (lambda rules: rules["re_evaluation"]["window_days_before_expiry"].update(opens=100), ""),
        (lambda rules: rules.update(number="27-2027"), "/number"),
    ],
)
def test_a_broken_rule_set_is_named_with_its_place(
    catalogue: Path, change: Callable[[Any], None], pointer: str
) -> None:
    edit(catalogue / RULES, change)

    with pytest.raises(BrokenRegulation) as broken:
        load(catalogue)
    assert (broken.value.file, broken.value.pointer) == (catalogue / RULES, pointer)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ladder.json", lambda ladder: ladder["steps"].reverse()),
        ("ladder.json", lambda ladder: ladder["steps"].clear()),
        ("ladder.json", lambda ladder: ladder["steps"][1].update(days=170)),
        ("ladder.json", lambda ladder: ladder["steps"][0].update(says="shout")),
        ("ladder.json", lambda ladder: ladder.pop("basis")),
        ("authorities.json", lambda settings: settings["last_valid_day"].pop(0)),
        ("authorities.json", lambda settings: settings["last_valid_day"][1].update(reading="tomorrow")),
        ("authorities.json", lambda settings: settings["last_valid_day"][1].pop("basis")),
        ("authorities.json", lambda settings: settings["decision_symbol"].pop(0)),
    ],
)
def test_a_broken_file_of_the_services_own_is_named(own: Path, name: str, change: Callable[[Any], None]) -> None:
    edit(own / name, change)

    with pytest.raises(BrokenRegulation) as broken:
        load(regulations=own)
    assert broken.value.file == own / name


def test_a_file_that_is_missing_or_no_json_is_named(own: Path) -> None:
    (own / "ladder.json").write_text("steps: 3")
    with pytest.raises(BrokenRegulation, match=r"ladder\.json.*JSON"):
        load(regulations=own)

    (own / "ladder.json").unlink()
    with pytest.raises(BrokenRegulation, match=r"ladder\.json: cannot be read"):
        load(regulations=own)

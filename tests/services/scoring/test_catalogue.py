"""Loading the catalogue: all of it is checked, and a broken file is named with place and reason."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scoring.catalogue import HERE, BrokenCatalogue, Catalogue, load
from services.scoring.domain.rule_set import CaseKind, NoSheet, governing
from services.scoring.domain.sheet import canonical, content_hash
from tests.services.scoring.builders import loaded

RICE = "26-2026/sheets/03-rice-grains.json"
TOURISM = "26-2026/sheets/26-community-tourism.json"
RULES = "26-2026/rule-set.json"
INDEX = "rule-sets.json"

Change = Callable[[Any], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "catalogue"))


def edit(file: Path, change: Change) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def criterion(sheet: Any, part: int, group: int, place: int) -> Any:
    return sheet["parts"][part]["groups"][group]["criteria"][place]


def declaration(sheet: Any) -> Any:
    """The criterion of rice that asks for food-safety test results."""
    return criterion(sheet, 2, 3, 0)


def test_the_catalogue_of_this_project_loads_whole() -> None:
    assert [entry.number for entry in loaded().entries] == [
        "1048-2019",
        "781-2020",
        "148-2023",
        "1489-2025",
        "26-2026",
    ]
    assert len(loaded().books["26-2026"].sheets) == 26


def test_a_sheet_is_known_by_the_hash_of_its_content() -> None:
    kept = loaded().books["26-2026"].sheets["rice-grains"]

    assert kept.hash == content_hash(canonical(json.loads((HERE / RICE).read_text(encoding="utf-8"))))


def test_the_day_and_the_set_choose_rules_and_sheet() -> None:
    day = date(2026, 10, 1)

    chosen = loaded().choose("tea", "first", received_on=day, opened_on=day)

    assert (chosen.rules.model.number, chosen.sheet.model.set) == ("26-2026", "tea")


@pytest.mark.parametrize(
    ("received_on", "product_set"), [(date(2026, 5, 21), "tea"), (date(2026, 10, 1), "no-such-set")]
)
def test_a_case_without_a_sheet_is_refused(received_on: date, product_set: str) -> None:
    with pytest.raises(NoSheet) as refused:
        loaded().choose(product_set, "first", received_on=received_on, opened_on=received_on)

    assert product_set in refused.value.sentence("en")


@pytest.mark.parametrize(
    ("place", "fields", "pointer", "reason"),
    [
        (0, {"colour": "red"}, "/colour", "Extra"),
        (0, {"max_points": "3"}, "/max_points", "int"),
        (0, {"max_points": 4}, "", "best option gives 3"),
        (0, {"options": []}, "", "either options or"),
        (0, {"options": [{"points": 3, "key": "b"}, {"points": 1, "key": "a"}]}, "", "ascending"),
        (0, {"options": [{"points": 1, "key": "a"}, {"points": 3, "key": "a"}]}, "", "same option"),
        (0, {"options": [{"points": 3, "key": "Not a slug"}]}, "/options/0/key", "pattern"),
        (0, {"rules": [{"type": "mystery", "key": "a"}]}, "/rules/0/type", "Input should be"),
        (2, {"star_minimums": {"5": 4}}, "", "not the points of any option"),
        (2, {"star_minimums": {"4": 2, "5": 1}}, "/star_minimums", "falls at 5"),
        (2, {"star_minimums": {"4": 2}}, "/star_minimums", "no minimum at 5"),
        (2, {"star_minimums": {"2": 1}}, "/star_minimums/2", "Extra"),
    ],
)
def test_a_broken_criterion_is_named_with_its_place_and_reason(
    copy: Path, place: int, fields: dict[str, object], pointer: str, reason: str
) -> None:
    edit(copy / RICE, lambda sheet: criterion(sheet, 0, 0, place).update(fields))

    with pytest.raises(BrokenCatalogue) as broken:
        load(copy)

    assert broken.value.file == copy / RICE
    assert broken.value.pointer == f"/parts/0/groups/0/criteria/{place}{pointer}"
    assert reason in broken.value.reason
    assert str(broken.value).startswith(f"{copy / RICE} at /parts/0")


@pytest.mark.parametrize(
    ("file", "change", "pointer", "reason"),
    [
        (RICE, lambda s: criterion(s, 0, 0, 1).update(code="1.1"), "", "1.1 stands twice"),
        (RICE, lambda s: s["parts"][0]["groups"][0].update(max_points=17), "/parts/0/groups/0", "sum to 18"),
        (RICE, lambda s: s["parts"].pop(), "", "sum to 65"),
        (RICE, lambda s: s.update(set="rice"), "/set", "not named for set 3, rice"),
        (RICE, lambda s: s.update(rule_set="25-2026"), "/rule_set", "differs"),
        (RICE, lambda s: criterion(s, 1, 1, 0).update(name_key="packaging"), "", "none asks for the story"),
        (
            TOURISM,
            lambda s: criterion(s, 2, 2, 0)["criteria"].pop(),
            "/parts/2/groups/2/criteria/0",
            "two or",
        ),
        (RICE, lambda s: declaration(s)["rules"][0].pop("document"), "", "does not name its document"),
        (RICE, lambda s: declaration(s)["rules"][0].update(document="a-letter"), "", "a-letter is no kind of evidence"),
        (RULES, lambda r: r["transition"].pop("old_rules_finish_by"), "/transition/old_rules_finish_by", "required"),
        (RULES, lambda r: r["star_bands"][3].update(below=89), "", "bands of 4 and 5 stars do not join"),
        (RULES, lambda r: r["banding"].update(basis="median"), "/banding/basis", "average-total"),
        (RULES, lambda r: r["in_force"].update({"from": "2026-05-23"}), "/in_force", "differs"),
        (RULES, lambda r: r.pop("forwarding"), "/forwarding", "required"),
        (INDEX, lambda e: e[4]["in_force"].update({"from": "2026-02-30"}), "/4/in_force/from", "valid date"),
        (INDEX, lambda e: e[1].update(amends="9-1999"), "/1/amends", "not a rule set of this list"),
        (INDEX, lambda e: e[1].update(number="1048-2019"), "/1/number", "stands twice"),
    ],
)
def test_a_broken_file_is_named_with_place_and_reason(
    copy: Path, file: str, change: Change, pointer: str, reason: str
) -> None:
    edit(copy / file, change)

    with pytest.raises(BrokenCatalogue) as broken:
        load(copy)

    assert (broken.value.file, broken.value.pointer) == (copy / file, pointer)
    assert reason in broken.value.reason


def test_sheets_that_are_promised_but_missing_are_found(copy: Path) -> None:
    edit(copy / INDEX, lambda entries: entries[3].update(sheets=True))

    with pytest.raises(BrokenCatalogue, match="cannot be read"):
        load(copy)


def test_a_name_that_stands_twice_in_one_object_is_found(copy: Path) -> None:
    file = copy / RICE
    file.write_text(file.read_text(encoding="utf-8").replace('"number": 3', '"number": 4, "number": 3'))

    with pytest.raises(BrokenCatalogue, match="'number' stands twice"):
        load(copy)


def test_a_file_that_is_not_json_is_found(copy: Path) -> None:
    (copy / RULES).write_text("{")

    with pytest.raises(BrokenCatalogue, match=r"rule-set\.json: is not JSON"):
        load(copy)


def test_a_missing_wording_is_found(copy: Path) -> None:
    edit(copy / "26-2026/labels/en.json", lambda labels: labels.pop("packing-creative"))

    with pytest.raises(BrokenCatalogue) as broken:
        load(copy)

    assert broken.value.file.name == "en.json"
    assert broken.value.pointer == "/packing-creative"


def test_a_catalogue_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenCatalogue, match="cannot be read"):
        load(tmp_path)


def next_decision(copy: Path) -> None:
    """A decision 9/2030/QĐ-TTg with the sheets of today, in a folder of its own."""
    shutil.copytree(copy / "26-2026", copy / "9-2030")
    for file in (copy / "9-2030").rglob("*.json"):
        file.write_text(
            file.read_text(encoding="utf-8")
            .replace('"26-2026"', '"9-2030"')
            .replace("2026-05-22", "2030-01-01")
            .replace("26/2026/QĐ-TTg", "9/2030/QĐ-TTg"),
            encoding="utf-8",
        )
    edit(copy / "9-2030/rule-set.json", lambda rules: rules.pop("transition"))


def number_for(catalogue: Catalogue, on: date) -> str:
    return catalogue.choose("tea", "first", received_on=on, opened_on=on).rules.model.number


def test_a_new_decision_is_one_more_folder_and_nothing_else(copy: Path) -> None:
    next_decision(copy)

    catalogue = load(copy)

    assert number_for(catalogue, date(2030, 1, 1)) == "9-2030"
    assert number_for(catalogue, date(2029, 12, 31)) == "26-2026"
    assert len(catalogue.entries) == 6


def test_a_folder_that_is_not_named_for_its_decision_is_found(copy: Path) -> None:
    next_decision(copy)
    (copy / "9-2030").rename(copy / "9-2031")

    with pytest.raises(BrokenCatalogue, match="the folder is not named for 9-2030"):
        load(copy)


class TestOldAndNewRules:
    """Articles 11 and 12: what was lodged before 22 May 2026 finishes under the old rules, but only for so long."""

    OLD = "1489-2025"

    @pytest.mark.parametrize(
        ("case_kind", "received_on", "opened_on", "number"),
        [
            ("first", date(2026, 5, 21), date(2026, 5, 25), OLD),
            ("first", date(2026, 5, 21), date(2026, 7, 21), OLD),
            ("first", date(2026, 5, 21), date(2026, 7, 22), "26-2026"),
            ("upgrade", date(2026, 5, 21), date(2026, 7, 21), OLD),
            ("upgrade", date(2025, 12, 1), date(2026, 11, 1), "26-2026"),
            ("re_evaluation", date(2026, 5, 21), date(2026, 6, 21), OLD),
            ("re_evaluation", date(2026, 5, 21), date(2026, 6, 22), "26-2026"),
            ("re_evaluation", date(2023, 1, 1), date(2026, 6, 22), "26-2026"),
            ("first", date(2026, 5, 22), date(2026, 5, 22), "26-2026"),
            ("re_evaluation", date(2026, 7, 20), date(2026, 7, 20), "26-2026"),
        ],
    )
    def test_the_kind_of_case_and_the_days_choose_the_rules(
        self, case_kind: CaseKind, received_on: date, opened_on: date, number: str
    ) -> None:
        transitions = {"26-2026": loaded().books["26-2026"].rules.model.transition}

        entry = governing(
            loaded().entries,
            {name: one for name, one in transitions.items() if one is not None},
            received_on=received_on,
            case_kind=case_kind,
            opened_on=opened_on,
        )

        assert entry.number == number

    def test_a_case_of_the_old_rules_is_refused_until_the_new_ones_take_it(self) -> None:
        lodged = date(2026, 5, 1)

        with pytest.raises(NoSheet, match="1489-2025"):
            loaded().choose("tea", "first", received_on=lodged, opened_on=date(2026, 6, 1))

        late = loaded().choose("tea", "first", received_on=lodged, opened_on=date(2026, 8, 1))
        assert late.rules.model.number == "26-2026"

"""The catalogue as data: its counts, the marks known to be odd, its wording, and dates that agree."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CATALOGUE = Path(__file__).parents[2] / "contracts" / "catalogue"
FOLDER = CATALOGUE / "26-2026"
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

REPEATED_POINTS = {(7, "3.1"), (23, "6.2")}
"""Printed with two options of the same points; nothing else may be."""
IMPLIED_OPTIONS = {"bilingual-label-no", "bilingual-label-yes"}
"""The bilingual-label criterion is printed without options."""
LONGEST_OPTION_WORDS = {"vi": 15, "en": 12}
NOT_WORDED = ("number", "amends", "replaces")

Json = Any


def read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


SHEETS: list[Json] = [read(path) for path in sorted((FOLDER / "sheets").glob("*.json"))]
RULES: Json = read(FOLDER / "rule-set.json")
ENTRIES: list[Json] = read(CATALOGUE / "rule-sets.json")
LABELS: dict[str, dict[str, str]] = {one: read(FOLDER / "labels" / f"{one}.json") for one in ("vi", "en")}


def criteria(sheet: Json) -> Iterator[Json]:
    """Every criterion of a sheet, those with criteria or cases below them included."""
    waiting = [c for part in sheet["parts"] for group in part["groups"] for c in group["criteria"]]
    while waiting:
        criterion = waiting.pop(0)
        yield criterion
        waiting = criterion.get("criteria", []) + waiting


def with_options(sheet: Json) -> Iterator[Json]:
    return (criterion for criterion in criteria(sheet) if "options" in criterion)


def worded(sheet: Json) -> Iterator[str]:
    """Every key of a sheet that needs a text."""
    yield from (
        sheet["name_key"],
        sheet["sector"],
        sheet["group"],
        *sheet["ministries"],
        *sheet["disqualifiers"],
    )
    for part in sheet["parts"]:
        yield part["name_key"]
        yield from (group["name_key"] for group in part["groups"])
    for criterion in criteria(sheet):
        yield criterion["name_key"]
        yield from (criterion[n] for n in ("explanation_key", "commune_assessed", "case") if n in criterion)
        for rule in criterion.get("rules", []):
            yield from (rule["type"], rule["key"])
        yield from (option["key"] for option in criterion.get("options", []))


def slugs(value: Json) -> Iterator[str]:
    """Every key inside a rule-set file that needs a text: a text that is a slug."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_WORDED:
                yield from slugs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from slugs(inner)
    elif isinstance(value, str) and SLUG.fullmatch(value):
        yield value


def test_there_are_26_sheets_numbered_1_to_26() -> None:
    assert [sheet["number"] for sheet in SHEETS] == list(range(1, 27))
    assert len({sheet["set"] for sheet in SHEETS}) == 26


def test_the_sheets_hold_as_many_criteria_options_and_minimums_as_were_counted() -> None:
    cases = sum("case" in criterion for sheet in SHEETS for criterion in criteria(sheet))
    answered = [criterion for sheet in SHEETS for criterion in with_options(sheet)]
    options = [option["key"] for criterion in answered for option in criterion["options"]]
    gates = Counter(star for criterion in answered for star in criterion.get("star_minimums", {}))

    assert (len(answered), cases) == (790, 6)
    assert (len(options), sum(option in IMPLIED_OPTIONS for option in options)) == (2579, 44)
    assert gates == {"3": 179, "4": 377, "5": 389}


def test_the_rules_beside_criteria_are_as_many_as_were_counted() -> None:
    kinds = Counter(
        rule["type"] for sheet in SHEETS for criterion in criteria(sheet) for rule in criterion.get("rules", [])
    )

    assert kinds == {
        "applies-only-if-story": 25,
        "choose-one-case": 3,
        "disqualify": 24,
        "not-eligible": 4,
        "note": 32,
        "requirement": 7,
        "requires-document": 18,
        "stop-scoring": 18,
    }


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda one: one["set"])
def test_only_the_marks_known_to_be_odd_repeat_points(sheet: Json) -> None:
    for criterion in with_options(sheet):
        points = [option["points"] for option in criterion["options"]]

        assert (len(set(points)) < len(points)) == ((sheet["number"], criterion["code"]) in REPEATED_POINTS)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda one: one["set"])
def test_the_samples_of_a_sheet_are_those_of_the_rule_set(sheet: Json) -> None:
    exceptions = {one["set_number"]: one["samples"] for one in RULES["samples"]["exceptions"]}

    assert sheet["samples"] == exceptions.get(sheet["number"], RULES["samples"]["default"])


@pytest.mark.parametrize("language", LABELS)
def test_every_key_has_a_text_and_every_text_a_key(language: str) -> None:
    keys = {key for sheet in SHEETS for key in worded(sheet)} | set(slugs(RULES)) | set(slugs(ENTRIES))

    assert keys == set(LABELS[language])


@pytest.mark.parametrize("language", LABELS)
def test_texts_are_tidy_and_two_keys_never_share_one(language: str) -> None:
    texts = LABELS[language]

    assert all(SLUG.fullmatch(key) for key in texts)
    assert [text for text in texts.values() if not text or text != " ".join(text.split())] == []
    assert [text for text in texts.values() if unicodedata.normalize("NFC", text) != text] == []
    assert [text for text, n in Counter(text.casefold() for text in texts.values()).items() if n > 1] == []


@pytest.mark.parametrize("language", LABELS)
def test_the_texts_of_options_are_short_enough_to_tick(language: str) -> None:
    options = {option["key"] for sheet in SHEETS for c in with_options(sheet) for option in c["options"]}

    longest = max(len(LABELS[language][key].split()) for key in options)

    assert (len(options), longest) == (416, LONGEST_OPTION_WORDS[language])


def test_the_bands_are_those_of_article_3() -> None:
    assert [(one["stars"], one["from"], one["below"]) for one in RULES["star_bands"]] == [
        (1, 0, 30),
        (2, 30, 50),
        (3, 50, 70),
        (4, 70, 90),
        (5, 90, None),
    ]


def test_only_3_stars_and_more_bring_a_decision_and_a_certificate() -> None:
    for award in RULES["awards"]:
        assert (award["authority"] is not None) == award["decision"] == award["certificate"]
        assert award["certificate"] == (award["stars"] >= 3)


def test_the_deadlines_are_those_of_the_decision() -> None:
    window = RULES["re_evaluation"]["window_days_before_expiry"]

    assert (window["opens"], window["closes"]) == (180, 120)
    assert RULES["re_evaluation"]["decision"]["days"] == 45
    assert RULES["certificate"]["validity_months"] == 36
    assert RULES["certificate"]["extension"]["max_days"] == 180
    assert RULES["revocation"]["within_days"] == 15
    assert len(RULES["rounds"]) == 4


def test_the_lists_of_the_decision_are_whole() -> None:
    assert len(set(RULES["dossier"]["evidence"])) == 15
    assert len(RULES["dossier"]["forms"]) == 3
    assert len(set(RULES["revocation"]["grounds"])) == 6
    assert len(set(RULES["commune_assessment"]["contents"])) == 4
    for process in RULES["process"]:
        assert [one["step"] for one in process["steps"]] == list(range(1, len(process["steps"]) + 1))


def test_the_list_of_rule_sets_agrees_with_the_decision_that_ended_the_old_ones() -> None:
    ends = {one["number"]: one["in_force"]["until"] for one in ENTRIES}

    assert len(ends) == 5
    assert {ends[old] for old in RULES["replaces"]} == {RULES["transition"]["old_rule_sets_lapse_on"]}
    for one in ENTRIES:
        assert one["signed"] <= one["in_force"]["from"]
        assert one["sheets"] == (CATALOGUE / one["number"] / "sheets").is_dir()

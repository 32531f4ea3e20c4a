"""The structure of a sheet and the hash it is known by."""

import json

import pytest

from services.scoring.domain.sheet import Sheet, canonical, content_hash
from tests.services.scoring.builders import all_sheets, sheet


def test_the_scored_criteria_stand_in_the_printed_order() -> None:
    keys = [scored.key for scored in sheet("coffee-cocoa").scored]

    assert keys[:3] == ["1.1", "1.2", "1.3"]
    assert keys[keys.index("6.1.1") :][:7] == ["6.1.1", "6.1.2", "6.1.3", "6.1.4", "6.1.5", "6.2.1", "6.2.2"]


def test_alternative_cases_are_known_by_code_and_case() -> None:
    tourism = sheet("community-tourism")

    cases = [tuple(tourism.scored[place].key for place in places) for places in tourism.alternatives]

    assert cases == [
        ("8:community-provided", "8:tourist-site"),
        ("9:community-provided", "9:operator-provided"),
        ("15:community-provided", "15:operator-provided"),
    ]


@pytest.mark.parametrize("one", all_sheets(), ids=lambda one: one.set)
def test_every_option_has_its_own_letter(one: Sheet) -> None:
    for scored in one.scored:
        assert len(scored.letters) == len(set(scored.letters.values())) == len(scored.criterion.options)


def test_the_hash_does_not_depend_on_the_order_of_names_or_on_spaces() -> None:
    one = canonical(json.loads('{"a": 1, "b": ["á"]}'))
    other = canonical(json.loads('{ "b":["\\u00e1"],"a":1 }'))

    assert content_hash(one) == content_hash(other)
    assert len(content_hash(one)) == 64


def test_the_hash_depends_on_every_mark() -> None:
    assert content_hash(canonical({"points": 1})) != content_hash(canonical({"points": 2}))

"""Compatibility: what may change under one version of an event, what may not, and that nothing released was broken."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from deploy.contracts.checks import broken_since_release
from deploy.contracts.compatible import incompatible, unreadable
from deploy.contracts.files import CONTRACTS, release

Schema = dict[str, Any]
TEA: Schema = {
    "$defs": {
        "Kettle": {
            "type": "object",
            "required": ["litres"],
            "properties": {"litres": {"type": "integer"}, "colour": {"type": "string"}},
        }
    },
    "type": "object",
    "required": ["cups", "kind", "kettle"],
    "properties": {
        "cups": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["green", "black"], "type": "string"},
        "kettle": {"$ref": "#/$defs/Kettle"},
        "guests": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}


def changed(*path: str, to: object = None, without: bool = False) -> Schema:
    """The tea's schema with one thing changed."""
    schema = deepcopy(TEA)
    place = schema
    for step in path[:-1]:
        place = place[step]
    if without:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return schema


def test_nothing_released_has_been_broken() -> None:
    assert list(broken_since_release(CONTRACTS)) == []


@pytest.mark.parametrize(
    "new",
    [
        TEA,
        changed("description", to="Hot."),
        changed("properties", "sugar", to={"type": "integer"}),
        changed("$defs", "Kettle", "properties", "lid", to={"type": "boolean"}),
    ],
)
def test_a_new_optional_field_keeps_the_version(new: Schema) -> None:
    assert incompatible(TEA, new) == []


@pytest.mark.parametrize(
    ("new", "where"),
    [
        (changed("properties", "cups", without=True), "/cups: the field was removed"),
        (changed("properties", "note", without=True), "/note: the field was removed"),
        (changed("$defs", "Kettle", "properties", "colour", without=True), "/kettle/colour: the field was removed"),
        (changed("required", to=["kind", "kettle"]), "/cups: is read and not promised"),
        (changed("required", to=["cups", "kind", "kettle", "note"]), "/note: is read and not promised"),
        (changed("$defs", "Kettle", "required", to=["litres", "colour"]), "/kettle/colour: is read and not promised"),
        (changed("properties", "cups", "type", to="string"), "/cups: may be string"),
        (changed("properties", "cups", "type", to="number"), "/cups: may be number"),
        (changed("properties", "cups", "minimum", to=2), "/cups: minimum 2"),
        (changed("properties", "cups", "minimum", without=True), "/cups: minimum 1"),
        (changed("properties", "cups", "maximum", to=9), "/cups: maximum 9"),
        (changed("properties", "kind", "enum", to=["green"]), "/kind: may be black"),
        (changed("properties", "kind", "enum", to=["green", "black", "white"]), "/kind: may be white"),
        (changed("properties", "kind", "enum", without=True), "/kind: may be anything"),
        (changed("properties", "note", "anyOf", to=[{"type": "string"}]), "/note: may be null"),
        (changed("properties", "guests", "items", "type", to="integer"), "/guests/*: may be"),
        (changed("properties", "guests", "items", "pattern", to="^a"), "/guests/*: pattern"),
        (changed("properties", "guests", "minItems", to=1), "/guests: minItems 1"),
    ],
)
def test_anything_else_is_a_new_version(new: Schema, where: str) -> None:
    assert any(where in each for each in incompatible(TEA, new))


def test_a_listener_may_part_the_values_among_alternatives() -> None:
    parted = changed("properties", "kind", to={"anyOf": [{"enum": ["green"]}, {"const": "black"}]})
    lacking = changed("properties", "kind", to={"anyOf": [{"enum": ["green", "white"]}, {"type": "integer"}]})

    assert unreadable(parted, TEA) == []
    assert unreadable(lacking, TEA) == ["/kind: may be black, which cannot be read"]


def test_a_listener_may_read_less_and_more_widely() -> None:
    listener = {"type": "object", "required": ["cups"], "properties": {"cups": {"type": "number"}}}

    assert unreadable(listener, TEA) == []
    assert unreadable(TEA, listener)


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """Contracts with one event, released once."""
    folder = tmp_path / "events" / "teas" / "TeaPoured.v1"
    (folder / "examples").mkdir(parents=True)
    (folder / "schema.json").write_text(json.dumps(TEA))
    (folder / "examples" / "good.json").write_text("{}")
    release("1.0.0", tmp_path)
    return tmp_path


def test_a_release_is_kept_and_nothing_is_broken_by_it(contracts: Path) -> None:
    assert (contracts / "released" / "1.0.0" / "teas" / "TeaPoured.v1" / "schema.json").exists()
    assert list(broken_since_release(contracts)) == []


def test_a_release_is_never_made_again(contracts: Path) -> None:
    with pytest.raises(FileExistsError):
        release("1.0.0", contracts)


def test_a_removed_event_is_found(contracts: Path) -> None:
    (contracts / "events" / "teas" / "TeaPoured.v1").rename(contracts / "events" / "teas" / "TeaPoured.v2")

    assert list(broken_since_release(contracts)) == ["teas/TeaPoured.v1 since 1.0.0: the event was removed"]


def test_a_removed_field_is_found_against_every_release(contracts: Path) -> None:
    release("1.1.0", contracts)
    file = contracts / "events" / "teas" / "TeaPoured.v1" / "schema.json"
    file.write_text(json.dumps(changed("properties", "note", without=True)))

    found = list(broken_since_release(contracts))
    assert [each.split(":")[0] for each in found] == ["teas/TeaPoured.v1 since 1.0.0", "teas/TeaPoured.v1 since 1.1.0"]


@pytest.mark.parametrize("gone", [True, False])
def test_an_edited_example_is_found(contracts: Path, gone: bool) -> None:
    example = contracts / "events" / "teas" / "TeaPoured.v1" / "examples" / "good.json"
    if gone:
        example.unlink()
    else:
        example.write_text("{ }")

    assert list(broken_since_release(contracts)) == ["teas/TeaPoured.v1 since 1.0.0: the example good.json was changed"]

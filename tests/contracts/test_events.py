"""The contracts of the events: on file as the services promise them, kept by both sides, and safe against slips."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.contracts.checks import load, loose, unheard_of, unreadable_for_listeners, wrong_on_file
from deploy.contracts.files import CONTRACTS, schema_files, stale, write
from deploy.contracts.schemas import promised, unknown_keywords
from deploy.contracts.voices import Voice, facts, folder_of, voices
from shared.document import Fact, Heard

EVENTS = CONTRACTS / "events"
FACTS = [fact for _, fact in facts(voices())]
TYPES = {fact.TYPE: fact for fact in FACTS}


def files(kind: str) -> list[object]:
    """Every example with its event's model, named for the report."""
    return [
        pytest.param(fact, file.read_text(), id=f"{fact.__name__}-{file.stem}")
        for fact in FACTS
        for file in sorted((EVENTS / folder_of(fact) / kind).glob("*.json"))
    ]


HEARD = [
    pytest.param(heard, file.read_text(), id=f"{voice.service}-{heard.__name__}-{file.stem}")
    for voice in voices()
    for heard in voice.consumes
    if heard.TYPE in TYPES
    for file in sorted((EVENTS / folder_of(TYPES[heard.TYPE]) / "examples").glob("*.json"))
]


def test_the_schemas_on_file_are_those_of_the_models() -> None:
    assert stale(schema_files()) == []


def test_every_event_has_its_contract_and_every_contract_its_event() -> None:
    assert list(wrong_on_file(EVENTS, voices())) == []


def test_nobody_waits_for_an_event_that_nobody_says() -> None:
    assert list(unheard_of(voices())) == []


def test_whatever_a_listener_reads_its_speaker_promises() -> None:
    assert list(unreadable_for_listeners(voices())) == []


def test_speakers_refuse_unknown_fields_and_listeners_do_not() -> None:
    assert list(loose(voices())) == []


@pytest.mark.parametrize(("fact", "body"), files("examples"))
def test_the_speaker_accepts_and_writes_every_example(fact: type[Fact], body: str) -> None:
    said = fact.model_validate_json(body)

    # An example is never edited, so one from before an optional field lacks it.
    assert json.loads(said.model_dump_json(exclude_unset=True)) == json.loads(body)


@pytest.mark.parametrize(("fact", "body"), files("failing"))
def test_the_speaker_could_not_say_what_must_fail(fact: type[Fact], body: str) -> None:
    with pytest.raises(ValidationError):
        fact.model_validate_json(body, strict=True)


@pytest.mark.parametrize(("heard", "body"), HEARD)
def test_every_listener_reads_every_example_and_whatever_is_added_to_it(heard: type[Heard], body: str) -> None:
    richer = json.loads(body) | {"added_in_a_later_release": {"x": 1}}

    # Who hands an event on keeps what was added; what it reads of it is the same.
    read, read_richer = heard.model_validate_json(body), heard.model_validate(richer)
    assert all(getattr(read, name) == getattr(read_richer, name) for name in heard.model_fields)


# What follows plants each slip that the checks above are there for.


class Kettle(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    litres: int


class TeaPoured(Fact):
    TYPE: ClassVar[str] = "vn.ocop.tea.poured.v1"
    STREAM: ClassVar[str] = "teas"
    cups: int
    kettle: Kettle
    on: date


class TeaPouredHeard(Heard):
    TYPE: ClassVar[str] = "vn.ocop.tea.poured.v1"
    STREAM: ClassVar[str] = "teas"
    cups: int


GOOD = {"cups": 2, "kettle": {"litres": 1}, "on": "2026-11-21"}
SPEAKER, LISTENER = Voice("kitchen", (), (TeaPoured,)), Voice("guest", (TeaPouredHeard,), ())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of contracts in which nothing is wrong: the tea's, and the parked event's from the project."""
    folder = tmp_path / "events"
    shutil.copytree(EVENTS / "dlq", folder / "dlq")
    write(tea_schema(), tmp_path)
    put(folder, "examples/good", GOOD)
    put(folder, "failing/missing-cups", {"kettle": {"litres": 1}, "on": "2026-11-21"})
    return folder


def tea_schema() -> dict[str, str]:
    return {"events/teas/TeaPoured.v1/schema.json": json.dumps(promised(TeaPoured))}


def put(shelf: Path, name: str, content: object) -> None:
    file = shelf / "teas" / "TeaPoured.v1" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def change_schema(shelf: Path, change: Callable[[dict[str, object]], object]) -> None:
    schema = load(shelf / "teas" / "TeaPoured.v1" / "schema.json")
    change(schema)
    put(shelf, "schema", schema)


def test_nothing_is_found_on_a_shelf_in_order(shelf: Path) -> None:
    assert list(wrong_on_file(shelf, [SPEAKER, LISTENER])) == []


def test_an_event_that_is_heard_and_never_said_is_found() -> None:
    assert list(unheard_of([LISTENER])) == ["guest consumes vn.ocop.tea.poured.v1, which nobody publishes"]


def test_an_event_awaited_on_another_stream_is_found() -> None:
    elsewhere = type("Elsewhere", (TeaPouredHeard,), {"STREAM": "coffees"})

    (found,) = unheard_of([SPEAKER, Voice("guest", (elsewhere,), ())])
    assert "on coffees, but it is said on teas" in found


class ReadsMore(TeaPouredHeard):
    sugar: int


class ReadsOtherwise(TeaPouredHeard):
    cups: str  # type: ignore[assignment]


class ReadsWithDefault(TeaPouredHeard):
    sugar: int = 0


@pytest.mark.parametrize(("heard", "found"), [(ReadsMore, 1), (ReadsOtherwise, 1), (ReadsWithDefault, 0)])
def test_a_field_that_is_read_and_not_promised_is_found(heard: type[Heard], found: int) -> None:
    assert len(list(unreadable_for_listeners([SPEAKER, Voice("guest", (heard,), ())]))) == found


class LooseKettle(BaseModel):
    litres: int


class TeaSpilled(Fact):
    TYPE: ClassVar[str] = "vn.ocop.tea.spilled.v1"
    STREAM: ClassVar[str] = "teas"
    kettle: LooseKettle


class StrictlyHeard(TeaPouredHeard):
    kettle: Kettle


def test_a_speaker_with_unknown_fields_and_a_listener_without_are_found() -> None:
    found = list(loose([Voice("kitchen", (), (TeaSpilled,)), Voice("guest", (StrictlyHeard,), ())]))

    assert found == [
        "kitchen says TeaSpilled (LooseKettle) with unknown fields",
        "guest refuses unknown fields in StrictlyHeard (Kettle)",
    ]


def test_a_contract_nobody_publishes_is_found(shelf: Path) -> None:
    (shelf / "teas" / "TeaBoiled.v1").mkdir()

    assert "teas/TeaBoiled.v1: nobody publishes this" in list(wrong_on_file(shelf, [SPEAKER]))


def test_an_event_without_a_contract_is_found(shelf: Path) -> None:
    found = list(wrong_on_file(shelf, [Voice("kitchen", (), (TeaPoured, TeaSpilled))]))

    assert found == ["teas/TeaSpilled.v1: there is no contract on file"]


def test_examples_without_a_schema_are_found(shelf: Path) -> None:
    (shelf / "teas" / "TeaPoured.v1" / "schema.json").unlink()

    assert list(wrong_on_file(shelf, [SPEAKER])) == ["teas/TeaPoured.v1/examples: there is no schema for them"]


@pytest.mark.parametrize("kind", ["examples", "failing"])
def test_an_event_without_examples_of_both_kinds_is_found(shelf: Path, kind: str) -> None:
    shutil.rmtree(shelf / "teas" / "TeaPoured.v1" / kind)

    assert list(wrong_on_file(shelf, [SPEAKER])) == [f"teas/TeaPoured.v1/{kind}: there is none"]


def test_a_misspelt_keyword_is_found(shelf: Path) -> None:
    change_schema(shelf, lambda schema: schema.update(requierd=schema.pop("required")))

    found = list(wrong_on_file(shelf, [SPEAKER]))
    assert "teas/TeaPoured.v1/schema.json: /requierd is no keyword" in found
    assert "teas/TeaPoured.v1/failing/missing-cups.json: it passes" in found


def test_a_misspelt_keyword_is_found_however_deep() -> None:
    inner = {"anyOf": [{"type": "array", "items": {"tpye": "string"}}]}

    assert unknown_keywords({"properties": {"tpye": inner}}) == ["/properties/tpye/anyOf/0/items/tpye"]


def test_a_schema_that_is_none_is_found(shelf: Path) -> None:
    change_schema(shelf, lambda schema: schema.update(type="objekt"))

    (found,) = wrong_on_file(shelf, [SPEAKER])
    assert "objekt" in found


@pytest.mark.parametrize("wrong", [{"cups": "2"}, {"on": "2026-02-30"}, {"sugar": 1}, {"kettle": {}}])
def test_an_example_that_does_not_pass_is_found(shelf: Path, wrong: dict[str, object]) -> None:
    put(shelf, "examples/bad", GOOD | wrong)

    (found,) = wrong_on_file(shelf, [SPEAKER])
    assert "examples/bad.json" in found


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("missing-on", GOOD, "it passes"),
        ("missing-on", GOOD | {"sugar": 1}, "it fails for another reason"),
        ("wrong-type-on", GOOD | {"cups": "2"}, "it fails for another reason"),
        ("bad-on", GOOD | {"on": 1}, "its name does not begin with"),
    ],
)
def test_an_example_that_does_not_fail_as_its_name_says_is_found(
    shelf: Path, name: str, content: object, why: str
) -> None:
    put(shelf, f"failing/{name}", content)

    assert any(f"failing/{name}.json: {why}" in each for each in wrong_on_file(shelf, [SPEAKER]))


def test_a_schema_changed_by_hand_is_found(tmp_path: Path) -> None:
    write(tea_schema(), tmp_path)
    change_schema(tmp_path / "events", lambda schema: schema.update(title="Tea"))

    assert stale(tea_schema(), tmp_path) == ["events/teas/TeaPoured.v1/schema.json"]
    assert write(tea_schema(), tmp_path) == ["events/teas/TeaPoured.v1/schema.json"]
    assert stale(tea_schema(), tmp_path) == []

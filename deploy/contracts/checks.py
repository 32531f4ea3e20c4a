"""What must hold between the contracts on file, their speakers and their listeners; each check says what does not."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from deploy.contracts.compatible import incompatible, unreadable
from deploy.contracts.schemas import Schema, asked, promised, unknown_keywords
from deploy.contracts.voices import Voice, facts, folder_of

WHY = {
    "missing": "required",
    "unknown": "additionalProperties",
    "wrong-type": "type",
    "no-such-value": "enum",
    "not-a-date": "format",
    "not-of-the-form": "pattern",
    "too-small": "minimum",
    "too-large": "maximum",
}
"""How the file of a failing example begins, and the schema keyword it must fail by. The rest names the field."""


def load(file: Path) -> Schema:
    loaded: Schema = json.loads(file.read_text())
    return loaded


def validator(schema: Schema) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def unheard_of(all_voices: Sequence[Voice]) -> Iterator[str]:
    """Events that somebody waits for and nobody says, or says on another stream."""
    said = {fact.TYPE: fact for _, fact in facts(list(all_voices))}
    for voice in all_voices:
        for heard in voice.consumes:
            fact = said.get(heard.TYPE)
            if fact is None:
                yield f"{voice.service} consumes {heard.TYPE}, which nobody publishes"
            elif fact.STREAM != heard.STREAM:
                yield f"{voice.service} waits for {heard.TYPE} on {heard.STREAM}, but it is said on {fact.STREAM}"


def unreadable_for_listeners(all_voices: Sequence[Voice]) -> Iterator[str]:
    """Fields a listener needs that the speaker does not promise in that form."""
    said = {fact.TYPE: fact for _, fact in facts(list(all_voices))}
    for voice in all_voices:
        for heard in voice.consumes:
            if heard.TYPE in said:
                for difference in unreadable(asked(heard), promised(said[heard.TYPE])):
                    yield f"{voice.service} hears {heard.__name__}{difference}"


def loose(all_voices: Sequence[Voice]) -> Iterator[str]:
    """Objects in which a speaker does not refuse unknown fields, or a listener does."""
    for speaker, fact in facts(list(all_voices)):
        for place in _objects(promised(fact), lambda schema: schema.get("additionalProperties") is None):
            yield f"{speaker} says {fact.__name__}{place} with unknown fields"
    for voice in all_voices:
        for heard in voice.consumes:
            for place in _objects(asked(heard), lambda schema: schema.get("additionalProperties") is False):
                yield f"{voice.service} refuses unknown fields in {heard.__name__}{place}"


def _objects(schema: Schema, wanted: Callable[[Schema], bool]) -> Iterator[str]:
    named = {"": schema, **{f" ({name})": part for name, part in schema.get("$defs", {}).items()}}
    return (name for name, part in named.items() if part.get("type") == "object" and wanted(part))


def wrong_on_file(events: Path, all_voices: Sequence[Voice]) -> Iterator[str]:
    """Contracts without a speaker, speakers without a contract, and files that do not fit their schema."""
    known = {folder_of(fact) for _, fact in facts(list(all_voices))}
    on_file = {str(folder.relative_to(events)) for folder in events.glob("*/*") if folder.is_dir()}
    for folder in sorted(on_file - known):
        yield f"{folder}: nobody publishes this"
    for folder in sorted(known - on_file):
        yield f"{folder}: there is no contract on file"
    for folder in sorted(on_file):
        yield from (f"{folder}/{problem}" for problem in _wrong_in(events / folder))


def _wrong_in(folder: Path) -> Iterator[str]:
    file = folder / "schema.json"
    if not file.exists():
        yield "examples: there is no schema for them"
        return
    schema = load(file)
    yield from (f"schema.json: {place} is no keyword" for place in unknown_keywords(schema))
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as wrong:
        yield f"schema.json: {wrong.message}"
        return
    passing = sorted((folder / "examples").glob("*.json"))
    failing = sorted((folder / "failing").glob("*.json"))
    if not passing:
        yield "examples: there is none"
    if not failing:
        yield "failing: there is none"
    for example in passing:
        for error in validator(schema).iter_errors(load(example)):
            yield f"examples/{example.name}: {error.json_path} {error.message}"
    for example in failing:
        yield from (f"failing/{example.name}: {problem}" for problem in _not_failing(schema, example))


def _not_failing(schema: Schema, example: Path) -> Iterator[str]:
    """Why an example does not fail as its name says: by this keyword, at this field, and by nothing else."""
    why = next((each for each in WHY if example.stem.startswith(f"{each}-")), None)
    if why is None:
        yield f"its name does not begin with one of {', '.join(WHY)}"
        return
    field = example.stem.removeprefix(f"{why}-")
    errors = [leaf for error in validator(schema).iter_errors(load(example)) for leaf in _leaves(error)]
    if not errors:
        yield "it passes"
    for error in errors:
        if error.validator != WHY[why] or field not in {*map(str, error.absolute_path), *_named(error)}:
            yield f"it fails for another reason: {error.json_path} {error.message}"


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself; of alternatives, those of the first, because null is always the last."""
    if error.validator == "anyOf" and error.context:
        yield from (leaf for leaf in error.context if leaf.schema_path[0] == 0)
    else:
        yield error


def _named(error: ValidationError) -> set[str]:
    """The fields a message about missing or unknown ones names."""
    return set(error.message.split("'")[1::2])


def broken_since_release(contracts: Path) -> Iterator[str]:
    """What today's schemas and examples no longer keep of any released version."""
    for release in sorted((contracts / "released").glob("*")):
        for schema in sorted(release.glob("*/*/schema.json")):
            folder = schema.parent.relative_to(release)
            where = f"{folder} since {release.name}"
            today = contracts / "events" / folder
            if not (today / "schema.json").exists():
                yield f"{where}: the event was removed"
                continue
            for reason in incompatible(load(schema), load(today / "schema.json")):
                yield f"{where}: {reason}"
            for example in sorted((schema.parent / "examples").glob("*.json")):
                now = today / "examples" / example.name
                if not now.exists() or now.read_bytes() != example.read_bytes():
                    yield f"{where}: the example {example.name} was changed"

"""Whether whatever one schema lets be written can be read by another: a listener's, or an older version's."""

from collections.abc import Iterator

from deploy.contracts.schemas import Schema

_LOWEST = (("minimum", "minimum"), ("minLength", "minLength"), ("minItems", "minItems"))
_HIGHEST = (("maximum", "maximum"), ("maxLength", "maxLength"), ("maxItems", "maxItems"))
_EXACT = ("pattern", "format", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems")


def unreadable(reader: Schema, writer: Schema) -> list[str]:
    """What a writer that keeps to ``writer`` may write and a reader that asks for ``reader`` cannot read.

    Fields the reader does not ask for are no matter: listeners ignore them.
    """
    return list(_Comparison(reader, writer).differences(reader, writer, ""))


def incompatible(old: Schema, new: Schema) -> list[str]:
    """Why ``new`` may not take the place of the released ``old`` under the same version.

    Listeners of yesterday must read what is said today, and those of today everything said since the release,
    because the streams are kept for ever. Only a new optional field passes.
    """
    found = [f"said today, unreadable for the released version: {each}" for each in unreadable(old, new)]
    found += [f"said since the release, unreadable today: {each}" for each in unreadable(new, old)]
    found += [f"{at}: the field was removed" for at in _fields(old, old, "") - _fields(new, new, "")]
    return found


class _Comparison:
    def __init__(self, reader_root: Schema, writer_root: Schema) -> None:
        self._reader_root = reader_root
        self._writer_root = writer_root

    def differences(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        reader, writer = _resolved(reader, self._reader_root), _resolved(writer, self._writer_root)
        if "anyOf" in writer:
            for written in writer["anyOf"]:
                yield from self.differences(reader, written, at)
        elif "anyOf" in reader and len(values := _values(writer) or ()) > 1:
            # One alternative may read some of them, and another the rest.
            for value in values:
                yield from self.differences(reader, {**writer, "enum": [value]}, at)
        elif "anyOf" in reader:
            tries = [list(self.differences(read, writer, at)) for read in reader["anyOf"]]
            if all(tries):
                yield min(tries, key=len)[0]
        else:
            yield from self._values(reader, writer, at or "/")
            yield from self._fields(reader, writer, at)
            if isinstance(reader.get("items"), dict) and isinstance(writer.get("items"), dict):
                yield from self.differences(reader["items"], writer["items"], f"{at}/*")

    def _values(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        read, written = _values(reader), _values(writer)
        if read is not None:
            if written is None:
                yield f"{at}: may be anything, but only {_shown(read)} can be read"
            elif strange := [value for value in written if value not in read]:
                yield f"{at}: may be {_shown(strange)}, which cannot be read"
            return
        if "type" in reader and _types(writer) - _widened(_types(reader)):
            yield f"{at}: may be {_shown(sorted(_types(writer)))}, but {_shown(sorted(_types(reader)))} is read"
            return
        if written is not None:
            low, high = reader.get("minimum", float("-inf")), reader.get("maximum", float("inf"))
            for value in written:
                if isinstance(value, int) and not low <= value <= high:
                    yield f"{at}: may be {value}, which is out of bounds"
            return
        for name, other in _LOWEST:
            if name in reader and writer.get(other, float("-inf")) < reader[name]:
                yield f"{at}: {name} {reader[name]} is asked for and not promised"
        for name, other in _HIGHEST:
            if name in reader and writer.get(other, float("inf")) > reader[name]:
                yield f"{at}: {name} {reader[name]} is asked for and not promised"
        for name in _EXACT:
            if name in reader and writer.get(name) != reader[name]:
                yield f"{at}: {name} {reader[name]!r} is asked for and not promised"

    def _fields(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        promised = writer.get("required", ())
        for name in reader.get("required", ()):
            if name not in promised:
                yield f"{at}/{name}: is read and not promised"
        asked, given = reader.get("properties", {}), writer.get("properties", {})
        for name in asked:
            if name in given:
                yield from self.differences(asked[name], given[name], f"{at}/{name}")
        read, written = reader.get("additionalProperties"), writer.get("additionalProperties")
        if isinstance(read, dict) and isinstance(written, dict):
            yield from self.differences(read, written, f"{at}/*")


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _values(schema: Schema) -> list[object] | None:
    """The only values the schema allows, when it names them."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _types(schema: Schema) -> set[str]:
    said = schema.get("type")
    if said is None:
        return {"anything"}
    return {said} if isinstance(said, str) else set(said)


def _widened(types: set[str]) -> set[str]:
    return types | {"integer"} if "number" in types else types


def _shown(values: list[object] | list[str]) -> str:
    return ", ".join(map(str, values))


def _fields(schema: Schema, root: Schema, at: str) -> set[str]:
    """The places of all fields."""
    schema = _resolved(schema, root)
    found: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        found.add(f"{at}/{name}")
        found |= _fields(inner, root, f"{at}/{name}")
    for part in (*schema.get("anyOf", ()), schema.get("items")):
        if isinstance(part, dict):
            found |= _fields(part, root, at if "anyOf" in schema else f"{at}/*")
    return found

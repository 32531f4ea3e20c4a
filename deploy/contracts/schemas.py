"""An event model as JSON Schema: what its speaker promises, or what a listener asks for."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.document import Fact, Heard

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]
"""A JSON Schema. Its shape is the standard's, so no model of ours describes it."""

KEYWORDS = frozenset(
    {"$schema", "$id", "$ref", "$defs", "$comment", "title", "description", "default", "examples", "deprecated"}
    | {"type", "enum", "const", "format", "pattern", "minLength", "maxLength"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties"}
    | {"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "anyOf", "oneOf", "allOf", "not"}
)
"""The keywords our schemas may use; JSON Schema itself would pass over a misspelt one in silence."""

_NAMED = {"properties", "$defs"}
"""Keywords whose value maps names of our own to schemas."""
_NESTED = {"items", "additionalProperties", "propertyNames", "not"}
_LISTS = {"anyOf", "oneOf", "allOf", "prefixItems"}


class _Plain(GenerateJsonSchema):
    """Without a title for every field, which would only repeat its name."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def promised(fact: type[Fact]) -> Schema:
    """What the speaker of ``fact`` promises. Its ``$id`` is the event's ``ce_dataschema``."""
    described: Schema = fact.model_json_schema(mode="serialization", schema_generator=_Plain)
    head = {"$schema": DIALECT, "$id": f"/contracts/{fact.STREAM}/{fact.TYPE}"}
    return head | described


def asked(heard: type[Heard]) -> Schema:
    """What a listener needs; whatever else an event carries is ignored."""
    described: Schema = heard.model_json_schema(mode="validation", schema_generator=_Plain)
    return described


def unknown_keywords(schema: object, at: str = "") -> list[str]:
    """Where ``schema`` uses a keyword that our schemas do not."""
    if not isinstance(schema, dict):
        return []
    found = [f"{at}/{name}" for name in schema if name not in KEYWORDS]
    for name, value in schema.items():
        here = f"{at}/{name}"
        if name in _NAMED and isinstance(value, dict):
            for inner, part in value.items():
                found.extend(unknown_keywords(part, f"{here}/{inner}"))
        elif name in _NESTED:
            found.extend(unknown_keywords(value, here))
        elif name in _LISTS and isinstance(value, list):
            for place, part in enumerate(value):
                found.extend(unknown_keywords(part, f"{here}/{place}"))
    return found

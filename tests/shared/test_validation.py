"""What pydantic finds wrong, in words people read."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PastDate,
    StrictInt,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from shared.errors import Flaw
from shared.validation import flaw_in_value, flaws


class Colour(Enum):
    RED = "red"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["dog"]


class Guarded(BaseModel):
    even: int

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise flaw_in_value("odd", "Phải chẵn {không}.", "It must be even {no}.")
        return value


def found(kind: Any, value: object) -> list[Flaw]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return flaws([{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, 1),
        (str, b"\xff"),
        (int, "x"),
        (int, 1.5),
        (int, "9" * 5000),
        (StrictInt, "1"),
        (float, "x"),
        (float, []),
        (Annotated[float, Field(allow_inf_nan=False)], float("nan")),
        (Decimal, "x"),
        (Decimal, []),
        (Annotated[Decimal, Field(max_digits=2)], "123"),
        (Annotated[Decimal, Field(max_digits=4, decimal_places=2)], "123.4"),
        (Annotated[int, Field(ge=1)], 0),
        (Annotated[int, Field(lt=1)], 1),
        (Annotated[int, Field(le=1)], 2),
        (Annotated[int, Field(multiple_of=2)], 3),
        (bool, "x"),
        (bool, []),
        (date, "2026-13-01"),
        (date, "2026-01-01T10:00:00"),
        (date, 1.5),
        (PastDate, date(9999, 1, 1)),
        (datetime, "x"),
        (datetime, []),
        (AwareDatetime, "2026-01-01T10:00:00"),
        (Colour, "blue"),
        (Literal["a"], "b"),
        (list[int], 1),
        (tuple[int, ...], 1),
        (set[int], 1),
        (frozenset[int], 1),
        (dict[str, int], 1),
        (Annotated[list[int], Field(min_length=1)], []),
        (Dog, 1),
        (Dog, {}),
        (Dog, {"kind": "dog", "tail": 1}),
        (Annotated[Cat | Dog, Field(discriminator="kind")], {"kind": "cow"}),
        (Annotated[Cat | Dog, Field(discriminator="kind")], {}),
        (UUID, "x"),
        (UUID, 1),
        (AnyUrl, "x"),
        (None, 1),
    ],
)
def test_every_error_a_request_meets_has_its_own_sentence(kind: Any, value: object) -> None:
    for flaw in found(kind, value):
        assert flaw.vi not in ("", "Giá trị không hợp lệ.")
        assert flaw.en not in ("", "The value is not valid.")
        assert "{" not in flaw.vi + flaw.en


def test_an_error_nobody_translated_has_a_general_sentence() -> None:
    assert flaws([{"type": "brand_new", "loc": ("body", "a")}]) == [
        Flaw("/a", "Giá trị không hợp lệ.", "The value is not valid.")
    ]


def test_a_validator_brings_its_own_sentences_braces_and_all() -> None:
    assert found(Guarded, {"even": 1}) == [Flaw("/even", "Phải chẵn {không}.", "It must be even {no}.")]


@pytest.mark.parametrize(
    ("place", "pointer"),
    [
        (("body",), ""),
        (("body", "a", 0, "b"), "/a/0/b"),
        (("body", "a/b~"), "/a~1b~0"),
        (("query", "limit"), "?limit"),
        (("path", "id"), "{id}"),
        (("header", "x-y"), "x-y:"),
    ],
)
def test_a_flaw_points_at_its_part_of_the_request(place: tuple[str | int, ...], pointer: str) -> None:
    assert flaws([{"type": "missing", "loc": place}])[0].pointer == pointer

"""Text a person wrote, whatever it was typed with."""

import unicodedata
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.text import Text, plain, vietnamese_order

line: TypeAdapter[str] = TypeAdapter(Annotated[str, Text(20)])
lines: TypeAdapter[str] = TypeAdapter(Annotated[str, Text(20, lines=True)])


@pytest.mark.parametrize("spelt", ["Đồng Tháp", unicodedata.normalize("NFD", "Đồng Tháp"), "  Đồng Tháp\n"])
def test_vietnamese_is_kept_in_one_spelling(spelt: str) -> None:
    assert line.validate_python(spelt) == "Đồng Tháp"


@pytest.mark.parametrize(
    "hidden", ["a\x00b", "a\x1bb", "a\u202eb", "a\u200bb", "a\ufeffb", "a\nb", "a\u2028b", "a\x85b", "\ud800"]
)
def test_what_cannot_be_seen_is_refused(hidden: str) -> None:
    with pytest.raises(ValidationError):
        line.validate_python(hidden)


def test_several_lines_are_kept_when_they_are_wanted() -> None:
    assert lines.validate_python("a\r\nb\rc\td") == "a\nb\nc\td"


@pytest.mark.parametrize("empty", ["", " ", "\u00a0\u3000"])
def test_nothing_but_space_is_nothing(empty: str) -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        line.validate_python(empty)


def test_the_length_is_that_of_the_one_spelling() -> None:
    typed = unicodedata.normalize("NFD", "ồ" * 20)
    assert line.validate_python(typed) == "ồ" * 20
    with pytest.raises(ValidationError, match="at most 20"):
        line.validate_python(typed + "x")


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=40))
def test_what_is_taken_is_taken_again_unchanged(typed: str) -> None:
    try:
        taken = lines.validate_python(typed)
    except ValidationError:
        return
    assert lines.validate_python(taken) == taken
    assert taken.encode().decode() == taken


def test_the_description_tells_the_length() -> None:
    class Named(BaseModel):
        name: Annotated[str, Text(20)]

    assert Named.model_json_schema()["properties"]["name"] | {"title": ""} == {
        "maxLength": 20,
        "minLength": 1,
        "title": "",
        "type": "string",
    }


@pytest.mark.parametrize(
    ("text", "found"), [("Đồng  Giao", "dong giao"), ("Ô-long\n ƯỚP", "o-long uop"), ("ươ", "uo"), ("", "")]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_text_is_looked_for_without_diacritics(text: str, found: str, form: Literal["NFC", "NFD"]) -> None:
    assert plain(unicodedata.normalize(form, text)) == found


def test_vietnamese_sorts_by_its_alphabet_and_only_then_by_tone() -> None:
    words = ["ba", "bà", "bả", "bã", "bá", "bạ", "bac", "băng", "bân", "ca", "da", "đa", "ô", "ơ", "u", "ư"]

    assert sorted(reversed(words), key=vietnamese_order) == words

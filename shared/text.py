"""Text a person wrote, as it may come in: composed, trimmed, without characters that cannot be seen."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from shared.validation import flaw_in_value

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACES = {letter: ord("a") + place for place, letter in enumerate(_ALPHABET)}
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_LINE_ENDS = re.compile(r"\r\n?")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_UNSEEN_IN_LINES = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: str) -> str:
    """``text`` as people search for it: small letters, no diacritics, single spaces."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def vietnamese_order(text: str) -> tuple[list[int], list[int], str]:
    """The key by which Vietnamese sorts: a ă â b c d đ …, then by tone (level, `, ?, ~, ´, .), small letters first."""
    letters: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFC", text.lower()):
        apart = unicodedata.normalize("NFD", letter)
        tone = next((place for place, mark in enumerate(_TONES, 1) if mark in apart), 0)
        bare = unicodedata.normalize("NFC", "".join(part for part in apart if part not in _TONES))
        letters.append(_PLACES.get(bare, ord(bare[0])))
        tones.append(tone)
    return letters, tones, text.swapcase()


@dataclass(frozen=True, slots=True)
class Text:
    """Text of 1 to ``most`` characters: ``name: Annotated[str, Text(200)]``.

    It is brought into Unicode NFC (Vietnamese is typed in two ways that look alike) and stripped. Characters
    that cannot be seen or turn the direction of writing are refused; ``lines`` lets it have several lines.
    """

    most: int
    lines: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.str_schema(strict=True, min_length=1, max_length=self.most)
        return core_schema.no_info_before_validator_function(self.cleaned, inner)

    def cleaned(self, value: object) -> object:
        """``value`` brought into form when it is text; anything else is left for the validator to refuse."""
        if not isinstance(value, str) or len(value) > 8 * self.most + 64:
            return value
        if self.lines:
            value = _LINE_ENDS.sub("\n", value)
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        value = value.strip()
        if (_UNSEEN_IN_LINES if self.lines else _UNSEEN).search(value):
            raise flaw_in_value(
                "text_unseen",
                "Có ký tự điều khiển hoặc ký tự không nhìn thấy; hãy gõ lại.",
                "It holds control or invisible characters; type it again.",
            )
        return value

"""The public pages can be read by everybody: colours far enough apart, in the sheet that every page carries."""

import re
from pathlib import Path

import pytest

from services.certification import pages

STYLE = (Path(pages.__file__).parent / "style.css").read_text(encoding="utf-8")
TEXT = 4.5
"""What WCAG 2.2 AA asks between text and what it stands on; 3 for the edges of what is operated."""
EDGE = 3.0


def colour(selector: str, name: str) -> str:
    """The colour that the rule of ``selector`` gives; a variable is followed."""
    rule = re.search(rf"^{re.escape(selector)} {{([^}}]*)}}", STYLE, re.MULTILINE)
    assert rule is not None, selector
    value = re.search(rf"(?:^|[; ]){name}: [^;]*?(#[0-9a-f]{{3,6}}|var\(--[a-z]+\))", rule[1])
    assert value is not None, (selector, name)
    found = value[1]
    return colour(":root", found[4:-1]) if found.startswith("var(") else found


def luminance(given: str) -> float:
    digits = given[1:] if len(given) == 7 else "".join(2 * digit for digit in given[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (("body", "color"), ("body", "background")),
        (("header p", "color"), ("body", "background")),
        (("a", "color"), ("body", "background")),
        ((".hint, footer", "color"), ("body", "background")),
        (("a", "color"), (".card", "background")),
        (("dt", "color"), (".card", "background")),
        ((".stars", "color"), (".card", "background")),
        ((".verdict", "color"), (".good", "background")),
        ((".verdict", "color"), (".bad", "background")),
        ((".verdict", "color"), (".warn", "background")),
        (("button", "color"), ("button", "background")),
    ],
)
def test_text_stands_out_from_its_ground(text: tuple[str, str], ground: tuple[str, str]) -> None:
    assert contrast(colour(*text), colour(*ground)) >= TEXT


@pytest.mark.parametrize("ground", ["body", ".card"])
def test_what_is_operated_and_where_one_is_can_be_seen(ground: str) -> None:
    beneath = colour(ground, "background")

    assert contrast(colour("a:focus-visible, input:focus-visible, button:focus-visible", "outline"), beneath) >= EDGE
    assert contrast(colour("input", "border"), beneath) >= EDGE

"""Searching without marks: how a product's name is kept for it, and what of a search is looked for."""

import re

from shared.text import plain as unmarked

MOST_WORDS = 8


def plain(text: str) -> str:
    """The words of ``text`` in small letters without marks: «Rượu nếp (ST25)» becomes «ruou nep st25»."""
    return " ".join(re.findall(r"[a-z0-9]+", unmarked(text)))


def sought(text: str) -> str | None:
    """A regular expression for names that hold words beginning with each word of ``text``; None without words."""
    words = plain(text).split()[:MOST_WORDS]
    return "^" + "".join(rf"(?=.*\b{word})" for word in words) if words else None

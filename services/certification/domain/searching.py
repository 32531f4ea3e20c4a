"""Searching without marks: how a product's name is kept for it, and what of a search is looked for."""

import re
import unicodedata

MOST_WORDS = 8


def plain(text: str) -> str:
    """``text`` in small letters without marks: «Rượu nếp» becomes «ruou nep»."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def sought(text: str) -> str | None:
    """A regular expression for names that hold words beginning with each word of ``text``; None without words."""
    words = plain(text).split()[:MOST_WORDS]
    return "^" + "".join(rf"(?=.*\b{word})" for word in words) if words else None

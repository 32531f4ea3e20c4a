"""Which language an asker reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import language


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "vi"),
        ("*", "vi"),
        ("fr", "vi"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("en;q=0", "vi"),
        ("en;q=0.5,vi;q=0.6", "vi"),
        ("fr, en;q=0.1", "en"),
        ("en;q=9", "vi"),
        ("en;q=x", "vi"),
        ("english", "vi"),
    ],
)
def test_vietnamese_is_spoken_unless_english_is_liked_better(accepted: str, expected: str) -> None:
    assert language(accepted) == expected


@given(st.text(max_size=300))
def test_any_header_gives_a_language(accepted: str) -> None:
    assert language(accepted) in ("vi", "en")

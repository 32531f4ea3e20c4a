"""Cursors: what we gave is understood, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from shared.pages import Page, cursor, place


@pytest.mark.parametrize("id", ["a", "decision/37/2026/123", "Đ", "x" * 200])
def test_a_cursor_stands_for_its_place(id: str) -> None:
    assert place(cursor(id)) == id


@given(st.text(max_size=60))
def test_an_invented_cursor_is_refused_or_harmless_text(invented: str) -> None:
    try:
        found = place(invented)
    except PydanticCustomError:
        return
    assert "\x00" not in found


def test_the_last_page_has_no_next() -> None:
    assert Page[int].of([1], None).next is None

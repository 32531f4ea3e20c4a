"""A cursor is opaque, small, and never past what is committed."""

import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.cursor import CursorAhead, CursorUnknown, Partition, checked, cursor, places

PARTITIONS = st.builds(Partition, st.from_regex(r"[0-9]{2}", fullmatch=True), st.integers(0, 9))


@given(st.dictionaries(PARTITIONS, st.integers(0, 2**62), max_size=80))
def test_a_cursor_stands_for_the_places_it_was_made_of(held: dict[Partition, int]) -> None:
    assert places(cursor(held)) == held


def test_the_country_fits_into_one_short_word() -> None:
    held = {Partition(f"{n:02d}", p): 1_000_000 + 7 * n + p for n in range(35) for p in (0, 1)}

    assert len(cursor(held)) < 1_000


@given(st.text(max_size=200))
def test_a_word_of_somebody_else_is_refused(word: str) -> None:
    with pytest.raises(CursorUnknown):
        places(word)


@pytest.mark.parametrize(
    "told",
    ['{"37.0": -1}', '{"37.0": 1.5}', '{"37": 1}', '{"37.0": true}', "[1]", "7", "[" * 5_000, '{"x": "' + "y" * 99_999],
)
def test_a_word_that_was_forged_is_refused(told: str) -> None:
    with pytest.raises(CursorUnknown):
        places(urlsafe_b64encode(zlib.compress(told.encode())).rstrip(b"=").decode())


def test_a_place_past_the_end_is_refused() -> None:
    with pytest.raises(CursorAhead):
        checked({Partition("37", 0): 5}, {Partition("37", 0): 4})


def test_a_partition_that_is_new_is_read_from_its_beginning() -> None:
    ends = {Partition("37", 0): 4, Partition("48", 0): 9}

    assert checked({Partition("37", 0): 4}, ends) == {Partition("37", 0): 4, Partition("48", 0): 0}

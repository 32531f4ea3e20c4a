"""Numbers: each given once, in order, and the same one to who asks again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dossier.domain.number import (
    MOST_IN_SERIES,
    Given,
    SeriesFull,
    give,
    new_series,
    product_code,
    registration_number,
)
from tests.services.dossier.builders import TODAY


@given(st.lists(st.sampled_from("abcdefgh")))
def test_a_series_gives_every_number_once_and_the_same_to_the_same(asked: list[str]) -> None:
    held = new_series("registration", "37", "14362", 2026)
    told: dict[str, set[int]] = {}

    for id in asked:
        held = give(held, id, TODAY)
        told.setdefault(id, set()).add(held.number_of(id))

    assert all(len(numbers) == 1 for numbers in told.values())
    assert sorted(number for numbers in told.values() for number in numbers) == list(range(1, len(set(asked)) + 1))


def test_a_series_ends_with_a_refusal() -> None:
    full = {str(n): Given(number=n + 1, on=TODAY) for n in range(MOST_IN_SERIES)}
    held = new_series("registration", "37", None, 2026).model_copy(update={"given": full})

    with pytest.raises(SeriesFull):
        give(held, "one more", TODAY)


def test_numbers_have_the_forms_of_the_decision() -> None:
    assert registration_number(12, "37", "14362", 2026, "X") == "X-012/PĐK-37-14362-2026"
    assert product_code(7, "37", "14362", 2026) == "37-14362-07-2026"

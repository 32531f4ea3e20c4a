"""The rules of a product: its one open dossier, and the kinds of case it may have."""

import pytest

from services.dossier.domain.product import (
    CommuneElsewhere,
    ProductHasOpenDossier,
    ProductRecognised,
    check_commune,
    may_be_called,
    opened,
)
from tests.services.dossier.builders import opening, product


def test_a_product_without_a_dossier_gets_one() -> None:
    assert opened(product(), opening("d1"), None).opening == opening("d1")


def test_the_same_opening_again_changes_nothing() -> None:
    held = product(opening=opening("d1"))

    assert opened(held, opening("d1"), None) is held


def test_a_closed_dossier_gives_its_place_to_the_next() -> None:
    assert opened(product(opening=opening("d1")), opening("d2"), opening("d1")).opening == opening("d2")


@pytest.mark.parametrize("known", [None, opening("d0")])
def test_a_dossier_that_the_asker_does_not_know_to_be_closed_stands_in_the_way(known: object) -> None:
    with pytest.raises(ProductHasOpenDossier, match="d1"):
        opened(product(opening=opening("d1")), opening("d2"), known)  # type: ignore[arg-type]


def test_only_a_first_evaluation_needs_a_product_that_was_never_recognised() -> None:
    may_be_called("first", False)
    may_be_called("upgrade", True)
    may_be_called("re_evaluation", True)
    with pytest.raises(ProductRecognised):
        may_be_called("first", True)


def test_an_appointment_to_a_commune_does_not_reach_another() -> None:
    check_commune("14362", None)
    check_commune("14362", "14362")
    with pytest.raises(CommuneElsewhere):
        check_commune("14362", "14401")

"""Which rules govern a dossier, and who may give which stars."""

from datetime import date

import pytest

from services.scoring.domain.rule_set import NoRuleSet, in_force_on
from tests.services.scoring.builders import loaded, rules


@pytest.mark.parametrize(
    ("received_on", "number"),
    [
        (date(2019, 8, 21), "1048-2019"),
        (date(2020, 6, 7), "1048-2019"),
        (date(2020, 6, 8), "781-2020"),
        (date(2023, 2, 23), "781-2020"),
        (date(2023, 2, 24), "148-2023"),
        (date(2025, 7, 6), "1489-2025"),
        (date(2026, 5, 21), "1489-2025"),
        (date(2026, 5, 22), "26-2026"),
        (date(2026, 7, 20), "26-2026"),
        (date(2026, 7, 21), "26-2026"),
        (date(2031, 1, 1), "26-2026"),
    ],
)
def test_the_day_of_receipt_chooses_the_rule_set(received_on: date, number: str) -> None:
    assert in_force_on(loaded().entries, received_on).number == number


def test_a_day_before_the_programme_has_no_rules() -> None:
    with pytest.raises(NoRuleSet) as refused:
        in_force_on(loaded().entries, date(2019, 8, 20))

    assert "2019-08-20" in refused.value.sentence("en")
    assert "2019-08-20" in refused.value.sentence("vi")


@pytest.mark.parametrize(("authority", "stars"), [("37", 4), ("01", 4), ("00", 5)])
def test_a_province_gives_at_most_4_stars_and_the_centre_5(authority: str, stars: int) -> None:
    assert rules().highest_star(authority) == stars


def test_a_product_goes_to_the_centre_from_an_average_of_90() -> None:
    assert rules().potential_from() == 90

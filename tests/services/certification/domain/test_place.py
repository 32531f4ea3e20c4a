"""Communes by the names they have, in all thirty-four provinces."""

from collections import Counter

import pytest

from tests.services.certification.builders import regulations

PLACES = regulations().places


@pytest.mark.parametrize(
    ("province", "commune", "vi", "en"),
    [
        ("37", "14362", "phường Tam Điệp, tỉnh Ninh Bình", "Tam Điệp Ward, Ninh Bình Province"),
        ("01", "00004", "phường Ba Đình, thành phố Hà Nội", "Ba Đình Ward, Hà Nội City"),
        ("66", "24412", "xã M'Drắk, tỉnh Đắk Lắk", "M'Drắk Commune, Đắk Lắk Province"),
        # A code of another time than the list's is shown as it is.
        ("37", "99999", "mã xã 99999, tỉnh Ninh Bình", "commune 99999, Ninh Bình Province"),
    ],
)
def test_a_product_comes_from_a_commune_in_a_province(province: str, commune: str, vi: str, en: str) -> None:
    origin = PLACES.origin(province, commune)

    assert (origin.vi, origin.en) == (vi, en)


def test_the_list_holds_every_commune_ward_and_special_zone_of_2025() -> None:
    assert Counter(commune.kind for commune in PLACES.communes.values()) == {
        "commune": 2_621,
        "ward": 687,
        "special_zone": 13,
    }

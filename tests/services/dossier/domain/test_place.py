"""Places in time: codes are read in the terms of their day, and merged communes lead to those that came after."""

from datetime import date
from typing import Any

import pytest

from services.dossier.domain.place import (
    CommuneEnded,
    CommuneGoesOn,
    CommuneOfAnotherProvince,
    CommuneUnknown,
    NotASuccessor,
    Place,
    Places,
    ProductCodeUnreadable,
)
from shared.errors import Refusal
from tests.services.dossier.builders import REGULATION, TODAY

OF_TODAY = REGULATION.places
ENDED = date(2026, 6, 30)


def place(code: str, *successors: str, **changed: Any) -> Place:
    """A commune that ended on 30 June 2026 when anybody came after it."""
    given = {
        "code": code,
        "name": f"Xã {code}",
        "from": date(2025, 7, 1),
        "until": ENDED if successors else None,
        "successors": successors,
        "basis": "1/NQ",
    }
    return Place.model_validate(given | changed)


def test_the_34_codes_of_today_stand_and_the_63_before_lead_to_them() -> None:
    before, now = date(2025, 6, 30), date(2025, 7, 1)
    codes = [f"{n:02d}" for n in range(1, 100)]

    stood = {code: held for code in codes if (held := OF_TODAY.at(code, before)) is not None}
    stands = {code for code in codes if OF_TODAY.at(code, now) is not None}

    assert (len(stood), len(stands)) == (63, 34)
    assert {successor for each in stood.values() for successor in each.successors} == stands


@pytest.mark.parametrize(
    ("code", "province", "today", "district"),
    [
        ("24-213-07333-3-2022", "Bắc Giang", "24", "213"),
        ("24-07333-03-2026", "Bắc Ninh", "24", None),
        ("83-829-28780-3-2022", "Bến Tre", "86", "829"),
        ("89-883-30280-1-2025", "An Giang", "91", "883"),
        ("91-30280-01-2025", "An Giang", "91", None),
    ],
)
def test_a_product_code_is_read_in_the_terms_of_its_own_time(
    code: str, province: str, today: str, district: str | None
) -> None:
    read = OF_TODAY.read(code, TODAY)

    assert (read.province_name, read.province_today, read.district) == (province, today, district)


@pytest.mark.parametrize("code", ["", "37-14362-1", "02-14362-01-2026", "37-1-14362-1-2022", "99-213-07333-3-2022"])
def test_what_was_never_a_code_is_not_read(code: str) -> None:
    with pytest.raises(ProductCodeUnreadable):
        OF_TODAY.read(code, TODAY)


def test_a_merged_commune_leads_to_whoever_stands_today() -> None:
    places = Places(
        (
            place("14365", "14368"),
            place("14368", "14362", until=date(2026, 9, 30)),
            place("14371", "14362", "14401"),
            place("14362"),
            place("14401"),
        )
    )

    assert places.today("14365", date(2026, 7, 1)) == ("14368",)
    assert places.today("14365", TODAY) == ("14362",)
    assert places.today("14371", ENDED) == ("14371",)
    assert places.before("14362", TODAY) == {"14362", "14365", "14368", "14371"}
    assert (places.successor("14365", None, TODAY), places.successor("14371", "14401", TODAY)) == ("14362", "14401")


def test_where_a_commune_was_divided_somebody_says_where_to() -> None:
    places = Places((place("14371", "14362", "14401"), place("14362"), place("14401")))

    for to in (None, "14500"):
        with pytest.raises(NotASuccessor, match="14362, 14401"):
            places.successor("14371", to, TODAY)
    with pytest.raises(CommuneGoesOn):
        places.successor("14362", None, TODAY)


def test_a_code_may_be_given_to_the_merged_commune_again() -> None:
    places = Places((place("14362", "14362"), place("14362", **{"from": date(2026, 7, 1)}, name="Xã mới")))

    assert places.today("14362", TODAY) == ("14362",)
    places.check_commune("14362", "37", TODAY)
    held = places.at("14362", TODAY)
    assert held is not None and held.name == "Xã mới"


def test_an_ended_commune_is_refused_with_its_successor_from_the_day_after() -> None:
    places = Places((place("14365", "14362"), place("14362")))

    places.check_commune("14365", "37", ENDED)
    with pytest.raises(CommuneEnded, match="14362"):
        places.check_commune("14365", "37", date(2026, 7, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        (place("14365", "14368"), place("14368", "14365")),
        (place("14365", "14368"),),
        (place("14365", "14362"), place("14365", "14362", **{"from": ENDED, "until": TODAY})),
    ],
)
def test_places_that_lead_nowhere_or_stand_twice_are_refused(wrong: tuple[Place, ...]) -> None:
    with pytest.raises(ValueError, match=r"does not stand|two places"):
        Places(wrong)


def test_the_register_has_every_commune_of_today_in_a_province_of_today() -> None:
    provinces = [code for n in range(1, 100) if OF_TODAY.at(code := f"{n:02d}", TODAY) is not None]

    communes = [each for province in provinces for each in OF_TODAY.communes(province, TODAY)]

    assert (len(provinces), len(communes)) == (34, 3321)
    assert len({each.code for each in communes}) == 3321


def test_everything_that_stood_before_leads_to_what_stands_today() -> None:
    before, provinces = date(2025, 6, 30), [f"{n:02d}" for n in range(1, 100)]
    stands = {each.code for province in provinces for each in OF_TODAY.communes(province, TODAY)}

    stood = [each for province in provinces for each in OF_TODAY.communes(province, before)]

    assert len(stood) > 10_000
    assert {heir for each in stood for heir in OF_TODAY.heirs(each.code, before, TODAY)} <= stands


def test_a_code_given_again_is_read_by_the_day_it_is_of() -> None:
    # 14362 was phường Bắc Sơn, and is phường Tam Điệp; 14377 went into it.
    then, now = OF_TODAY.read("37-370-14362-3-2022", TODAY), OF_TODAY.read("37-14362-03-2026", TODAY)
    merged = OF_TODAY.read("37-370-14377-3-2022", TODAY)

    assert (then.commune_name, now.commune_name) == ("Phường Bắc Sơn", "Phường Tam Điệp")
    assert (merged.commune_name, merged.commune_today) == ("Xã Quang Sơn", ("14362",))
    assert OF_TODAY.before("14362", TODAY) == {"14362", "14369", "14377"}


@pytest.mark.parametrize(
    ("code", "authority", "refusal"),
    [
        ("99999", "37", CommuneUnknown),
        ("14797", "37", CommuneOfAnotherProvince),
        ("14377", "37", CommuneEnded),
        ("14362", "37", None),
        ("14797", "00", None),
    ],
)
def test_a_province_registers_in_communes_of_its_own_that_stand(
    code: str, authority: str, refusal: type[Refusal] | None
) -> None:
    if refusal is None:
        OF_TODAY.check_commune(code, authority, TODAY)
    else:
        with pytest.raises(refusal):
            OF_TODAY.check_commune(code, authority, TODAY)

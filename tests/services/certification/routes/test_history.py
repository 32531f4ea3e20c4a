"""Certificates given under any of the five rule sets are found, reminded and end like the others."""

from typing import Any

import pytest

from tests.services.certification.office import Office, act

# One day on which each rule set was in force, and the star that level gave.
RULE_SETS = [
    ("1048-2019", "2019-12-30", 4),
    ("781-2020", "2020-12-31", 3),
    ("148-2023", "2024-02-29", 3),
    ("1489-2025", "2025-12-20", 4),
    ("26-2026", "2026-08-05", 3),
]


@pytest.fixture
def office() -> Office:
    return Office()


def old(n: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "printed_number": f"0{n}/GCN-OCOP",
        "product": {"id": f"product-{n:03d}", "name": "Mật ong"},
        "product_code": "83-829-28780-3-2022",
        "owner_id": "owner-1",
        "province": "37",
        "commune": "14371",
        "product_set": "honey-raw-foods",
        "rule_set": "148-2023",
        "stars": 3,
        "issuer": "UBND thành phố Tam Điệp",
        "decision_number": "1245/QĐ-UBND",
        "decided_on": "2024-02-29",
    } | changed


async def take(office: Office, *lines: dict[str, Any], authority: str = "37") -> Any:
    return await office.process.post("agency", "/history", {"certificates": list(lines)}, authority=authority)


async def validity(office: Office, number: str) -> tuple[str, str]:
    told = (await office.process.anybody(f"/certificates/{number}")).json()
    return told["validity"], told["certificate"]["valid_until"]


async def test_all_five_rule_sets_are_taken_over_and_looked_up(office: Office) -> None:
    lines = [
        old(n, rule_set=rules, decided_on=on, stars=stars) for n, (rules, on, stars) in enumerate(RULE_SETS, start=1)
    ]

    answer = await take(office, *lines)
    again = await take(office, *lines)

    numbers = answer.json()["numbers"]
    assert (answer.status_code, answer.json()["taken_over"]) == (200, 5)
    assert (again.json()["taken_over"], again.json()["known"]) == (0, 5)
    assert numbers[0] == "37-H2019-01-GCN-OCOP"
    assert [await validity(office, number) for number in numbers] == [
        ("expired", "2022-12-30"),
        ("expired", "2023-12-31"),
        ("valid", "2027-02-28"),
        ("valid", "2028-12-20"),
        ("valid", "2029-08-05"),
    ]
    assert len(office.spoken("certificate.imported")) == 5 and office.spoken("certificate.issued") == []


async def test_they_are_reminded_and_expire_once_and_what_had_ended_is_not_told_again(office: Office) -> None:
    await take(office, old(1), old(2, rule_set="1048-2019", decided_on="2019-12-30"))

    for _ in range(24):
        await office.turn(days=15)
        await office.ring()

    said = [event.type.split(".")[3] for _, event in office.spoken("certificate")]
    assert said.count("expired") == 1 and said.count("expiring") >= 1


async def test_of_one_product_a_later_decision_ends_the_earlier_whichever_comes_first(office: Office) -> None:
    earlier = old(1, decided_on="2024-02-29")
    later = old(1, printed_number="9/GCN", rule_set="1489-2025", decided_on="2025-12-20")

    newer = (await take(office, later)).json()["numbers"][0]
    older = (await take(office, earlier)).json()["numbers"][0]

    assert [(await validity(office, each))[0] for each in (older, newer)] == ["replaced", "valid"]
    line = (await office.process.anybody(f"/certificates/{newer}/lineage")).json()["certificates"]
    assert [link["number"] for link in line] == [older, newer]


async def test_a_certificate_from_before_is_revoked_like_any_other(office: Office) -> None:
    number = (await take(office, old())).json()["numbers"][0]

    answer = await office.process.post("chair", "/revocations", act(number, ground="mark_misuse"))

    assert answer.status_code == 201
    assert (await validity(office, number))[0] == "revoked"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"rule_set": "99-2099"}, "/certificates/1"),
        ({"decided_on": "2019-08-20"}, "/certificates/1"),
        ({"stars": 5}, "/certificates/1"),
        ({"stars": 2}, "/certificates/1"),
        ({"province": "38"}, "/certificates/1/province"),
        ({"valid_until": "2024-02-29"}, "/certificates/1"),
        ({"printed_number": "01/GCN-OCOP"}, "/certificates/1/printed_number"),
    ],
)
async def test_a_line_that_cannot_be_so_is_named_and_nothing_is_taken_over(
    office: Office, changed: dict[str, Any], pointer: str
) -> None:
    answer = await take(office, old(1), old(2, **changed))

    assert answer.status_code == 409
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]
    assert office.spoken() == []


async def test_five_stars_are_the_centres_to_take_over(office: Office) -> None:
    answer = await take(office, old(1, stars=5), authority="00")

    assert (answer.status_code, answer.json()["numbers"]) == (200, ["00-H2024-01-GCN-OCOP"])

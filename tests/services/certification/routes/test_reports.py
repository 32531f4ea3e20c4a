"""Who filed again and who did not, as figures and as a sheet."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.services.certification.office import Office, act, certified, file_again

YEAR = "since=2029-01-01&until=2029-12-31"


@pytest.fixture
async def expired() -> Office:
    """Twenty-three certificates of one decision came to their end: fourteen were filed again, nine were not."""
    office = Office()
    numbers = await certified(office, *range(23))
    for n in range(14):
        await file_again(office, n)
    await office.turn(days=3 * 365 + 2)
    await office.ring()
    body = act(*numbers[14:], on=office.clock().date().isoformat())
    assert (await office.process.post("chair", "/removals", body)).status_code == 201
    return office


async def test_twenty_three_are_fourteen_and_nine(expired: Office) -> None:
    told = (await expired.process.get("observer", f"/reports/renewal?{YEAR}")).json()

    counted = {name: told[name] for name in ("due", "expired", "re_registered", "not_re_registered")}
    assert counted == {"due": 23, "expired": 23, "re_registered": 14, "not_re_registered": 9}
    assert told["ended_by_decision"] == 9 and len(told["lines"]) == 23
    assert told["by_stars"] == [
        {"of": "3", "due": 23, "re_registered": 14, "not_re_registered": 9, "ended_by_decision": 9}
    ]
    assert [share["of"] for share in told["by_sector"] + told["by_commune"]] == ["drinks", "14371"]


async def test_the_sheet_shows_the_same_figures_and_is_the_same_again(expired: Office) -> None:
    first = await expired.process.get("agency", f"/reports/renewal.xlsx?{YEAR}")
    again = await expired.process.get("agency", f"/reports/renewal.xlsx?{YEAR}")

    assert first.content == again.content
    with ZipFile(BytesIO(first.content)) as book:
        names = book.namelist()
        sums = book.read("xl/worksheets/sheet2.xml").decode()
    assert "xl/worksheets/sheet1.xml" in names
    assert "<v>23</v>" in sums and "<v>14</v>" in sums and "<v>9</v>" in sums


async def test_what_expires_within_so_many_days_is_listed(expired: Office) -> None:
    await certified(expired, 40, number="200", decided_on=expired.clock().date().isoformat())

    soon = (await expired.process.get("agency", "/reports/expiring?days=1090")).json()
    later = (await expired.process.get("agency", "/reports/expiring?days=1100")).json()

    assert (soon["due"], later["due"]) == (0, 1)


async def test_another_province_sees_nothing_of_it(expired: Office) -> None:
    told = (await expired.process.get("agency", f"/reports/renewal?{YEAR}", authority="38")).json()

    assert told["lines"] == []


async def test_an_award_beside_the_stars_is_kept_and_listed(expired: Office) -> None:
    body = {
        "title": "Sản phẩm tiêu biểu vùng đặc biệt khó khăn",
        "issuer": "Ban Chỉ đạo Trung ương",
        "document": "12/QĐ-TW",
        "awarded_on": "2020-12-31",
        "product_id": "product-001",
    }

    answer = await expired.process.post("agency", "/awards", body)

    listed = (await expired.process.get("observer", "/awards")).json()["items"]
    assert answer.status_code == 201 and listed == [answer.json()]

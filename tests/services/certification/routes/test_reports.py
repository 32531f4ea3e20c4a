"""Who filed again and who did not, as figures and as a sheet."""

from collections import Counter
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from tests.services.certification.office import Office, act, certified, decision, file_again, revocation

OWNER_KINDS = ["cooperative"] * 14 + ["household"] * 8 + [None]
"""The last score was spoken by a version that did not say it."""
YEAR = "since=2029-01-01&until=2029-12-31"


@pytest.fixture
async def expired() -> Office:
    """Twenty-three certificates of one decision came to their end: fourteen were filed again, nine were not."""
    office = Office()
    ids = [await office.score(n, owner_kind=kind) for n, kind in enumerate(OWNER_KINDS)]
    answer = await office.process.post("chair", "/decisions", decision(*ids))
    await office.deliver()
    numbers = [one["number"] for one in answer.json()["certificates"]]
    for n in range(14):
        await file_again(office, n)
    await office.turn(days=3 * 365 + 2)
    await office.ring()
    body = act(*numbers[14:], on=office.clock().date().isoformat())
    assert (await office.process.post("chair", "/removals", body)).status_code == 201
    return office


async def test_twenty_three_are_fourteen_and_nine(expired: Office) -> None:
    told = (await expired.process.get("observer", f"/reports/renewal?{YEAR}")).json()

    counted = {name: told[name] for name in ("due", "expired", "re_registered", "not_re_registered", "revoked")}
    assert counted == {"due": 23, "expired": 23, "re_registered": 14, "not_re_registered": 9, "revoked": 0}
    assert told["ended_by_decision"] == 9 and len(told["lines"]) == 23
    alike = counted | {"ended_by_decision": 9}
    assert told["by_stars"] == [alike | {"of": "3", "name": {"vi": "3 sao", "en": "3 stars"}}]
    assert told["by_sector"] == [alike | {"of": "drinks", "name": {"vi": "Đồ uống", "en": "Drinks"}}]
    assert told["by_commune"] == [alike | {"of": "14371", "name": {"vi": "phường Yên Sơn", "en": "Yên Sơn Ward"}}]


async def test_they_are_counted_by_the_kind_of_their_owner_as_the_score_named_it(expired: Office) -> None:
    told = (await expired.process.get("observer", f"/reports/renewal?{YEAR}")).json()

    kinds = [(each["of"], each["name"]["vi"], each["due"], each["re_registered"]) for each in told["by_owner_kind"]]
    assert kinds == [("", "Chưa rõ", 1, 0), ("cooperative", "Hợp tác xã", 14, 14), ("household", "Hộ kinh doanh", 8, 0)]
    assert Counter(line["owner_kind"] for line in told["lines"]) == {"cooperative": 14, "household": 8, None: 1}


async def test_a_new_owner_is_counted_by_the_kind_that_the_correction_names(expired: Office) -> None:
    today = expired.clock().date().isoformat()
    [number] = await certified(expired, 40, number="200", decided_on=today)
    taken_over = act(number, number="502", on=today, reason="new_owner", owner_id="owner-99", owner_kind="farm")
    assert (await expired.process.post("chair", "/corrections", taken_over)).status_code == 201

    told = (await expired.process.get("agency", "/reports/expiring?days=1100")).json()

    assert [(each["of"], each["due"]) for each in told["by_owner_kind"]] == [("farm", 1)]


async def test_a_revoked_one_is_counted_as_that(expired: Office) -> None:
    [number] = await certified(expired, 40, number="200", decided_on=expired.clock().date().isoformat())
    answer = await expired.process.post(
        "chair", "/revocations", revocation(number, number="501", on=expired.clock().date().isoformat())
    )
    assert answer.status_code == 201, answer.text

    told = (await expired.process.get("agency", "/reports/expiring?days=1100")).json()

    assert {name: told[name] for name in ("due", "expired", "revoked", "ended_by_decision")} == {
        "due": 1,
        "expired": 0,
        "revoked": 1,
        "ended_by_decision": 1,
    }


async def test_the_sheet_shows_the_same_and_is_the_same_again(expired: Office) -> None:
    first = await expired.process.get("agency", f"/reports/renewal.xlsx?{YEAR}")
    again = await expired.process.get("agency", f"/reports/renewal.xlsx?{YEAR}")

    assert first.content == again.content
    book = CalamineWorkbook.from_filelike(BytesIO(first.content))
    lines, sums = (book.get_sheet_by_index(n).to_python() for n in (0, 1))
    assert len(lines) == 1 + 23
    assert lines[1][1:5] == ["Sản phẩm 0", "Hợp tác xã", "phường Yên Sơn", "Đồ uống"]
    assert sums[1:] == [
        ["Tất cả", "", 23, 23, 14, 9, 0, 9],
        ["Hạng sao", "3 sao", 23, 23, 14, 9, 0, 9],
        ["Ngành", "Đồ uống", 23, 23, 14, 9, 0, 9],
        ["Loại hình chủ thể", "Chưa rõ", 1, 1, 0, 1, 0, 1],
        ["Loại hình chủ thể", "Hợp tác xã", 14, 14, 14, 0, 0, 0],
        ["Loại hình chủ thể", "Hộ kinh doanh", 8, 8, 0, 8, 0, 8],
        ["Xã, phường", "phường Yên Sơn", 23, 23, 14, 9, 0, 9],
    ]


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

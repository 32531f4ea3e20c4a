"""The public register: found with or without marks, given away whole, and never with one that has ended."""

import csv
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO

import pytest

from services.certification.domain.searching import plain, sought
from services.certification.register import RegisterLine, as_csv
from shared.clock import midnight
from tests.services.certification.builders import certificate, regulations
from tests.services.certification.office import Office, decision

NAMES = ("Rượu nếp cẩm", "Rượu đòng đòng", "Dứa sấy dẻo Đồng Giao", "=SUM(A1)", "Trà hoa vàng")


@pytest.fixture
async def office() -> Office:
    """An office with five certificates: 3 stars, 3 stars, and 4 stars of another set and commune."""
    office = Office()
    ids = []
    for n, name in enumerate(NAMES):
        other = {"commune": "14362", "product_set": "tea"} if n > 1 else {}
        ids.append(await office.score(n, 4, product={"id": f"product-{n:03d}", "name": name}, **other))
    body = decision(*ids)
    for item in body["items"][2:]:
        item["stars"] = 4
    assert (await office.process.post("chair", "/decisions", body)).status_code == 201
    await office.deliver()
    return office


async def names(office: Office, query: str = "") -> set[str]:
    answer = await office.process.anybody(f"/register{query}")
    assert answer.status_code == 200, answer.text
    return {each["product"] for each in answer.json()["items"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", set(NAMES)),
        ("?q=ruou", set(NAMES[:2])),
        ("?q=RƯỢU", set(NAMES[:2])),
        ("?q=dong%20ruou", {NAMES[1]}),
        ("?q=dong", set(NAMES[1:3])),
        ("?q=ong", set()),
        ("?q=.*", set(NAMES)),
        ("?q=zzz", set()),
        ("?stars=3", set(NAMES[:2])),
        ("?stars=4&q=tra", {NAMES[4]}),
        ("?product_set=tea", set(NAMES[2:])),
        ("?commune=14371", set(NAMES[:2])),
        ("?province=37", set(NAMES)),
        ("?province=38", set()),
    ],
)
async def test_the_register_is_searched(office: Office, query: str, found: set[str]) -> None:
    assert await names(office, query) == found


@pytest.mark.parametrize("query", ["?stars=6", "?province=x", "?commune=1", "?q=" + "a" * 201, "?sort=x", "?limit=0"])
async def test_a_search_that_makes_no_sense_is_refused(office: Office, query: str) -> None:
    assert (await office.process.anybody(f"/register{query}")).status_code == 422


async def test_pages_hold_every_certificate_once(office: Office) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = (await office.process.anybody(f"/register?limit=2{after}")).json()
        seen += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert sorted(seen) == [f"37-2026-123-00{n}" for n in range(1, 6)]


async def test_the_exports_hold_what_the_list_holds_and_no_owner(office: Office) -> None:
    listed = (await office.process.anybody("/register")).json()["items"]
    as_json = (await office.process.anybody("/register.json")).json()
    sheet = (await office.process.anybody("/register.csv")).text

    rows = list(csv.DictReader(StringIO(sheet.removeprefix("\ufeff"))))
    assert as_json == listed
    assert [row["number"] for row in rows] == [each["number"] for each in listed]
    assert "owner" not in json.dumps(as_json) + sheet
    assert {row["commune_name"] for row in rows} == {"phường Yên Sơn", "phường Tam Điệp"}
    # A spreadsheet must not take a product's name for a formula.
    assert "'=SUM(A1)" in {row["product"] for row in rows}
    assert (await office.process.anybody("/register.json?q=zzz")).json() == []


async def test_one_that_has_ended_is_in_no_feed_from_that_moment_on(office: Office) -> None:
    async def feeds() -> list[set[str]]:
        listed = (await office.process.anybody("/register")).json()["items"]
        given = (await office.process.anybody("/register.json")).json()
        sheet = (await office.process.anybody("/register.csv")).text.removeprefix("\ufeff")
        return [
            {each["number"] for each in listed},
            {each["number"] for each in given},
            {row["number"] for row in csv.DictReader(StringIO(sheet))},
        ]

    first = "37-2026-123-001"
    again = await office.score(0, 4, evaluation_id="again", dossier_id="dossier-100", case_kind="upgrade")
    assert all(first in feed for feed in await feeds())
    body = decision(again, number="124", stars=4, decided_on="2026-11-21")
    assert (await office.process.post("chair", "/decisions", body)).status_code == 201
    await office.deliver()
    assert all(first not in feed and "37-2026-124-001" in feed for feed in await feeds())

    # No timer rings: the dates alone tell, to the second of midnight in Việt Nam.
    last = (await office.process.recognitions.of_certificate(first)) or pytest.fail("it is gone")
    over = midnight(last.certificates[0].valid_until + timedelta(days=1))
    office.clock.now = over - timedelta(seconds=1)
    assert all("37-2026-123-002" in feed for feed in await feeds())
    office.clock.now = over
    assert all("37-2026-123-002" not in feed for feed in await feeds())


async def test_no_feed_may_be_kept_on_the_way(office: Office) -> None:
    for path in ("/register", "/register.csv", "/register.json"):
        assert (await office.process.anybody(path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
async def test_no_cell_begins_as_a_formula_does(start: str) -> None:
    held = certificate()
    product = held.subject.product.model_copy(update={"name": f"{start}1"})
    held = held.model_copy(update={"subject": held.subject.model_copy(update={"product": product})})

    async def lines() -> AsyncIterator[RegisterLine]:
        yield RegisterLine.of("37", held, regulations().places, held.valid_from)

    rows = [row async for row in as_csv(lines())]

    assert f"'{start}1" in rows[1]


def test_names_are_kept_without_marks() -> None:
    assert plain("  Rượu NẾP, đặc-sản Đồng Giao (500 ml)") == "ruou nep dac san dong giao 500 ml"
    assert sought("  ") is sought("!!") is None

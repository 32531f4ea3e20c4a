"""Every list exports to a workbook: walked over the routes themselves, so that none is forgotten."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from shared.text import vietnamese_order
from tests.services.dossier.office import Office

NO_LISTS = {
    "/lists/products/alike": "a warning of ten names at most, while one is typed",
    "/dossiers/{id}/evidence": "the papers of one file, which form 01 lists",
}
"""Answers with items that nobody takes home as a list."""


def lists(office: Office) -> Iterator[str]:
    """The routes that answer with a page, or with items."""
    for path, operations in office.app.openapi()["paths"].items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        schemas: dict[str, Any] = office.app.openapi()["components"]["schemas"]
        if schemas.get(reference.rpartition("/")[2], {}).get("properties", {}).get("items", {}).get("type") == "array":
            yield path


def test_there_is_a_workbook_of_every_list_with_the_same_filters(office: Office) -> None:
    paths = office.app.openapi()["paths"]
    found = set(lists(office)) - set(NO_LISTS)

    def filters(path: str) -> set[str]:
        given = {each["name"] for each in paths[path]["get"].get("parameters", ())}
        return given - {"after", "limit"}

    assert len(found) > 10
    assert sorted(path for path in found if f"{path}.xlsx" not in paths) == []
    assert [path for path in found if filters(path) != filters(f"{path}.xlsx")] == []


def test_what_is_no_list_is_still_there(office: Office) -> None:
    assert set(NO_LISTS) <= set(lists(office))


async def test_each_workbook_has_a_head_and_as_many_columns_in_every_row(office: Office) -> None:
    await office.moved_to("proposed")
    agency = office.as_("agency")
    plan = {"number": "58/KH-UBND", "issued_on": "2026-03-18", "targets": [{"products": 17, "stars": 3}]}
    await agency.post("/plans", plan | {"issuer": "UBND tỉnh", "first_year": 2026, "last_year": 2026})

    for path in set(lists(office)) - set(NO_LISTS):
        asked = path.replace("{year}", "2026").replace("{series}", "registration")
        query = "?commune=14362" if "{series}" in path else ""
        answer = await agency.get(f"{asked}.xlsx{query}")
        assert answer.status_code == 200, f"{path}: {answer.text}"
        table = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert all(table[0]), path
        assert {len(row) for row in table} == {len(table[0])}, path


@pytest.mark.parametrize("path", ["/dossiers", "/lists/products", "/plans", "/deadlines", "/places"])
async def test_a_workbook_has_the_rows_of_the_pages_in_their_order(office: Office, path: str) -> None:
    agency = office.as_("agency")
    for name in ("Đào", "Dứa", "Ổi", "An"):
        await office.moved_to("received", name=name)
        plan = {"number": "58/KH-UBND", "issued_on": "2026-03-18", "targets": [{"products": 17}]}
        await agency.post("/plans", plan | {"issuer": f"Xã {name}", "first_year": 2026, "last_year": 2026})

    page = (await agency.get(f"{path}?limit=2")).json()
    shown = page["items"]
    while page["next"] is not None:
        page = (await agency.get(f"{path}?limit=2&after={page['next']}")).json()
        shown += page["items"]
    sheet = (await agency.get(f"{path}.xlsx")).content

    _, *rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    called = ("name", "product_name", "issuer")
    named = [next(each[name] for name in called if name in each) for each in shown]
    assert [name in row for name, row in zip(named, rows, strict=True)] == [True] * len(shown)
    assert named == sorted(named, key=vietnamese_order)

"""Lists over HTTP: found without diacritics, within reach, exported as shown; and names that are much alike."""

import asyncio
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from services.dossier.routes.exports import AT_ONCE
from tests.services.dossier.office import Office, refused


def rows(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


async def found(office: Office, query: str, role: str = "agency", **limits: str) -> list[str]:
    answer = await office.as_(role, **limits).get(f"/lists/dossiers?{query}")
    return sorted(each["product_name"] for each in answer.json()["items"])


async def three(office: Office) -> None:
    for name in ("Dứa sấy dẻo", "Đào ngâm", "Rượu đào"):
        await office.dossier(name=name)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("dua say", ["Dứa sấy dẻo"]),
        ("DAO", ["Rượu đào", "Đào ngâm"]),
        ("đào ", ["Rượu đào", "Đào ngâm"]),
        ("đo", []),
        ("da.", []),
        ("(", []),
    ],
)
async def test_a_dossier_is_found_without_diacritics(office: Office, search: str, names: list[str]) -> None:
    await three(office)

    assert await found(office, f"search={search}") == sorted(names)


async def test_filters_hold_together_and_never_widen_the_reach(office: Office) -> None:
    await three(office)
    await office.submitted(name="Trà đào", commune="14401", product_set="tea")

    assert await found(office, "search=dao&product_set=tea") == ["Trà đào"]
    assert await found(office, "state=draft&commune=14362") == ["Dứa sấy dẻo", "Rượu đào", "Đào ngâm"]
    assert await found(office, "commune=14401", "commune_officer", commune="14362") == []
    assert await found(office, "search=dao", "owner", organisation="htx-2") == []
    assert await found(office, "search=dao", "agency", authority="38") == []
    refused(await office.as_("agency").get("/lists/dossiers?stat=draft"), 422, "request-invalid")


async def test_a_long_list_comes_in_pages(office: Office) -> None:
    await three(office)
    agency = office.as_("agency")

    first = (await agency.get("/lists/dossiers?limit=2")).json()
    rest = (await agency.get(f"/lists/dossiers?limit=2&after={first['next']}")).json()

    assert len({each["id"] for each in first["items"] + rest["items"]}) == 3
    assert rest["next"] is None


async def test_a_list_is_exported_in_vietnamese_order_and_nothing_typed_becomes_a_formula(office: Office) -> None:
    await three(office)
    await office.dossier(name="=1+1")

    answer = await office.as_("agency").get("/lists/dossiers.xlsx")

    head, *lines = rows(answer.content)
    assert head[:2] == ["Sản phẩm", "Chủ thể"]
    assert [line[0] for line in lines] == ["=1+1", "Dứa sấy dẻo", "Đào ngâm", "Rượu đào"]
    assert lines[1][1:6] == ["HTX Quang Sơn", "14362", "Chế biến từ rau, củ, quả, hạt", "first", "draft"]


async def test_an_export_shows_what_its_filter_finds(office: Office) -> None:
    await three(office)

    answer = await office.as_("agency").get("/lists/dossiers.xlsx?search=dua")

    assert [line[0] for line in rows(answer.content)[1:]] == ["Dứa sấy dẻo"]


async def test_names_that_are_much_alike_are_shown_across_the_province(office: Office) -> None:
    await office.product(name="Dứa sấy dẻo Đồng Giao")
    await office.product(name="Mật ong rừng", owner_id="htx-2")
    officer = office.as_("commune_officer", commune="14401")

    alike = (await officer.get("/lists/products/alike?name=dua say deo dong giao")).json()["items"]
    other = (await officer.get("/lists/products/alike?name=Nước mắm")).json()["items"]

    assert [each["name"] for each in alike] == ["Dứa sấy dẻo Đồng Giao"]
    assert other == []


async def test_a_name_much_alike_is_found_among_more_products_than_one_page_of_the_store(office: Office) -> None:
    first = await office.product()
    many = (await office.products.get(first)).but(name="Dứa tươi", search="dua tuoi")
    await asyncio.gather(*(office.products.add(many.but(id=f"0{number:05}")) for number in range(AT_ONCE)))

    alike = (await office.as_("agency").get("/lists/products/alike?name=Dứa sấy dẽo")).json()["items"]

    assert [each["id"] for each in alike] == [first]


async def test_products_and_owners_are_found_without_diacritics_and_exported(office: Office) -> None:
    await three(office)
    agency = office.as_("agency")

    products = (await agency.get("/lists/products?search=dao")).json()["items"]
    owners = (await agency.get("/lists/owners?search=quang son")).json()["items"]
    product_rows = rows((await agency.get("/lists/products.xlsx?search=dao")).content)
    owner_rows = rows((await agency.get("/lists/owners.xlsx")).content)

    assert sorted(each["name"] for each in products) == ["Rượu đào", "Đào ngâm"]
    assert [each["name"] for each in owners] == ["HTX Quang Sơn"]
    assert [row[:2] for row in product_rows[1:]] == [["Đào ngâm", "HTX Quang Sơn"], ["Rượu đào", "HTX Quang Sơn"]]
    assert [row[6] for row in owner_rows[1:]] == ["htx@vidu.vn"]


@pytest.mark.parametrize("role", ["owner", "observer", "chair"])
async def test_who_owners_are_is_told_only_to_those_who_work_on_their_dossiers(office: Office, role: str) -> None:
    await three(office)

    refused(await office.as_(role).get("/lists/owners"), 403, "forbidden")
    refused(await office.as_(role).get("/lists/owners.xlsx"), 403, "forbidden")


async def test_deadlines_and_registers_are_exported_as_shown(office: Office) -> None:
    id = await office.moved_to("received")
    agency = office.as_("agency")

    deadlines = rows((await agency.get("/deadlines.xlsx")).content)
    overdue = rows((await agency.get("/deadlines.xlsx?overdue=true")).content)
    register = rows((await agency.get("/registers/registration.xlsx?commune=14362")).content)

    assert [(line[3], line[7]) for line in deadlines[1:]] == [("commune_assessment", id)]
    assert overdue[1:] == []
    assert [(line[0], line[2], line[3]) for line in register[1:]] == [(1.0, "Dứa sấy dẻo", id)]

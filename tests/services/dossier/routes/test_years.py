"""The year's registration over HTTP: answers per product, certificates that end, and the funnel of the year."""

from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.dossier.events.heard import (
    CertificateExtended,
    CertificateIssued,
    CertificateReplaced,
    CertificateRevoked,
    ResultAnnounced,
)
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office, refused


async def recognised(office: Office, **changed: Any) -> str:
    """A product with a certificate that ends on 19 November 2029; its id."""
    id = await office.submitted(**changed)
    number = f"37-2026-{id}"
    await office.hear(fact(ResultAnnounced, id), subject=f"rec-{id}", sequence=1)
    await office.hear(fact(CertificateIssued, id, number=number), subject=f"rec-{id}", sequence=2)
    return (await office.dossiers.get(id)).product_id


def answer(product_id: str, **changed: Any) -> dict[str, Any]:
    return {"product_id": product_id, "answer": "register", "case_kind": "first"} | changed


async def test_a_product_is_registered_for_a_year_before_there_is_any_dossier(office: Office) -> None:
    id = await office.product()

    said = await office.as_("owner").post("/years/2026/registrations", answer(id, stars=4))

    assert said.status_code == 200, said.text
    (listed,) = (await office.as_("agency").get("/years/2026/registrations")).json()["items"]
    assert (listed["product_id"], listed["answer"], listed["answers"][0]["stars"]) == (id, "register", 4)
    assert (await office.as_("agency").get("/years/2027/registrations")).json()["items"] == []
    assert await office.dossiers.count({}) == 0


async def test_a_later_answer_counts_and_the_former_stays_on_record(office: Office) -> None:
    id = await office.product()
    owner = office.as_("owner")
    await owner.post("/years/2026/registrations", answer(id))

    await owner.post("/years/2026/registrations", answer(id, answer="not_register", reason="Mất mùa"), key="k")
    await owner.post("/years/2026/registrations", answer(id, answer="not_register", reason="Mất mùa"), key="k")

    (listed,) = (await owner.get("/years/2026/registrations?answer=not_register")).json()["items"]
    assert [each["answer"] for each in listed["answers"]] == ["register", "not_register"]


@pytest.mark.parametrize(("year", "status"), [(2025, 422), (2026, 200), (2027, 200), (2028, 422)])
async def test_a_product_is_registered_for_this_year_or_the_next(office: Office, year: int, status: int) -> None:
    id = await office.product()

    assert (await office.as_("owner").post(f"/years/{year}/registrations", answer(id))).status_code == status


async def test_what_was_recognised_is_not_registered_as_new(office: Office) -> None:
    id = await recognised(office)

    said = await office.as_("owner").post("/years/2026/registrations", answer(id))

    refused(said, 409, "product-recognised")


async def test_products_out_of_reach_are_not_registered(office: Office) -> None:
    theirs = await office.product(owner_id="htx-2")

    refused(await office.as_("owner").post("/years/2026/registrations", answer(theirs)), 404, "not-found")
    refused(await office.as_("observer").post("/years/2026/registrations", answer(theirs)), 403, "forbidden")
    officer = office.as_("commune_officer", commune="14401")
    refused(await officer.post("/years/2026/registrations", answer(theirs)), 404, "not-found")


async def test_certificates_that_end_in_a_year_carry_an_answer_or_none(office: Office) -> None:
    office.clock.turn((await _until(2029, office)) - office.clock())
    products = [await recognised(office, name=f"Sản phẩm {n}") for n in range(4)]
    for id, said in zip(products[:3], ("register", "register", "not_register"), strict=True):
        again = answer(id, answer=said, case_kind="re_evaluation")
        assert (await office.as_("commune_officer").post("/years/2029/registrations", again)).status_code == 200

    listed = (await office.as_("agency").get("/years/2029/expiring")).json()["items"]
    count = (await office.as_("agency").get("/years/2029/expiring/count")).json()
    sheet = (await office.as_("agency").get("/years/2029/expiring.xlsx")).content

    assert {each["product_id"]: each["answer"] for each in listed} == dict(
        zip(products, ("register", "register", "not_register", None), strict=True)
    )
    assert count == {"products": 4, "registering": 2, "not_registering": 1, "unanswered": 1}
    _, *rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert [row[5] for row in rows] == ["Đăng ký", "Đăng ký", "Không đăng ký", "Chưa trả lời"]


async def _until(year: int, office: Office) -> Any:
    return office.clock().replace(year=year, month=3, day=1)


@pytest.mark.parametrize(
    ("kind", "years"),
    [
        (CertificateExtended, {2029: 0, 2030: 1}),
        (CertificateRevoked, {2029: 0, 2030: 0}),
        (CertificateReplaced, {2029: 0, 2030: 0}),
    ],
)
async def test_what_was_extended_ends_later_and_what_was_ended_is_not_expected(
    office: Office, kind: Any, years: dict[int, int]
) -> None:
    product = await recognised(office)
    (dossier,) = (await office.dossiers.find({"product_id": product})).items
    number = dossier.certificates[0].number
    await office.hear(fact(kind, dossier.id, number=number), subject=f"rec-{dossier.id}", sequence=3)

    found = {
        year: (await office.as_("agency").get(f"/years/{year}/expiring/count")).json()["products"] for year in years
    }

    assert found == years


async def test_the_funnel_of_a_year_begins_with_its_registrations_and_keeps_kinds_apart(office: Office) -> None:
    first = [await office.product(name=f"Mới {n}") for n in range(3)]
    again = await office.product(name="Cũ")
    await office.product(name="Không hỏi")
    for id in first:
        await office.as_("agency").post("/years/2026/registrations", answer(id))
    await office.as_("agency").post("/years/2026/registrations", answer(again, case_kind="re_evaluation"))
    await office.as_("agency").post("/years/2026/registrations", answer(first[2], answer="not_register"))
    dossier = {"product_id": first[0], "case_kind": "first"}
    await office.as_("owner").post("/dossiers", dossier)

    of_year = (await office.as_("agency").get("/funnel?year=2026")).json()
    next_year = (await office.as_("agency").get("/funnel?year=2027")).json()

    kinds = {each["case_kind"]: each["steps"]["registered"]["products"] for each in of_year["case_kinds"]}
    assert of_year["total"]["registered"] == {"products": 3, "owners": 1}
    assert kinds == {"first": 2, "upgrade": 0, "re_evaluation": 1}
    assert next_year["total"]["registered"] == {"products": 0, "owners": 0}


async def test_registrations_are_exported_as_shown(office: Office) -> None:
    for name in ("Đào", "Dứa"):
        id = await office.product(name=name)
        await office.as_("owner").post("/years/2026/registrations", answer(id))

    sheet = (await office.as_("agency").get("/years/2026/registrations.xlsx")).content

    _, *rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[4]) for row in rows] == [("Dứa", "Đăng ký"), ("Đào", "Đăng ký")]

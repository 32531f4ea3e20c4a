"""Products over HTTP: registered for an owner within reach, in a set and a commune that there are."""

import pytest

from tests.services.dossier.office import OWNER, PRODUCT, Office, refused


async def test_a_product_is_registered_and_listed(office: Office) -> None:
    id = await office.product()

    (listed,) = (await office.as_("owner").get("/products")).json()["items"]
    assert listed == PRODUCT | {"id": id, "registered_on": "2026-11-21", "dossier_id": None, "former": []}


async def test_a_product_shows_its_latest_dossier(office: Office) -> None:
    id = await office.dossier()

    (listed,) = (await office.as_("agency").get("/products")).json()["items"]
    assert listed["dossier_id"] == id


async def test_a_product_is_registered_once_under_one_key(office: Office) -> None:
    owner = office.as_("owner")
    await owner.post("/owners", OWNER)

    first = await owner.post("/products", PRODUCT, key="k1")
    again = await owner.post("/products", PRODUCT, key="k1")
    other = await owner.post("/products", PRODUCT | {"name": "Khác"}, key="k1")

    assert (again.status_code, again.json()) == (201, first.json())
    refused(other, 422, "key-reused")
    assert len((await owner.get("/products")).json()["items"]) == 1


@pytest.mark.parametrize("owner_id", ["htx-2", "nobody", "product", "../htx-1", "$ne"])
async def test_a_product_of_an_owner_out_of_reach_is_refused(office: Office, owner_id: str) -> None:
    await office.as_("owner").post("/owners", OWNER)
    await office.as_("owner", organisation="htx-2").post("/owners", OWNER)

    answer = await office.as_("owner").post("/products", PRODUCT | {"owner_id": owner_id})

    refused(answer, 404, "not-found")


async def test_an_unknown_set_is_refused_with_those_that_look_alike(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)

    answer = await office.as_("owner").post("/products", PRODUCT | {"product_set": "procesed-produce"})

    assert refused(answer, 422, "product-set-unknown") == ["/product_set"]
    assert "processed-produce" in answer.json()["detail"]


async def test_a_communes_officer_registers_products_of_that_commune_only(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)
    officer = office.as_("commune_officer", commune="14362")

    refused(await officer.post("/products", PRODUCT | {"commune": "14401"}), 403, "commune-elsewhere")
    assert (await officer.post("/products", PRODUCT)).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner_id", ""),
        ("owner_id", {"$ne": ""}),
        ("name", ""),
        ("name", "x" * 201),
        ("product_set", None),
        ("product_set", 7),
        ("commune", "143"),
    ],
)
async def test_a_bad_value_is_named_by_its_place(office: Office, field: str, value: object) -> None:
    answer = await office.as_("agency").post("/products", PRODUCT | {field: value})

    assert refused(answer, 422, "request-invalid") == [f"/{field}"]


@pytest.mark.parametrize("role", ["observer", "service", "chair"])
async def test_others_register_nothing(office: Office, role: str) -> None:
    refused(await office.as_(role).post("/products", PRODUCT), 403, "forbidden")


async def test_a_product_is_renamed_and_what_it_was_called_stays(office: Office) -> None:
    dossier = await office.dossier()
    id = (await office.dossiers.get(dossier)).product_id

    renamed = await office.as_("owner").patch(f"/products/{id}", {"name": "Dứa sấy Tam Điệp"})
    nothing = await office.as_("owner").patch(f"/products/{id}", {})

    assert renamed.status_code == 200, renamed.text
    refused(nothing, 422, "nothing-differs-of-product")
    (listed,) = (await office.as_("agency").get("/products")).json()["items"]
    assert (listed["name"], listed["id"]) == ("Dứa sấy Tam Điệp", id)
    assert [(each["name"], each["until"]) for each in listed["former"]] == [("Dứa sấy dẻo", "2026-11-21")]
    assert (await office.dossiers.get(dossier)).product_name == "Dứa sấy dẻo"


async def test_a_product_out_of_reach_is_not_renamed(office: Office) -> None:
    id = await office.product(owner_id="htx-2")

    refused(await office.as_("owner").patch(f"/products/{id}", {"name": "Khác"}), 404, "not-found")

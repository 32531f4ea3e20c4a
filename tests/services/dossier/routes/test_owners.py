"""Owners over HTTP: registered once, within reach, and with every bad value named."""

import pytest

from tests.services.dossier.office import OWNER, Office, refused


async def test_an_owner_registers_itself_under_its_organisation(office: Office) -> None:
    owner = office.as_("owner")

    answer = await owner.post("/owners", OWNER)

    assert (answer.status_code, answer.json()) == (201, {"id": "htx-1", "state": "registered"})
    view = (await owner.get("/owners/htx-1")).json()
    assert view == OWNER | {"id": "htx-1", "phone": None, "representative": None, "position": None, "address": None}


async def test_an_agency_registers_an_owner_under_a_new_id(office: Office) -> None:
    agency = office.as_("agency")

    first = (await agency.post("/owners", OWNER, key="k1")).json()["id"]
    again = (await agency.post("/owners", OWNER, key="k1")).json()["id"]
    other = (await agency.post("/owners", OWNER, key="k2")).json()["id"]

    assert first == again != other
    assert (await agency.get(f"/owners/{first}")).json()["name"] == "HTX Quang Sơn"


async def test_an_owner_is_registered_once(office: Office) -> None:
    owner = office.as_("owner")
    await owner.post("/owners", OWNER, key="k1")

    again = await owner.post("/owners", OWNER, key="k1")
    other = await owner.post("/owners", OWNER | {"name": "Khác"}, key="k2")

    assert again.status_code == 201
    refused(other, 409, "owner-registered")
    assert (await owner.get("/owners/htx-1")).json()["name"] == "HTX Quang Sơn"


async def test_an_organisation_registered_in_one_province_is_not_taken_over_by_another(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)

    answer = await office.as_("owner", authority="38").post("/owners", OWNER | {"email": "x@vidu.vn"})

    refused(answer, 409, "owner-registered")
    assert office.port.documents["owner/htx-1"]["email"] == "htx@vidu.vn"


@pytest.mark.parametrize("organisation", ["a/b", "a b", "à", "$set", "a.b"])
async def test_an_organisation_that_cannot_be_an_id_is_refused(office: Office, organisation: str) -> None:
    answer = await office.as_("owner", organisation=organisation).post("/owners", OWNER)

    refused(answer, 403, "organisation-unusable")


async def test_a_communes_officer_registers_owners_of_that_commune_only(office: Office) -> None:
    officer = office.as_("commune_officer", commune="14400")

    refused(await officer.post("/owners", OWNER), 403, "commune-elsewhere")
    assert (await officer.post("/owners", OWNER | {"commune": "14400"})).status_code == 201


@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({"role": "owner", "organisation": "htx-2"}, 404),
        ({"role": "agency", "authority": "38"}, 404),
        ({"role": "commune_officer", "commune": "14400"}, 404),
        ({"role": "observer"}, 403),
        ({"role": "council_member"}, 403),
        ({"role": "service"}, 403),
        ({"role": "agency"}, 200),
    ],
)
async def test_personal_data_is_read_by_those_who_work_with_the_owner(
    office: Office, asker: dict[str, str], status: int
) -> None:
    await office.as_("owner").post("/owners", OWNER)

    answer = await office.as_(**asker).get("/owners/htx-1")  # type: ignore[arg-type]

    assert answer.status_code == status
    assert ("htx@vidu.vn" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 201),
        ("name", 5),
        ("name", "a\u0007"),
        ("kind", "company"),
        ("commune", "1436"),
        ("commune", 14362),
        ("commune", "１４３６２"),
        ("commune", "14362\n"),
        ("email", "htx"),
        ("email", "htx@vidu"),
        ("email", "a@b@vidu.vn"),
        ("email", "htx@vidu.vn\nBcc: all@vidu.vn"),
        ("email", "htx@vidu..vn"),
        ("email", "Nguyễn <a@vidu.vn>"),
        ("email", None),
        ("phone", "12"),
        ("phone", "gọi sau"),
        ("phone", "+84" + "1" * 20),
        ("language", "fr"),
        ("representative", ""),
    ],
)
async def test_a_bad_value_is_named_by_its_place(office: Office, field: str, value: object) -> None:
    answer = await office.as_("agency").post("/owners", OWNER | {field: value})

    assert refused(answer, 422, "request-invalid") == [f"/{field}"]
    assert office.port.documents == {}


async def test_a_name_typed_in_two_ways_is_the_same_name(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER | {"name": " HTX Quang So\u031bn "})

    assert (await office.as_("owner").get("/owners/htx-1")).json()["name"] == "HTX Quang Sơn"

"""Owners over HTTP: registered once, within reach, and with every bad value named."""

from datetime import timedelta

import pytest

from tests.services.dossier.office import OWNER, Office, refused

KEPT: dict[str, object] = {"former": [], "delegations": []}


async def test_an_owner_registers_itself_under_its_organisation(office: Office) -> None:
    owner = office.as_("owner")

    answer = await owner.post("/owners", OWNER)

    assert (answer.status_code, answer.json()) == (201, {"id": "htx-1", "state": "registered"})
    view = (await owner.get("/owners/htx-1")).json()
    assert (
        view == OWNER | {"id": "htx-1", "phone": None, "representative": None, "position": None, "address": None} | KEPT
    )


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

    answer = await office.as_("owner", authority="38").post(
        "/owners", OWNER | {"commune": "14797", "email": "x@vidu.vn"}
    )

    refused(answer, 409, "owner-registered")
    assert office.port.documents["owner/htx-1"]["email"] == "htx@vidu.vn"


@pytest.mark.parametrize("organisation", ["a/b", "a b", "à", "$set", "a.b"])
async def test_an_organisation_that_cannot_be_an_id_is_refused(office: Office, organisation: str) -> None:
    answer = await office.as_("owner", organisation=organisation).post("/owners", OWNER)

    refused(answer, 403, "organisation-unusable")


async def test_a_communes_officer_registers_owners_of_that_commune_only(office: Office) -> None:
    officer = office.as_("commune_officer", commune="14401")

    refused(await officer.post("/owners", OWNER), 403, "commune-elsewhere")
    assert (await officer.post("/owners", OWNER | {"commune": "14401"})).status_code == 201


@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({"role": "owner", "organisation": "htx-2"}, 404),
        ({"role": "agency", "authority": "38"}, 404),
        ({"role": "commune_officer", "commune": "14401"}, 404),
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


async def test_a_change_of_name_or_address_is_kept_with_what_was_before(office: Office) -> None:
    owner = office.as_("owner")
    await owner.post("/owners", OWNER)

    await owner.patch("/owners/htx-1", {"address": "Thôn 1"})
    office.clock.turn(timedelta(days=1))
    await owner.patch("/owners/htx-1", {"name": "HTX Quang Sơn Xanh", "representative": "Lê Văn Bình"}, key="k")
    await owner.patch("/owners/htx-1", {"name": "HTX Quang Sơn Xanh", "representative": "Lê Văn Bình"}, key="k")
    await owner.patch("/owners/htx-1", {"phone": "0912 345 678"})

    view = (await office.as_("agency").get("/owners/htx-1")).json()
    assert (view["name"], view["address"], view["phone"]) == ("HTX Quang Sơn Xanh", "Thôn 1", "0912 345 678")
    assert [(each["name"], each["address"], each["until"]) for each in view["former"]] == [
        ("HTX Quang Sơn", None, "2026-11-21"),
        ("HTX Quang Sơn", "Thôn 1", "2026-11-22"),
    ]


@pytest.mark.parametrize(
    ("change", "status", "type"),
    [
        ({}, 422, "nothing-differs"),
        ({"name": "HTX Quang Sơn"}, 422, "nothing-differs"),
        ({"name": None}, 422, "request-invalid"),
        ({"name": ""}, 422, "request-invalid"),
        ({"kind": "farm"}, 422, "request-invalid"),
        ({"commune": "1"}, 422, "request-invalid"),
    ],
)
async def test_a_change_that_says_nothing_or_nonsense_is_refused(
    office: Office, change: object, status: int, type: str
) -> None:
    await office.as_("owner").post("/owners", OWNER)

    refused(await office.as_("owner").patch("/owners/htx-1", change), status, type)


async def test_owners_are_changed_within_reach(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)
    officer = office.as_("commune_officer", commune="14362")

    refused(await officer.patch("/owners/htx-1", {"commune": "14401"}), 403, "commune-elsewhere")
    refused(await office.as_("owner", organisation="htx-2").patch("/owners/htx-1", {"name": "X"}), 404, "not-found")
    assert (await officer.patch("/owners/htx-1", {"address": "Thôn 2"})).status_code == 200


async def test_a_consultant_works_on_dossiers_while_the_owner_lets_it(office: Office) -> None:
    id = await office.dossier()
    owner, consultant = office.as_("owner"), office.as_("consultant", organisation="tv-1")
    change = {"form": {"history": "Thành lập năm 2016."}}

    before = await consultant.patch(f"/dossiers/{id}", change)
    given = await owner.post("/owners/htx-1/delegations", {"consultant": "tv-1", "until": "2026-12-31"})
    during = await consultant.patch(f"/dossiers/{id}", change)
    paper = await consultant.post(f"/dossiers/{id}/evidence", {"kind": "market"})
    form = await consultant.get(f"/dossiers/{id}/forms/01")
    seen = await consultant.get(f"/dossiers/{id}")
    lodged = await consultant.post(f"/dossiers/{id}/lodging")
    stranger = await office.as_("consultant", organisation="tv-2").get(f"/dossiers/{id}/evidence")
    await owner.ask("DELETE", "/owners/htx-1/delegations/tv-1")
    after = await consultant.get(f"/dossiers/{id}/evidence")

    refused(before, 404, "not-found")
    assert [each["until"] for each in given.json()["items"]] == ["2026-12-31"]
    assert (during.status_code, paper.status_code, form.status_code) == (200, 201, 200)
    assert (seen.json()["moves"], seen.json()["form"]["history"]) == (["change"], "Thành lập năm 2016.")
    refused(lodged, 403, "forbidden")
    refused(stranger, 404, "not-found")
    refused(after, 404, "not-found")
    refused(await consultant.get(f"/dossiers/{id}"), 404, "not-found")


async def test_a_delegation_ends_with_its_last_day_and_may_be_given_again(office: Office) -> None:
    id = await office.dossier()
    owner, consultant = office.as_("owner"), office.as_("consultant", organisation="tv-1")
    await owner.post("/owners/htx-1/delegations", {"consultant": "tv-1", "until": "2026-11-21"})

    today = await consultant.get(f"/dossiers/{id}/completeness")
    office.clock.turn(timedelta(days=1))
    tomorrow = await consultant.get(f"/dossiers/{id}/completeness")
    await owner.post("/owners/htx-1/delegations", {"consultant": "tv-1", "until": "2026-11-22"})
    again = await consultant.get(f"/dossiers/{id}/completeness")

    assert (today.status_code, again.status_code) == (200, 200)
    refused(tomorrow, 404, "not-found")


async def test_a_delegation_is_the_owners_to_give(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)
    given = {"consultant": "tv-1", "until": "2026-12-31"}

    refused(await office.as_("agency").post("/owners/htx-1/delegations", given), 403, "forbidden")
    refused(
        await office.as_("consultant", organisation="tv-1").post("/owners/htx-1/delegations", given), 403, "forbidden"
    )
    past = await office.as_("owner").post("/owners/htx-1/delegations", given | {"until": "2026-11-20"})
    refused(past, 422, "delegation-unusable")
    refused(await office.as_("owner").ask("DELETE", "/owners/htx-1/delegations/tv-9"), 404, "delegation-unknown")

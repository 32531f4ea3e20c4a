"""Merged communes over HTTP: what is theirs moves on, what was written there stays, and nothing new begins there."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.dossier.domain.place import Places
from services.dossier.events.heard import ResultAnnounced
from tests.services.dossier.builders import REGULATION
from tests.services.dossier.domain.test_place import place
from tests.services.dossier.facts import fact
from tests.services.dossier.office import FORM_03, OWNER, PRODUCT, Office, refused

MERGED = replace(REGULATION, places=Places((place("14362", "14401", until=date(2026, 11, 30)), place("14401"))))


@pytest.fixture
def office() -> Office:
    return Office(MERGED)


async def succeed(office: Office, *, preview: bool = False, **body: Any) -> Any:
    answer = await office.as_("agency").post("/places/14362/succession", {"preview": preview} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_open_cases_and_their_numbers_follow_and_closed_ones_stay(office: Office) -> None:
    received = await office.moved_to("received")
    closed = await office.submitted(name="Cũ")
    await office.hear(fact(ResultAnnounced, closed), subject="rec-1")
    number = (await office.dossiers.get(received)).received
    await office.on(date(2026, 12, 1))

    moved = await succeed(office)

    assert sorted(row["kind"] for row in moved["rows"] if row["moved"]) == ["dossier", "owner", "product", "product"]
    dossier = await office.dossiers.get(received)
    assert (dossier.commune, dossier.former_communes[0].commune, dossier.received) == ("14401", "14362", number)
    seen = (await office.as_("owner").get(f"/dossiers/{received}")).json()
    assert seen["former_communes"] == [{"commune": "14362", "until": "2026-12-01"}]
    assert (await office.dossiers.get(closed)).commune == "14362"
    officer = office.as_("commune_officer", commune="14401")
    letter = {"letter": {"number": "1/TTr", "on": "2026-12-01"}}
    proposed = await officer.post(f"/dossiers/{received}/assessment", FORM_03 | letter)
    assert proposed.json()["product_code"] == "37-14401-01-2027"
    register = (await officer.get("/registers/registration?commune=14362")).json()
    assert [each["dossier_id"] for each in register["items"]] == [received]


async def test_a_preview_moves_nothing_and_a_repeat_finds_nothing_left(office: Office) -> None:
    id = await office.dossier()
    await office.on(date(2026, 12, 1))

    previewed = await succeed(office, preview=True)
    before = (await office.dossiers.get(id)).commune
    first, second = await succeed(office), await succeed(office)

    assert [row["id"] for row in previewed["rows"]] == [row["id"] for row in first["rows"]]
    assert (before, second["rows"]) == ("14362", [])


async def test_a_commune_that_goes_on_keeps_what_is_its(office: Office) -> None:
    answer = await office.as_("agency").post("/places/14362/succession", {"preview": True})

    refused(answer, 409, "commune-goes-on")
    officer = office.as_("commune_officer", commune="14362")
    refused(await officer.post("/places/14362/succession", {}), 403, "forbidden")


async def test_nothing_new_is_registered_where_a_commune_has_ended(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)
    await office.on(date(2026, 12, 1))

    assert refused(await office.as_("owner").post("/products", PRODUCT), 422, "commune-ended") == ["/commune"]
    other = office.as_("owner", organisation="htx-2")
    refused(await other.post("/owners", OWNER), 422, "commune-ended")
    told = (await other.get("/places/14362")).json()
    assert told == {"code": "14362", "name": "Xã 14362", "ended": "2026-11-30", "today": ["14401"]}


async def test_a_product_code_is_read_over_http() -> None:
    owner = Office().as_("owner")

    told = (await owner.get("/product-codes/83-829-28780-3-2022")).json()

    assert (told["province_name"], told["province_today"], told["district"]) == ("Bến Tre", "86", "829")
    refused(await owner.get("/product-codes/83"), 422, "product-code-unreadable")


async def test_todays_communes_are_listed_by_province_and_those_of_a_day_before_with_their_successors() -> None:
    agency = Office().as_("agency")

    first = (await agency.get("/places?limit=100")).json()
    second = (await agency.get(f"/places?limit=100&after={first['next']}")).json()
    before = (await agency.get("/places?province=37&on=2025-06-30&limit=200")).json()["items"]

    listed = [*first["items"], *second["items"]]
    assert (len(listed), second["next"]) == (129, None)
    assert {each["province"] for each in listed} == {"37"}
    known = {each["code"]: each for each in before}["14377"]
    assert (known["name"], known["until"], known["successors"]) == ("Xã Quang Sơn", "2025-06-30", ["14362"])
    refused(await agency.get("/places?province=3"), 422, "request-invalid")


@pytest.mark.parametrize(
    ("commune", "type"),
    [("99999", "commune-unknown"), ("14797", "commune-of-another-province"), ("14377", "commune-ended")],
)
async def test_a_wrong_commune_is_refused_wherever_something_is_registered(commune: str, type: str) -> None:
    office = Office()
    owner, agency = office.as_("owner"), office.as_("agency")
    await owner.post("/owners", OWNER)
    idea = {"owner_id": "htx-1", "name": "Trà", "description": "x", "business_plan": "x"}
    potential = {"owner_id": "htx-1", "name": "Trà"}

    for asker, path, body in (
        (office.as_("owner", organisation="htx-2"), "/owners", OWNER),
        (owner, "/products", PRODUCT),
        (owner, "/ideas", idea),
        (agency, "/potential-products", potential),
    ):
        assert refused(await asker.post(path, {**body, "commune": commune}), 422, type) == ["/commune"], path
    assert refused(await owner.patch("/owners/htx-1", {"commune": commune}), 422, type) == ["/commune"]

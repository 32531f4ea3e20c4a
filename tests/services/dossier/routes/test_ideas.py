"""Ideas over HTTP: registered, screened with reasons, selected, and only then begun as a dossier."""

from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.services.dossier.office import OWNER, Office, refused

IDEA = {
    "owner_id": "htx-1",
    "name": "Bánh dứa",
    "commune": "14362",
    "description": "Bánh nướng nhân dứa.",
    "business_plan": "Hai tấn mỗi năm.",
}
SUITABLE = {"verdict": "suitable", "reasons": "Có vùng nguyên liệu."}
SELECTION = {"reasons": "Phù hợp kế hoạch năm."}


async def idea(office: Office, *, upto: str = "registered", **changed: Any) -> str:
    await office.as_("owner").post("/owners", OWNER)
    id: str = (await office.as_("owner").post("/ideas", IDEA | changed)).json()["id"]
    if upto in ("suitable", "selected"):
        assert (await office.as_("commune_officer").post(f"/ideas/{id}/screening", SUITABLE)).status_code == 200
    if upto == "selected":
        assert (await office.as_("agency").post(f"/ideas/{id}/selection", SELECTION)).status_code == 200
    return id


async def test_an_idea_goes_on_to_a_dossier_that_begins_with_what_it_says(office: Office) -> None:
    id = await idea(office, upto="selected", product_set="processed-produce")

    begun = await office.as_("owner").post(f"/ideas/{id}/dossier", {}, key="k")
    again = await office.as_("owner").post(f"/ideas/{id}/dossier", {}, key="k")

    assert (begun.status_code, again.json()) == (201, begun.json())
    dossier = await office.dossiers.get(begun.json()["id"])
    assert (dossier.product_name, dossier.form.description) == ("Bánh dứa", "Bánh nướng nhân dứa.")
    assert dossier.form.business_plan == "Hai tấn mỗi năm."
    (listed,) = (await office.as_("agency").get("/ideas?state=begun")).json()["items"]
    assert listed["product_id"] == dossier.product_id
    assert await office.products.count({}) == 1


async def test_an_idea_is_begun_once_whoever_asks_again(office: Office) -> None:
    id = await idea(office, upto="selected", product_set="processed-produce")
    await office.as_("owner").post(f"/ideas/{id}/dossier")

    again = await office.as_("agency").post(f"/ideas/{id}/dossier")

    refused(again, 409, "product-has-open-dossier")
    assert (await office.products.count({}), await office.dossiers.count({})) == (1, 1)


@pytest.mark.parametrize(
    ("upto", "step", "body"),
    [
        ("registered", "selection", SELECTION),
        ("registered", "dossier", {}),
        ("suitable", "dossier", {}),
        ("selected", "screening", SUITABLE),
        ("selected", "selection", SELECTION),
    ],
)
async def test_no_step_is_taken_before_its_time(office: Office, upto: str, step: str, body: Any) -> None:
    id = await idea(office, upto=upto, product_set="processed-produce")

    refused(await office.as_("agency").post(f"/ideas/{id}/{step}", body), 409, "idea-stands-elsewhere")


async def test_an_idea_that_was_found_unsuitable_may_be_looked_at_again(office: Office) -> None:
    id = await idea(office)
    officer = office.as_("commune_officer")
    await officer.post(f"/ideas/{id}/screening", {"verdict": "unsuitable", "reasons": "Nhỏ lẻ."})

    answer = await officer.post(f"/ideas/{id}/screening", SUITABLE)

    assert answer.json()["state"] == "suitable"
    (listed,) = (await officer.get("/ideas")).json()["items"]
    assert [each["reasons"] for each in listed["screenings"]] == ["Nhỏ lẻ.", "Có vùng nguyên liệu."]


async def test_screening_comes_to_an_end(office: Office) -> None:
    id = await idea(office)
    answers = [await office.as_("agency").post(f"/ideas/{id}/screening", SUITABLE) for _ in range(11)]

    refused(answers[-1], 409, "too-many-screenings")
    assert {answer.status_code for answer in answers[:-1]} == {200}


async def test_a_dossier_needs_a_set_that_there_is(office: Office) -> None:
    id = await idea(office, upto="selected")
    owner = office.as_("owner")

    assert refused(await owner.post(f"/ideas/{id}/dossier"), 422, "idea-without-set") == ["/product_set"]
    refused(await owner.post(f"/ideas/{id}/dossier", {"product_set": "none"}), 422, "product-set-unknown")
    assert (await owner.post(f"/ideas/{id}/dossier", {"product_set": "tea"})).status_code == 201


async def test_an_owner_neither_screens_nor_sees_the_ideas_of_others(office: Office) -> None:
    id = await idea(office)

    refused(await office.as_("owner").post(f"/ideas/{id}/screening", SUITABLE), 403, "forbidden")
    assert (await office.as_("owner", organisation="htx-2").get("/ideas")).json()["items"] == []
    officer = office.as_("commune_officer", commune="14401")
    refused(await officer.post(f"/ideas/{id}/screening", SUITABLE), 404, "not-found")


async def test_ideas_are_exported_as_shown(office: Office) -> None:
    await idea(office, upto="suitable")

    sheet = (await office.as_("agency").get("/ideas.xlsx")).content

    _, row = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert row[:1] + row[3:4] + row[5:6] == ["Bánh dứa", "suitable", "Có vùng nguyên liệu."]

"""Potential products over HTTP: surveyed, led along a roadmap, visited and advised."""

from io import BytesIO

from python_calamine import CalamineWorkbook

from tests.services.dossier.office import OWNER, Office, refused

FOUND = {
    "owner_id": "htx-1",
    "name": "Mắm tép",
    "commune": "14362",
    "stages": [{"what": "Nhãn", "by": "2027-03-01"}, {"what": "Kiểm nghiệm", "by": "2026-12-31"}],
}


async def surveyed(office: Office) -> str:
    await office.as_("owner").post("/owners", OWNER)
    answer = await office.as_("agency").post("/potential-products", FOUND)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def test_a_roadmap_is_followed_and_what_was_done_is_never_lost(office: Office) -> None:
    id = await surveyed(office)
    officer = office.as_("commune_officer", commune="14362")

    await officer.post(f"/potential-products/{id}/roadmap/2/done")
    twice = await officer.post(f"/potential-products/{id}/roadmap/2/done")
    changed = await officer.ask("PUT", f"/potential-products/{id}/roadmap", {"stages": FOUND["stages"][:1]})

    refused(twice, 404, "stage-unknown")
    assert [(each["what"], each["done_on"]) for each in changed.json()["roadmap"]] == [
        ("Kiểm nghiệm", "2026-11-21"),
        ("Nhãn", None),
    ]


async def test_visits_and_advice_are_on_record(office: Office) -> None:
    id = await surveyed(office)

    await office.as_("agency").post(
        f"/potential-products/{id}/visits", {"found": "Bao bì sơ sài.", "advice": "Làm nhãn mới."}
    )

    (listed,) = (await office.as_("owner").get("/potential-products")).json()["items"]
    assert listed["visits"] == [
        {"on": "2026-11-21", "found": "Bao bì sơ sài.", "advice": "Làm nhãn mới.", "by": "agency"}
    ]


async def test_an_owner_reads_its_own_and_writes_nothing(office: Office) -> None:
    id = await surveyed(office)

    refused(await office.as_("owner").post("/potential-products", FOUND), 403, "forbidden")
    other = office.as_("owner", organisation="htx-2")
    assert (await other.get("/potential-products")).json()["items"] == []
    officer = office.as_("commune_officer", commune="14401")
    refused(await officer.post(f"/potential-products/{id}/visits", {"found": "x"}), 404, "not-found")


async def test_the_list_is_exported_with_what_comes_next(office: Office) -> None:
    await surveyed(office)

    sheet = (await office.as_("agency").get("/potential-products.xlsx")).content

    _, row = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert (row[0], row[4], str(row[5])[:10]) == ("Mắm tép", "Kiểm nghiệm", "2026-12-31")

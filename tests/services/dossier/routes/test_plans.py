"""Plans over HTTP: set out by the agency, amended in versions, compared with what was recognised."""

from typing import Any

from services.dossier.events.heard import ResultAnnounced
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office, refused

PLAN = {
    "issuer": "UBND tỉnh Ninh Bình",
    "first_year": 2026,
    "last_year": 2026,
    "number": "58/KH-UBND",
    "issued_on": "2026-03-18",
    "targets": [{"products": 3, "stars": 3}, {"products": 1, "case_kind": "re_evaluation"}],
}


async def made(office: Office, **changed: Any) -> str:
    answer = await office.as_("agency").post("/plans", PLAN | changed)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def test_a_plan_is_compared_with_what_was_recognised(office: Office) -> None:
    id = await made(office)
    for _ in range(2):
        dossier = await office.submitted()
        await office.hear(fact(ResultAnnounced, dossier), subject=f"rec-{dossier}")
    failed = await office.submitted()
    await office.hear(fact(ResultAnnounced, failed, outcome="not_recognised", stars=0), subject=f"rec-{failed}")

    told = (await office.as_("observer").get(f"/plans/{id}/attainment")).json()

    assert [(each["reached"], each["percent"]) for each in told["targets"]] == [(2, "66.7"), (0, "0.0")]


async def test_a_case_counts_in_the_year_of_its_round(office: Office) -> None:
    id = await made(office, last_year=2027, first_year=2027)
    dossier = await office.moved_to("proposed")
    await office.hear(fact(ResultAnnounced, dossier), subject="rec-1")

    # The letter of 21 November came too late for the second round of 2026.
    told = (await office.as_("agency").get(f"/plans/{id}/attainment")).json()

    assert told["targets"][0]["reached"] == 1


async def test_a_plan_is_amended_and_every_version_stays(office: Office) -> None:
    id = await made(office)
    version = {"number": "99/KH-UBND", "issued_on": "2026-06-01", "targets": [{"products": 5}]}

    amended = await office.as_("agency").post(f"/plans/{id}/versions", version)

    assert amended.json() == {"id": id, "version": 2}
    (listed,) = (await office.as_("chair").get("/plans?year=2026")).json()["items"]
    assert [each["number"] for each in listed["versions"]] == ["58/KH-UBND", "99/KH-UBND"]
    assert (await office.as_("chair").get("/plans?year=2027")).json()["items"] == []


async def test_a_plan_is_the_agencys_and_its_provinces(office: Office) -> None:
    id = await made(office)

    refused(await office.as_("commune_officer").post("/plans", PLAN), 403, "forbidden")
    refused(await office.as_("agency", authority="38").get(f"/plans/{id}/attainment"), 404, "not-found")
    officer = office.as_("commune_officer", commune="14362")
    assert (await officer.get(f"/plans/{id}/attainment")).status_code == 200


async def test_what_is_wrong_with_a_plan_is_named(office: Office) -> None:
    agency = office.as_("agency")

    late = await agency.post("/plans", PLAN | {"issued_on": "2026-11-22"})
    backwards = await agency.post("/plans", PLAN | {"last_year": 2025})
    nothing = await agency.post("/plans", PLAN | {"targets": [{"products": 0}]})

    refused(late, 422, "plan-misdated")
    refused(backwards, 422, "request-invalid")
    assert refused(nothing, 422, "request-invalid")[0] == "/targets/0/products"

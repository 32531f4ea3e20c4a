"""Criteria over HTTP: the sheet with the province's guidance, what a file lacks, and what it would come to."""

from typing import Any

import pytest

from tests.services.dossier.domain.test_self_score import PRODUCE, best
from tests.services.dossier.office import Office, refused
from tests.shared.contents import PDF

FULL = {
    "business_plan": "Mở rộng nhà sơ chế năm 2027.",
    "history": "Thành lập năm 2016 từ tổ hợp tác.",
    "structure": "7 thành viên quản trị, 18 lao động.",
    "samples": 5,
    "results": [{"year": 2025, "output": 12, "unit": "tấn", "revenue": 2400000000}],
    "marks": best(PRODUCE.sheet),
}
KINDS = ("business_registration", "production_conditions", "quality_declaration", "test_results", "signed_form")


async def lacks(office: Office, id: str) -> list[tuple[str, str]]:
    found: dict[str, Any] = (await office.as_("owner").get(f"/dossiers/{id}/completeness")).json()
    assert all(each["vi"] and each["en"] for each in found["missing"])
    return [(each["lacks"], each["pointer"]) for each in found["missing"]]


async def full(office: Office, case_kind: str = "first") -> str:
    """A dossier with everything a first evaluation of processed fruit asks for."""
    id = await office.dossier(case_kind)
    owner = office.as_("owner")
    await owner.patch(f"/dossiers/{id}", {"form": FULL})
    proved = [key for part in PRODUCE.sheet.parts if part.code != "C" for key in part.scored]
    for place, kind in enumerate(KINDS):
        new = {"kind": kind, "criteria": proved[place * 10 : place * 10 + 10]}
        paper = (await owner.post(f"/dossiers/{id}/evidence", new)).json()["id"]
        await owner.send(f"/dossiers/{id}/evidence/{paper}/content?file_name=a.pdf", PDF)
    return id


async def test_a_full_file_lacks_nothing(office: Office) -> None:
    id = await full(office)

    answer = await office.as_("commune_officer", commune="14362").get(f"/dossiers/{id}/completeness")

    assert (answer.json()["complete"], answer.json()["missing"]) == (True, [])


async def test_everything_that_is_missing_is_named_at_its_place(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    await owner.patch(
        f"/dossiers/{id}", {"form": {"description": None, "marks": {"1.1": "material-province-under-50"}}}
    )
    held = {"kind": "test_results", "valid_until": "2026-11-20"}
    paper = (await owner.post(f"/dossiers/{id}/evidence", held)).json()["id"]

    found = await lacks(office, id)

    assert ("form_answer", "/form/description") in found
    assert ("form_answer", "/form/results") in found
    assert ("self_score", "/form/marks/3.5") in found
    assert ("self_score", "/form/marks/1.1") not in found
    assert ("proof", "/form/marks/1.1") in found
    assert ("samples", "/form/samples") in found
    assert ("paper", "/evidence/production_conditions") in found
    assert ("paper", "/evidence/test_results") not in found
    assert ("paper_file", f"/evidence/{paper}") in found
    assert ("paper_expired", f"/evidence/{paper}") in found
    assert ("scan", "/evidence/signed_form") in found


async def test_a_paper_that_ends_soon_is_warned_of_and_the_file_is_complete(office: Office) -> None:
    id = await full(office)
    owner = office.as_("owner")
    paper = (await owner.get(f"/dossiers/{id}/evidence")).json()["items"][0]
    await owner.ask("PUT", f"/dossiers/{id}/evidence/{paper['id']}", paper["details"] | {"valid_until": "2026-12-24"})

    answer = (await owner.get(f"/dossiers/{id}/completeness")).json()

    assert answer["complete"]
    assert [each["lacks"] for each in answer["missing"]] == ["paper_expiring"]


@pytest.mark.parametrize(("case_kind", "missing"), [("first", 0), ("upgrade", 2), ("re_evaluation", 11)])
async def test_each_kind_of_case_asks_for_what_is_its_own(office: Office, case_kind: str, missing: int) -> None:
    id = await full(office, case_kind)

    found = await lacks(office, id)

    assert len(found) == missing
    assert (("certificate", "/certificate") in found) == (case_kind != "first")


@pytest.mark.parametrize(
    ("step", "count", "missing"),
    [
        ("lodged", {"received": None, "passed_on": None, "registered": None}, 2),
        ("received", {"received": 5, "passed_on": None, "registered": None}, 0),
        ("proposed", {"received": 5, "passed_on": 5, "registered": None}, 0),
        ("registered", {"received": 5, "passed_on": 5, "registered": 0}, 5),
    ],
)
async def test_samples_are_counted_at_each_office_and_whoever_counted_last_says_what_is_missing(
    office: Office, step: str, count: dict[str, int | None], missing: int
) -> None:
    id = await office.dossier()
    await office.as_("owner").patch(f"/dossiers/{id}", {"form": {"samples": 3}})
    await office.moved(id, step)

    answer = (await office.as_("agency").get(f"/dossiers/{id}/completeness")).json()

    assert answer["samples"] == {"needed": 5, "stated": 3, "missing": missing, **count}
    assert (("samples", "/form/samples") in await lacks(office, id)) == bool(missing)


async def test_tourism_asks_for_no_samples_and_no_food_papers(office: Office) -> None:
    id = await office.dossier(product_set="community-tourism")

    found = await lacks(office, id)

    assert not {("samples", "/form/samples"), ("paper", "/evidence/production_conditions")} & set(found)


async def test_only_what_blocks_stops_the_submission(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")

    missing = (await owner.get(f"/dossiers/{id}/completeness")).json()["missing"]
    answer = await owner.post(f"/dossiers/{id}/submission")

    assert missing
    assert not any(each["blocks"] for each in missing)
    assert answer.status_code == 200


async def test_the_likely_result_names_the_next_star_and_what_is_missing_to_it(office: Office) -> None:
    id = await full(office)
    owner = office.as_("owner")
    marks = FULL["marks"] | {"3.5": "trademark-application-accepted"}  # type: ignore[operator]
    await owner.patch(f"/dossiers/{id}", {"form": {"marks": marks}})

    answer = await owner.get(f"/dossiers/{id}/likely-result")

    assert answer.json() == {
        "total": 98,
        "band": 5,
        "stars": 3,
        "next": {"stars": 4, "points": 0, "minimums": [{"criterion": "3.5", "needed": 2, "had": 1}]},
        "unanswered": [],
    }


async def test_a_criterion_shows_its_explanation_and_the_provinces_own_guidance(office: Office) -> None:
    agency = office.as_("agency")
    path = "/product-sets/processed-produce/criteria"
    await agency.ask("PUT", f"{path}/3.5/guidance", {"text": "Nộp bản sao văn bằng\ncó chứng thực."})

    here = (await office.as_("owner").get(path)).json()
    elsewhere = (await office.as_("agency", authority="38").get(path)).json()

    (own,) = [each for each in here["criteria"] if each["key"] == "3.5"]
    (other,) = [each for each in elsewhere["criteria"] if each["key"] == "3.5"]
    assert len(here["criteria"]) == 32
    assert (own["guidance"], other["guidance"]) == ("Nộp bản sao văn bằng\ncó chứng thực.", None)
    assert own["star_minimums"] == {"3": 1, "4": 2, "5": 2}
    assert own["explanation"]["vi"]
    assert [option["points"] for option in own["options"]] == [1, 2, 3]


async def test_guidance_is_taken_away_and_is_the_agencys_alone(office: Office) -> None:
    path = "/product-sets/tea/criteria/3.5/guidance"
    agency = office.as_("agency")
    await agency.ask("PUT", path, {"text": "Có."})

    taken = await agency.ask("PUT", path, {"text": None})

    assert taken.json() == {"product_set": "tea", "criteria": []}
    refused(await office.as_("owner").ask("PUT", path, {"text": "Không."}), 403, "forbidden")
    refused(await agency.ask("PUT", path.replace("3.5", "99"), {"text": "?"}), 422, "criterion-unknown")
    refused(await agency.ask("PUT", path.replace("tea", "tee"), {"text": "?"}), 422, "product-set-unknown")

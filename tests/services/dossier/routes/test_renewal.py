"""Re-evaluation and upgrade over HTTP: the window by the day, latecomers, what is taken over and what is asked anew."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.domain.regulation import Setting
from services.dossier.events.heard import CertificateIssued, ResultAnnounced
from tests.services.dossier.builders import ANSWERS, REGULATION
from tests.services.dossier.facts import fact
from tests.services.dossier.office import FORM_03, PACKAGE, Office, refused

ENDS = date(2026, 12, 28)
OPENS, CLOSES = date(2026, 7, 1), date(2026, 8, 30)
HELD = {"number": "37-2023-0007", "stars": 3, "valid_until": ENDS.isoformat()}


async def opened(office: Office, case_kind: str = "re_evaluation", **changed: Any) -> str:
    new = {"product_id": await office.product(), "case_kind": case_kind, "form": ANSWERS, "certificate": HELD} | changed
    answer = await office.as_("owner").post("/dossiers", new)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (OPENS - timedelta(days=1), 409),
        (OPENS, 200),
        (CLOSES, 200),
        (CLOSES + timedelta(days=1), 200),
        (ENDS + timedelta(days=1), 200),
    ],
)
async def test_a_re_evaluation_is_lodged_in_its_window_and_no_latecomer_is_turned_away(on: date, status: int) -> None:
    office = Office(starts=on)
    id = await opened(office)

    answer = await office.as_("owner").post(f"/dossiers/{id}/lodging")

    if status == 409:
        refused(answer, 409, "window-not-open")
        assert "2026-07-01" in answer.json()["detail"] and "2026-08-30" in answer.json()["detail"]
    else:
        assert (answer.json()["case_kind"], answer.json()["late"]) == ("re_evaluation", on > CLOSES)


async def test_where_the_province_has_settled_it_a_latecomer_becomes_a_first_evaluation() -> None:
    stricter = Setting(setting="late_re_evaluation", authority="37", **{"from": date(2026, 6, 1)}, on=False, basis="QC")
    office = Office(replace(REGULATION, settings=(*REGULATION.settings, stricter)), starts=CLOSES + timedelta(days=1))
    id = await opened(office)

    answer = await office.as_("owner").post(f"/dossiers/{id}/lodging")

    assert (answer.json()["case_kind"], answer.json()["late"]) == ("first", True)
    assert (await office.as_("owner").get(f"/dossiers/{id}")).json()["lineage"]["certificate"] == HELD["number"]


async def test_a_re_evaluation_has_45_days_from_the_full_file_and_no_round() -> None:
    office = Office(starts=date(2026, 7, 6))
    id = await opened(office)
    await office.as_("owner").post(f"/dossiers/{id}/lodging")
    await office.as_("commune_officer").post(f"/dossiers/{id}/receipt")
    form = FORM_03 | {"letter": {"number": "45/TTr-UBND", "on": "2026-07-06"}}
    await office.as_("commune_officer").post(f"/dossiers/{id}/assessment", form)
    agency = office.as_("agency")
    await agency.post(f"/dossiers/{id}/registration")

    before = (await agency.get(f"/dossiers/{id}")).json()["deadlines"]
    items = [{"paper": "test_results", "name": "Phiếu kiểm nghiệm định kỳ"}]
    await agency.post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-07-20"})
    await office.on(date(2026, 7, 16))
    given = {"answers": [{"name": "Phiếu kiểm nghiệm định kỳ", "answer": "Đã nộp."}]}
    await office.as_("owner").post(f"/dossiers/{id}/supplements/1/answers", given)
    after = (await agency.get(f"/dossiers/{id}")).json()["deadlines"]

    assert [each["last_day"] for each in before] == ["2026-08-20"]
    assert [each["last_day"] for each in after] == ["2026-08-30"]


async def test_a_re_evaluation_begins_with_what_need_not_be_new(office: Office) -> None:
    first = await office.submitted()
    held = await office.dossiers.get(first)
    await office.hear(fact(ResultAnnounced, first), subject="rec-1", sequence=1)
    await office.hear(fact(CertificateIssued, first), subject="rec-1", sequence=2)

    new = {"product_id": held.product_id, "case_kind": "re_evaluation", "form": {"local_labour": "20 lao động."}}
    id = (await office.as_("owner").post("/dossiers", new)).json()["id"]

    seen = (await office.as_("owner").get(f"/dossiers/{id}")).json()
    assert seen["lineage"] == {
        "certificate": "37-2026-0001",
        "stars": 3,
        "valid_until": "2029-11-19",
        "dossier_id": first,
    }
    assert (seen["form"]["description"], seen["form"]["local_labour"]) == (ANSWERS["description"], "20 lao động.")
    assert (seen["form"]["material_origin"], seen["form"]["business_plan"]) == (None, None)
    assert seen["form"]["evidence"] == ["business_registration", "product_story"]


@pytest.mark.parametrize("case_kind", ["upgrade", "re_evaluation"])
async def test_a_further_case_names_the_certificate_it_goes_on_from(office: Office, case_kind: str) -> None:
    id = await opened(office, case_kind, certificate=None)
    improved = {"improvements": [{"what": "Bao bì mới", "evidence": "product_story"}]}

    answer = await office.as_("owner").post(f"/dossiers/{id}/lodging", improved)

    assert refused(answer, 409, "dossier-incomplete") == ["/certificate"]
    named = await office.as_("owner").patch(f"/dossiers/{id}", {"certificate": HELD})
    again = await office.as_("owner").post(f"/dossiers/{id}/lodging", improved)
    late = await office.as_("owner").patch(f"/dossiers/{id}", {"certificate": HELD | {"stars": 4}})
    assert (named.status_code, again.json()["state"]) == (200, "lodged")
    refused(late, 409, "move-not-allowed")


async def test_a_draft_that_becomes_a_further_case_goes_on_from_the_certificate_that_is_known_here(
    office: Office,
) -> None:
    first = await office.submitted()
    held = await office.dossiers.get(first)
    await office.hear(fact(ResultAnnounced, first), subject="rec-1", sequence=1)
    await office.hear(fact(CertificateIssued, first), subject="rec-1", sequence=2)
    new = {"product_id": held.product_id, "case_kind": "upgrade", "form": ANSWERS}
    id = (await office.as_("owner").post("/dossiers", new)).json()["id"]

    await office.as_("owner").patch(f"/dossiers/{id}", {"case_kind": "re_evaluation", "certificate": HELD})

    lineage = (await office.as_("owner").get(f"/dossiers/{id}")).json()["lineage"]
    assert (lineage["certificate"], lineage["dossier_id"]) == ("37-2026-0001", first)


async def test_an_upgrade_says_what_has_changed_and_names_evidence_the_dossier_holds(office: Office) -> None:
    id = await opened(office, "upgrade")
    owner = office.as_("owner")

    without = await owner.post(f"/dossiers/{id}/lodging")
    unproved = {"improvements": [{"what": "Chứng nhận HACCP", "evidence": "quality_management"}]}
    unheld = await owner.post(f"/dossiers/{id}/lodging", unproved)
    proved = {"improvements": [{"what": "Câu chuyện sản phẩm viết lại", "evidence": "product_story"}]}
    lodged = await owner.post(f"/dossiers/{id}/lodging", proved)

    assert refused(without, 409, "dossier-incomplete") == ["/improvements"]
    assert refused(unheld, 409, "dossier-incomplete") == ["/improvements/0/evidence"]
    assert lodged.json()["state"] == "lodged"
    assert (await owner.get(f"/dossiers/{id}")).json()["lodged"]["improvements"] == proved["improvements"]


async def test_five_stars_are_renewed_without_a_provincial_score_and_four_are_not() -> None:
    office = Office(starts=date(2026, 7, 6))
    package = {"letter": PACKAGE["letter"], "agency_report": PACKAGE["letter"]}
    sent = {}
    for stars in (5, 4):
        id = await opened(office, certificate=HELD | {"stars": stars})
        await office.as_("owner").post(f"/dossiers/{id}/lodging")
        await office.as_("commune_officer").post(f"/dossiers/{id}/receipt")
        form = FORM_03 | {"letter": {"number": "45/TTr-UBND", "on": "2026-07-06"}}
        await office.as_("commune_officer").post(f"/dossiers/{id}/assessment", form)
        await office.as_("agency").post(f"/dossiers/{id}/registration")
        sent[stars] = await office.as_("agency").post(f"/dossiers/{id}/forwarding", package)

    assert (sent[5].json()["to"], sent[5].json()["state"]) == ("00", "submitted")
    refused(sent[4], 409, "not-for-the-centre")


async def test_a_province_may_take_dossiers_through_the_commune_only() -> None:
    closed = Setting(setting="direct_submission", authority="37", **{"from": date(2026, 6, 1)}, on=False, basis="QC")
    office = Office(replace(REGULATION, settings=(*REGULATION.settings, closed)))
    id = await office.dossier()

    answer = await office.as_("owner").post(f"/dossiers/{id}/submission")

    refused(answer, 409, "direct-submission-closed")


async def test_where_the_province_has_settled_it_the_communes_days_stand_still_while_the_owner_owes() -> None:
    pauses = Setting(
        setting="pause_while_supplementing", authority="37", **{"from": date(2026, 6, 1)}, on=True, basis="QC"
    )
    office = Office(replace(REGULATION, settings=(*REGULATION.settings, pauses)), starts=date(2027, 9, 27))
    id = await office.moved_to("received")
    commune, items = office.as_("commune_officer"), [{"paper": "form", "name": "Mẫu 02"}]

    before = (await commune.get(f"/dossiers/{id}")).json()["deadlines"][0]
    await commune.post(f"/dossiers/{id}/supplements", {"items": items, "until": "2027-10-20"})
    await office.on(date(2027, 10, 4))
    asked = (await commune.get(f"/dossiers/{id}")).json()["deadlines"]
    answers = {"answers": [{"name": "Mẫu 02", "answer": "Đã sửa."}]}
    await office.as_("owner").post(f"/dossiers/{id}/supplements/1/answers", answers)
    after = (await commune.get(f"/dossiers/{id}")).json()["deadlines"][0]

    assert (before["last_day"], before["paused"]) == ("2027-10-18", False)
    assert [(each["duty"], each["paused"]) for each in asked] == [("commune_assessment", True), ("supplement", False)]
    assert (after["last_day"], after["paused"]) == ("2027-10-25", False)

"""The whole way of a case over HTTP, as each role, with the clock moved: commune, agency, council, centre."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.events.heard import EvaluationOpened, EvaluationStopped, ScoreFinalized
from tests.services.dossier.builders import ANSWERS
from tests.services.dossier.facts import fact
from tests.services.dossier.office import FORM_03, OWNER, PACKAGE, PRODUCT, Office, refused
from tests.shared.contents import PDF


def types(office: Office, id: str) -> list[str]:
    return [entry["type"].removeprefix("vn.ocop.").removesuffix(".v1") for entry in office.spoken(id)]


async def view(office: Office, id: str, role: str = "agency") -> dict[str, Any]:
    seen: dict[str, Any] = (await office.as_(role).get(f"/dossiers/{id}")).json()
    return seen


async def test_a_first_evaluation_goes_its_way_through_commune_and_agency_to_the_council(office: Office) -> None:
    await office.on(date(2027, 9, 1))
    id = await office.dossier()
    owner, commune, agency = office.as_("owner"), office.as_("commune_officer", commune="14362"), office.as_("agency")

    lodged = (await owner.post(f"/dossiers/{id}/lodging")).json()
    received = (await commune.post(f"/dossiers/{id}/receipt", {"samples": 5})).json()
    await office.on(date(2027, 9, 20))
    assessed = (await commune.post(f"/dossiers/{id}/assessment", FORM_03 | {"letter": letter("2027-09-20")})).json()
    registered = (await agency.post(f"/dossiers/{id}/registration", {"samples": 5})).json()
    submitted = (await agency.post(f"/dossiers/{id}/submission")).json()

    assert (lodged["state"], lodged["manifest_version"], lodged["late"]) == ("lodged", 1, False)
    assert received["number"] == "X-001/PĐK-37-14362-2027"
    assert (received["state"], received["last_day"]) == ("commune_review", "2027-09-24")
    assert (assessed["state"], assessed["product_code"]) == ("proposed", "37-14362-01-2027")
    assert (registered["state"], registered["number"]) == ("agency_check", "T-001/PĐK-37-14362-2027")
    assert (submitted["state"], submitted["manifest_version"]) == ("submitted", 1)
    assert submitted["manifest_hash"] == lodged["manifest_hash"]
    assert types(office, id) == [
        "dossier.lodged",
        "dossier.received",
        "deadline.near",
        "commune.assessed",
        "dossier.received",
        "dossier.submitted",
    ]
    seen = await view(office, id)
    assert [each["criteria"] for each in seen["assessment"]["contents"]] == [["1.1"], ["3.3"], ["2.1"], ["5.3"]]
    (rating,) = seen["deadlines"]
    assert (rating["duty"], rating["owing"], rating["last_day"]) == ("rating", "agency", "2027-12-29")


def letter(on: str) -> dict[str, str]:
    return {"number": "45/TTr-UBND", "on": on}


@pytest.mark.parametrize(
    ("moved", "role", "path", "body"),
    [
        ("lodged", "agency", "lodging", None),
        ("lodged", "owner", "receipt", None),
        ("lodged", "agency", "receipt", None),
        ("received", "owner", "assessment", FORM_03),
        ("received", "agency", "assessment", FORM_03),
        ("proposed", "commune_officer", "registration", None),
        ("proposed", "owner", "registration", None),
        ("registered", "council_secretary", "submission", None),
        ("received", "owner", "supplements", {"items": [{"paper": "form", "name": "a"}], "until": "2027-01-01"}),
        ("received", "owner", "stop", {"ground": "other", "reason": "Vì"}),
        ("received", "commune_officer", "disqualification", {"ground": "other", "reason": "Vì"}),
        ("received", "owner", "forwarding", PACKAGE),
    ],
)
async def test_nobody_makes_a_move_that_is_anothers(
    office: Office, moved: str, role: str, path: str, body: object
) -> None:
    id = await office.moved_to(moved)
    before = dict(office.port.documents[id])

    answer = await office.as_(role).post(f"/dossiers/{id}/{path}", body)

    refused(answer, 403, "move-of-others")
    may = ", ".join((await view(office, id, role))["moves"]) or "—"
    assert answer.json()["detail"].endswith(f"What you may do now: {may}.")
    assert office.port.documents[id] == before


@pytest.mark.parametrize(
    ("moved", "role", "path", "body", "may"),
    [
        ("lodged", "owner", "lodging", None, "withdraw"),
        ("lodged", "commune_officer", "assessment", FORM_03, "receive"),
        ("received", "commune_officer", "receipt", None, "ask, assess"),
        ("received", "agency", "registration", None, "withdraw, stop, disqualify"),
        ("received", "owner", "submission", None, "withdraw"),
        ("proposed", "agency", "submission", None, "register, withdraw, stop, disqualify"),
        ("registered", "owner", "submission", None, "withdraw"),
        ("registered", "agency", "registration", None, "ask, submit, withdraw, stop, disqualify"),
    ],
)
async def test_a_move_at_the_wrong_time_is_refused_with_those_that_are_allowed(
    office: Office, moved: str, role: str, path: str, body: object, may: str
) -> None:
    id = await office.moved_to(moved)

    answer = await office.as_(role).post(f"/dossiers/{id}/{path}", body)

    refused(answer, 409, "move-not-allowed")
    assert answer.json()["detail"].endswith(f"What you may do now: {may}.")
    assert (await view(office, id, role))["moves"] == may.split(", ")


async def test_a_file_in_the_hands_of_the_commune_is_not_changed(office: Office) -> None:
    id = await office.moved_to("received")

    answer = await office.as_("owner").patch(f"/dossiers/{id}", {"form": {"description": "Khác"}})

    refused(answer, 409, "move-not-allowed")


async def test_another_communes_officer_finds_nothing(office: Office) -> None:
    id = await office.moved_to("lodged")

    answer = await office.as_("commune_officer", commune="14401").post(f"/dossiers/{id}/receipt")

    refused(answer, 404, "not-found")
    assert await office.numbers.count({}) == 0


async def test_of_two_officers_who_receive_one_dossier_one_is_told_that_it_is_done(office: Office) -> None:
    id = await office.moved_to("lodged")
    officer = office.as_("commune_officer")

    first = await officer.post(f"/dossiers/{id}/receipt", key="k1")
    again = await officer.post(f"/dossiers/{id}/receipt", key="k1")
    other = await officer.post(f"/dossiers/{id}/receipt", key="k2")

    assert again.json() == first.json()
    refused(other, 409, "move-not-allowed")
    register = (await officer.get("/registers/registration?year=2026&commune=14362")).json()
    assert register["items"] == [{"number": 1, "dossier_id": id, "given_on": "2026-11-21"}]


async def test_the_communes_report_covers_each_of_the_four_contents_once(office: Office) -> None:
    id = await office.moved_to("received")
    first, second, *_ = FORM_03["contents"]

    answer = await office.as_("commune_officer").post(
        f"/dossiers/{id}/assessment", FORM_03 | {"contents": [first, second, first]}
    )

    assert refused(answer, 422, "assessment-incomplete") == ["/contents/2/content", "/contents", "/contents"]


@pytest.mark.parametrize("on", ["2026-11-20", "2026-11-22", "0001-01-01", "9999-12-31"])
async def test_a_proposal_letter_is_dated_between_receipt_and_today(office: Office, on: str) -> None:
    id = await office.moved_to("received")

    answer = await office.as_("commune_officer").post(f"/dossiers/{id}/assessment", FORM_03 | {"letter": letter(on)})

    assert refused(answer, 422, "letter-misdated") == ["/letter/on"]
    assert await office.numbers.count({"series": "product_code"}) == 0


@pytest.mark.parametrize(("on", "code", "rated"), [("29", 2027, "2027-12-29"), ("30", 2028, "2028-06-29")])
async def test_the_round_and_the_codes_year_follow_the_letters_date(
    office: Office, on: str, code: int, rated: str
) -> None:
    await office.on(date(2027, 10, 20))
    id = await office.moved_to("received")
    await office.on(date(2027, 10, 31))

    answer = await office.as_("commune_officer").post(
        f"/dossiers/{id}/assessment", FORM_03 | {"letter": letter(f"2027-10-{on}")}
    )

    assert answer.json()["product_code"] == f"37-14362-01-{code}"
    listed = (await office.as_("agency").get(f"/dossiers?round={answer.json()['round']}")).json()["items"]
    other = (await office.as_("agency").get("/dossiers?round=2026/2")).json()["items"]
    assert ([each["id"] for each in listed], other) == ([id], [])
    assert (await view(office, id))["deadlines"][0]["last_day"] == rated


async def test_the_communes_deadline_is_reminded_of_missed_and_listed_as_overdue(office: Office) -> None:
    id = await office.moved_to("received")
    last = date.fromisoformat((await view(office, id))["deadlines"][0]["last_day"])
    commune = office.as_("commune_officer")

    await office.on(last)
    in_time = (await commune.get("/deadlines?overdue=true")).json()["items"]
    await office.on(last + timedelta(days=1))
    late = (await commune.get("/deadlines?overdue=true")).json()["items"]
    assessed = await commune.post(f"/dossiers/{id}/assessment", FORM_03)
    done = (await commune.get("/deadlines?overdue=true")).json()["items"]

    said = [json.loads(entry["data"]) for entry in office.spoken(id) if "deadline" in entry["type"]]
    assert [each.get("step") for each in said] == ["half", "eighty_percent", "last_day", None]
    assert [each.get("days_left", -1) >= 0 for each in said] == [True, True, True, False]
    assert (in_time, done) == ([], [])
    assert [(each["id"], each["deadlines"][0]["days"]) for each in late] == [(id, -1)]
    assert assessed.status_code == 200


async def test_a_supplement_is_answered_in_part_then_whole_and_makes_a_new_version(office: Office) -> None:
    id = await office.moved_to("received")
    commune, owner = office.as_("commune_officer"), office.as_("owner")
    items = [{"paper": "test_results", "name": "Phiếu kiểm nghiệm"}, {"paper": "form", "name": "Mẫu 02, mục III"}]

    asked = (await commune.post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"})).json()
    await owner.patch(f"/dossiers/{id}", {"form": {"self_score": 72}})
    part = await owner.post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Mẫu 02, mục III", "answer": "Đã sửa."}]}
    )
    twice = await owner.post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Mẫu 02, mục III", "answer": "Đã sửa."}]}
    )
    whole = await owner.post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Phiếu kiểm nghiệm", "answer": "Đã nộp."}]}
    )

    assert (asked["state"], asked["number"]) == ("commune_supplement", 1)
    assert (part.json()["state"], part.json()["left"]) == ("commune_supplement", ["Phiếu kiểm nghiệm"])
    refused(twice, 422, "item-not-asked")
    assert (whole.json()["state"], whole.json()["left"]) == ("commune_review", [])
    said = [json.loads(entry["data"]) for entry in office.spoken(id) if "supplement" in entry["type"]]
    assert [each.get("manifest_version") for each in said] == [None, None, 2]
    assert said[0]["papers"] == ["test_results", "form"]
    assert not any("Mẫu" in entry["data"].decode() for entry in office.spoken(id))


async def test_a_supplement_is_given_more_time_and_lapses_on_the_day_after(office: Office) -> None:
    id = await office.moved_to("registered")
    agency = office.as_("agency")
    items = [{"paper": "extra_test", "name": "Kiểm nghiệm lại"}]
    await agency.post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"})
    more = {"until": "2026-12-10", "reason": "Chờ phòng kiểm nghiệm"}

    extended = await agency.post(f"/dossiers/{id}/supplements/1/extension", more)
    shorter = await agency.post(f"/dossiers/{id}/supplements/1/extension", more | {"until": "2026-12-09"})
    await office.on(date(2026, 12, 10))
    still = (await view(office, id))["state"]
    await office.on(date(2026, 12, 11))
    late = await office.as_("owner").post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Kiểm nghiệm lại", "answer": "Đây"}]}
    )

    assert extended.json()["until"] == "2026-12-10"
    refused(shorter, 422, "supplement-date-unusable")
    assert (still, (await view(office, id))["state"]) == ("agency_supplement", "agency_check")
    assert types(office, id)[-1] == "supplement.lapsed"
    refused(late, 409, "move-not-allowed")


@pytest.mark.parametrize("until", ["2026-11-21", "2027-11-23", "9999-12-31"])
async def test_a_date_that_is_no_date_for_a_supplement_is_refused(office: Office, until: str) -> None:
    id = await office.moved_to("received")

    answer = await office.as_("commune_officer").post(
        f"/dossiers/{id}/supplements", {"items": [{"paper": "form", "name": "Mẫu 02"}], "until": until}
    )

    assert refused(answer, 422, "supplement-date-unusable") == ["/until"]


async def test_an_answer_after_the_date_is_late_though_no_timer_has_rung(office: Office) -> None:
    id = await office.moved_to("received")
    items = [{"paper": "form", "name": "Mẫu 02"}]
    await office.as_("commune_officer").post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-11-22"})
    office.clock.turn(timedelta(days=2))

    answer = await office.as_("owner").post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Mẫu 02", "answer": "Đã sửa."}]}
    )

    refused(answer, 409, "supplement-overdue")


async def test_things_asked_for_have_different_names(office: Office) -> None:
    id = await office.moved_to("received")
    items = [{"paper": "form", "name": "Mẫu 02"}, {"paper": "other", "name": "Mẫu 02"}]

    answer = await office.as_("commune_officer").post(
        f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"}
    )

    assert refused(answer, 422, "request-invalid") == ["/items"]


async def test_a_lodged_dossier_stays_the_kind_of_case_it_is(office: Office) -> None:
    id = await office.moved_to("received")
    items = [{"paper": "form", "name": "Mẫu 02"}]
    await office.as_("commune_officer").post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"})

    answer = await office.as_("owner").patch(f"/dossiers/{id}", {"case_kind": "upgrade"})

    refused(answer, 409, "case-kind-settled")


async def test_what_the_council_asks_for_is_in_the_version_it_then_has(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id))
    secretary, owner = office.as_("council_secretary"), office.as_("owner")
    items = [{"paper": "extra_test", "name": "Kiểm nghiệm thêm"}]

    asked = await secretary.post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"})
    changed = await owner.patch(f"/dossiers/{id}", {"form": {"evidence": ["business_registration", "test_results"]}})
    answered = await owner.post(
        f"/dossiers/{id}/supplements/1/answers", {"answers": [{"name": "Kiểm nghiệm thêm", "answer": "Đã nộp."}]}
    )

    assert [asked.json()["state"], changed.json()["state"], answered.json()["state"]] == [
        "council_supplement",
        "council_supplement",
        "scoring",
    ]
    assert types(office, id)[-2:] == ["supplement.answered", "dossier.submitted"]
    renewed = json.loads(office.spoken(id)[-1]["data"])
    assert (renewed["attempt"], renewed["manifest_version"]) == (1, 2)


async def test_a_score_closes_what_the_council_had_asked_for(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id), sequence=1)
    items = [{"paper": "extra_test", "name": "Kiểm nghiệm thêm"}]
    await office.as_("agency").post(f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"})

    await office.hear(fact(ScoreFinalized, id, potential_five_star=True), sequence=2)
    await office.on(date(2026, 12, 2))
    forwarded = (await office.as_("agency").post(f"/dossiers/{id}/forwarding", PACKAGE)).json()

    assert forwarded["to"] == "00"
    assert (await view(office, id))["state"] == "forwarded"
    assert "supplement.lapsed" not in types(office, id)


async def test_after_the_score_the_councils_secretary_asks_for_nothing_more(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id), sequence=1)
    await office.hear(fact(ScoreFinalized, id), sequence=2)
    items = [{"paper": "extra_test", "name": "Kiểm nghiệm thêm"}]

    answer = await office.as_("council_secretary").post(
        f"/dossiers/{id}/supplements", {"items": items, "until": "2026-12-01"}
    )

    refused(answer, 409, "move-not-allowed")


async def test_the_package_goes_to_the_centre_once_and_whole(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(ScoreFinalized, id, potential_five_star=True))
    agency = office.as_("agency")

    lacking = await agency.post(f"/dossiers/{id}/forwarding", {"letter": PACKAGE["letter"]})
    first = await agency.post(f"/dossiers/{id}/forwarding", PACKAGE, key="k1")
    again = await agency.post(f"/dossiers/{id}/forwarding", PACKAGE, key="k1")
    other = await agency.post(f"/dossiers/{id}/forwarding", PACKAGE, key="k2")

    assert refused(lacking, 409, "package-incomplete") == ["/approval_decision", "/advisory_report", "/council_report"]
    assert again.json() == first.json()
    refused(other, 409, "move-not-allowed")
    assert [json.loads(entry["data"])["to"] for entry in office.spoken(id)] == ["37", "00"]
    assert (await view(office, id))["package"]["approval_decision"]["number"] == "12/BC"
    assert (await view(office, id, "owner"))["package"] is None


async def test_the_agency_ends_a_case_with_a_ground_and_keeps_the_reasons_here(office: Office) -> None:
    stopped, faulty = await office.moved_to("received"), await office.moved_to("registered")
    agency = office.as_("agency")

    one = await agency.post(f"/dossiers/{stopped}/stop", {"ground": "production_stopped", "reason": "Bà An thôi làm"})
    two = await agency.post(f"/dossiers/{faulty}/disqualification", {"ground": "forged_file", "reason": "Giấy giả"})

    assert [one.json()["state"], two.json()["state"]] == ["stopped", "disqualified"]
    assert [types(office, id)[-1] for id in (stopped, faulty)] == ["dossier.stopped", "dossier.disqualified"]
    assert not any("Bà An" in entry["data"].decode() for entry in office.spoken(stopped))
    assert (await view(office, stopped, "owner"))["ended"]["reason"] == "Bà An thôi làm"
    refused(await agency.post(f"/dossiers/{stopped}/stop", {"ground": "other", "reason": "x"}), 409, "dossier-closed")


async def test_a_case_the_council_has_stopped_is_concluded_by_the_agency_and_then_told(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationStopped, id))
    before = (await view(office, id, "owner"))["state"]

    answer = await office.as_("agency").post(
        f"/dossiers/{id}/disqualification", {"ground": "council_concluded", "reason": "Biên bản BB-1"}
    )

    assert (before, answer.json()["state"]) == ("scoring", "disqualified")
    assert (await view(office, id, "owner"))["state"] == "disqualified"


async def test_a_closed_case_is_nobodys_deadline(office: Office) -> None:
    id = await office.moved_to("received")

    await office.as_("owner").post(f"/dossiers/{id}/withdrawal", {"reason": "Thôi"})

    assert (await view(office, id))["deadlines"] == []
    assert "due" not in office.port.documents[id]


async def test_the_rounds_say_until_when_lodging_is_safe(office: Office) -> None:
    rounds = (await office.as_("owner").get("/rounds")).json()["items"]

    assert [(each["year"], each["name"], each["last_proposal"], each["last_safe_lodging"]) for each in rounds[:2]] == [
        (2027, "1", "2027-04-29", "2027-04-07"),
        (2027, "2", "2027-10-29", "2027-10-08"),
    ]


async def test_a_register_is_the_communes_own(office: Office) -> None:
    await office.moved_to("registered")

    other = await office.as_("commune_officer", commune="14401").get("/registers/registration?year=2026&commune=14362")
    province = (await office.as_("agency").get("/registers/registration?year=2026")).json()

    refused(other, 404, "not-found")
    assert [each["number"] for each in province["items"]] == [1]


async def test_a_communes_officer_enters_and_lodges_the_dossier_of_an_owner_without_an_account(office: Office) -> None:
    officer = office.as_("commune_officer", commune="14362")
    owner_id = (await officer.post("/owners", OWNER)).json()["id"]
    product = (await officer.post("/products", PRODUCT | {"owner_id": owner_id})).json()["id"]
    new = {"product_id": product, "case_kind": "first", "form": ANSWERS}

    id = (await officer.post("/dossiers", new)).json()["id"]
    paper = (await officer.post(f"/dossiers/{id}/evidence", {"kind": "market"})).json()["id"]
    filed = await officer.send(f"/dossiers/{id}/evidence/{paper}/content?file_name=a.pdf", PDF)
    lodged = await officer.post(f"/dossiers/{id}/lodging")
    received = await officer.post(f"/dossiers/{id}/receipt", {"samples": 5})

    assert (filed.status_code, lodged.status_code, received.json()["state"]) == (200, 200, "commune_review")
    other = office.as_("commune_officer", commune="14401")
    refused(await other.post("/dossiers", new), 404, "not-found")

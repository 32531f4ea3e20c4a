"""Dossiers over HTTP: the way of a dossier, what each may know, and every kind of bad input."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from services.dossier.events.heard import (
    EvaluationOpened,
    EvaluationStopped,
    OfProvince,
    ResultAnnounced,
    ScoreFinalized,
)
from tests.services.dossier.builders import ANSWERS
from tests.services.dossier.facts import fact
from tests.services.dossier.office import PACKAGE, Office, refused


async def state(office: Office, id: str, role: str = "owner") -> Any:
    return (await office.as_(role).get(f"/dossiers/{id}")).json()["state"]


async def test_a_dossier_is_opened_changed_and_submitted_by_its_owner(office: Office) -> None:
    owner = office.as_("owner")
    product_id = await office.product()

    opened = await owner.post("/dossiers", {"product_id": product_id, "case_kind": "first"})
    id = opened.json()["id"]
    changed = await owner.patch(f"/dossiers/{id}", {"form": ANSWERS})
    submitted = await owner.post(f"/dossiers/{id}/submission")

    assert (opened.status_code, opened.json()["state"]) == (201, "draft")
    assert (changed.status_code, changed.json()["id"], changed.json()["state"]) == (200, id, "draft")
    receipt = submitted.json()
    assert submitted.status_code == 200
    assert receipt == {
        "id": id,
        "state": "submitted",
        "to": "37",
        "attempt": 1,
        "manifest_version": 1,
        "manifest_hash": receipt["manifest_hash"],
        "received_on": "2026-11-21",
    }


async def test_a_submission_is_spoken_without_a_word_about_persons(office: Office) -> None:
    id = await office.submitted()

    (event,) = office.spoken(id)
    view = (await office.as_("owner").get(f"/dossiers/{id}")).json()
    assert (event["type"], event["stream"]) == ("vn.ocop.dossier.submitted.v1", "dossiers")
    assert json.loads(event["data"]) == {
        "to": "37",
        "attempt": 1,
        "product": {"id": view["product_id"], "name": "Dứa sấy dẻo"},
        "owner_id": "htx-1",
        "commune": "14362",
        "product_set": "processed-produce",
        "case_kind": "first",
        "manifest_version": 1,
        "manifest_hash": hashlib.sha256(view["submissions"][0]["manifest"].encode()).hexdigest(),
        "received_on": "2026-11-21",
        "evidence": ["evidence-business-registration", "evidence-product-story"],
        "owner_kind": "cooperative",
    }


async def test_the_day_of_a_submission_is_that_of_vietnam(office: Office) -> None:
    id = await office.dossier()
    office.clock.turn(timedelta(hours=13))

    receipt = (await office.as_("owner").post(f"/dossiers/{id}/submission")).json()

    assert receipt["received_on"] == "2026-11-22"


async def test_an_incomplete_dossier_is_refused_with_every_lack_in_the_readers_language(office: Office) -> None:
    product_id = await office.product()
    id = (await office.as_("owner").post("/dossiers", {"product_id": product_id, "case_kind": "first"})).json()["id"]

    answer = await office.as_("owner", language="vi").post(f"/dossiers/{id}/submission")

    assert refused(answer, 409, "dossier-incomplete") == [
        "/form/description",
        "/form/material_origin",
        "/form/local_labour",
        "/form/idea_origin",
        "/form/local_identity",
        "/form/evidence",
    ]
    assert "còn thiếu 6 mục" in answer.json()["detail"]
    assert await state(office, id) == "draft"


async def test_a_repeated_submission_under_one_key_gives_the_first_answer_and_speaks_once(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")

    first = await owner.post(f"/dossiers/{id}/submission", key="k1")
    again = await owner.post(f"/dossiers/{id}/submission", key="k1")
    other = await owner.post(f"/dossiers/{id}/submission", {"to": "37"}, key="k1")
    fresh = await owner.post(f"/dossiers/{id}/submission", key="k2")

    assert again.json() == first.json()
    refused(other, 422, "key-reused")
    refused(fresh, 409, "dossier-unchanged")
    assert len(office.spoken(id)) == 1


async def test_a_repeated_opening_under_one_key_opens_once(office: Office) -> None:
    owner, new = office.as_("owner"), {"product_id": await office.product(), "case_kind": "first"}

    first = await owner.post("/dossiers", new, key="k1")
    again = await owner.post("/dossiers", new, key="k1")
    other = await owner.post("/dossiers", new | {"case_kind": "upgrade"}, key="k1")
    fresh = await owner.post("/dossiers", new, key="k2")

    assert (again.status_code, again.json()) == (201, first.json())
    refused(other, 422, "key-reused")
    refused(fresh, 409, "product-has-open-dossier")
    assert first.json()["id"] in fresh.json()["detail"]


async def test_a_withdrawal_tells_others_its_ground_and_never_the_words(office: Office) -> None:
    id = await office.submitted()

    answer = await office.as_("owner").post(
        f"/dossiers/{id}/withdrawal", {"reason": "Bà Nguyễn Thị An ốm", "ground": "production_stopped"}
    )

    event = json.loads(office.spoken(id)[-1]["data"])
    assert answer.json() == {"id": id, "state": "withdrawn"}
    assert (event["to"], event["attempt"], event["reason"]) == ("37", 1, "production_stopped")
    assert event["withdrawn_on"] == "2026-11-21"
    assert not any(b"Nguy" in entry["data"] for entry in office.spoken(id))


async def test_a_draft_that_is_withdrawn_was_before_no_council(office: Office) -> None:
    id = await office.dossier()

    await office.as_("owner").post(f"/dossiers/{id}/withdrawal", {"reason": "Nhầm"})

    event = json.loads(office.spoken(id)[-1]["data"])
    assert (event["to"], event["attempt"]) == (None, None)


async def test_the_words_of_a_withdrawal_are_for_the_agency(office: Office) -> None:
    id = await office.dossier()
    await office.as_("owner").post(f"/dossiers/{id}/withdrawal", {"reason": "Bà An ốm"})

    told = {
        role: (await office.as_(role).get(f"/dossiers/{id}")).json()["withdrawn"]["reason"]
        for role in ("agency", "observer")
    }

    assert told == {"agency": "Bà An ốm", "observer": None}


@pytest.mark.parametrize("role", ["owner", "commune_officer", "observer", "council_member"])
@pytest.mark.parametrize("hidden", [ScoreFinalized, EvaluationStopped])
async def test_before_the_announcement_only_the_agency_knows_a_councils_result(
    office: Office, role: str, hidden: type[OfProvince]
) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id), sequence=1)
    before = (await office.as_(role).get(f"/dossiers/{id}")).json()

    await office.hear(fact(hidden, id), sequence=2)

    after = (await office.as_(role).get(f"/dossiers/{id}")).json()
    known = (await office.as_("agency").get(f"/dossiers/{id}")).json()
    assert after == before
    assert (after["state"], after["evaluations"]) == ("scoring", [])
    assert known["state"] in ("scored", "scoring_stopped")
    assert len(known["evaluations"]) == 1


async def test_the_announced_result_is_told_to_the_owner_with_what_was_missing(office: Office) -> None:
    id = await office.submitted()

    await office.hear(fact(ResultAnnounced, id, outcome="not_recognised", stars=2), subject="rec-1")

    view = (await office.as_("owner").get(f"/dossiers/{id}")).json()
    assert view["state"] == "not_recognised"
    assert view["results"][0]["failed_minimums"] == [{"star": 4, "criterion": "3.5", "needed": 2, "had": 1}]


async def test_a_list_shows_and_filters_only_what_its_reader_may_know(office: Office) -> None:
    scored, drafted = await office.submitted(), await office.dossier()
    await office.hear(fact(ScoreFinalized, scored))

    async def listed(role: str, query: str) -> dict[str, str]:
        answer = await office.as_(role).get(f"/dossiers{query}")
        return {each["id"]: each["state"] for each in answer.json()["items"]}

    assert await listed("agency", "") == {scored: "scored", drafted: "draft"}
    assert await listed("owner", "") == {scored: "scoring", drafted: "draft"}
    assert await listed("agency", "?state=scored") == {scored: "scored"}
    assert await listed("owner", "?state=scored") == {}
    assert await listed("owner", "?state=scoring") == {scored: "scoring"}


async def test_a_list_goes_on_from_its_cursor(office: Office) -> None:
    ids = [await office.dossier() for _ in range(3)]

    first = (await office.as_("owner").get("/dossiers?limit=2")).json()
    second = (await office.as_("owner").get(f"/dossiers?limit=2&after={first['next']}")).json()

    assert [each["id"] for page in (first, second) for each in page["items"]] == sorted(ids)
    assert second["next"] is None


@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({"role": "owner"}, 200),
        ({"role": "owner", "organisation": "htx-2"}, 404),
        ({"role": "agency"}, 200),
        ({"role": "agency", "authority": "38"}, 404),
        ({"role": "commune_officer", "commune": "14362"}, 200),
        ({"role": "commune_officer", "commune": "14401"}, 404),
        ({"role": "owner", "stage": "lodging"}, 200),
        ({"role": "council_member", "stage": "scoring"}, 200),
        ({"role": "service"}, 403),
        ({"role": "operator"}, 403),
    ],
)
async def test_each_reads_within_the_reach_of_the_appointment(
    office: Office, asker: dict[str, str], status: int
) -> None:
    id = await office.dossier()

    answer = await office.as_(**asker).get(f"/dossiers/{id}")  # type: ignore[arg-type]

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"case_kind": "upgrade"}),
        ("POST", "/submission", None),
        ("POST", "/withdrawal", {"reason": "Nhầm"}),
    ],
)
@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({"role": "owner", "organisation": "htx-2"}, 404),
        ({"role": "agency", "authority": "38"}, 404),
        ({"role": "observer"}, 403),
        ({"role": "council_member"}, 403),
        ({"role": "owner", "stage": "scoring"}, 403),
    ],
)
async def test_nobody_changes_what_is_not_theirs_to_change(
    office: Office, method: str, path: str, body: object, asker: dict[str, str], status: int
) -> None:
    id = await office.dossier()
    before = dict(office.port.documents[id])

    answer = await office.as_(**asker).ask(method, f"/dossiers/{id}{path}", body)  # type: ignore[arg-type]

    assert answer.status_code == status
    assert office.port.documents[id] == before


async def test_an_owner_cannot_learn_a_score_by_asking_for_the_centre(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(ScoreFinalized, id, potential_five_star=True, stars=4))

    answer = await office.as_("owner").post(f"/dossiers/{id}/forwarding", PACKAGE)

    refused(answer, 403, "move-of-others")


async def test_the_agency_sends_a_potential_five_star_to_the_centre_and_the_owner_sees_no_difference(
    office: Office,
) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id), sequence=1)
    await office.hear(fact(ScoreFinalized, id, potential_five_star=True, stars=4), sequence=2)
    before = (await office.as_("owner").get(f"/dossiers/{id}")).json()

    receipt = (await office.as_("agency").post(f"/dossiers/{id}/forwarding", PACKAGE)).json()

    assert (receipt["to"], receipt["attempt"], receipt["manifest_version"]) == ("00", 1, 1)
    assert json.loads(office.spoken(id)[-1]["data"])["to"] == "00"
    assert (await office.as_("owner").get(f"/dossiers/{id}")).json() == before


async def test_a_withdrawal_that_repeats_itself_is_refused_under_another_key(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")

    first = await owner.post(f"/dossiers/{id}/withdrawal", {"reason": "Nhầm"}, key="k1")
    again = await owner.post(f"/dossiers/{id}/withdrawal", {"reason": "Nhầm"}, key="k1")
    fresh = await owner.post(f"/dossiers/{id}/withdrawal", {"reason": "Nhầm"}, key="k2")

    assert again.json() == first.json()
    refused(fresh, 409, "dossier-closed")
    assert len(office.spoken(id)) == 1


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/product_id", "/case_kind"]),
        ({"product_id": 7, "case_kind": "first"}, ["/product_id"]),
        ({"product_id": "p", "case_kind": "renewal"}, ["/case_kind"]),
        ({"product_id": "p", "case_kind": "first", "colour": "red"}, ["/colour"]),
        ({"product_id": "p", "case_kind": "first", "form": {"price": 1}}, ["/form/price"]),
        ({"product_id": "p", "case_kind": "first", "form": {"description": ""}}, ["/form/description"]),
        ({"product_id": "p", "case_kind": "first", "form": {"description": "x" * 2001}}, ["/form/description"]),
        ({"product_id": "p", "case_kind": "first", "form": {"description": "a\u202eb"}}, ["/form/description"]),
        ({"product_id": "p", "case_kind": "first", "form": {"self_score": 101}}, ["/form/self_score"]),
        ({"product_id": "p", "case_kind": "first", "form": {"self_score": "70"}}, ["/form/self_score"]),
        ({"product_id": "p", "case_kind": "first", "form": {"self_score": True}}, ["/form/self_score"]),
        ({"product_id": "p", "case_kind": "first", "form": {"evidence": ["photo"]}}, ["/form/evidence/0"]),
        ({"product_id": "p", "case_kind": "first", "form": {"evidence": None}}, ["/form/evidence"]),
        ({"product_id": "p", "case_kind": "first", "form": []}, ["/form"]),
        ([], [""]),
        ("text", [""]),
    ],
)
async def test_a_flawed_opening_is_refused_place_by_place(office: Office, body: object, pointers: list[str]) -> None:
    answer = await office.as_("owner").post("/dossiers", body)

    assert refused(answer, 422, "request-invalid") == pointers
    assert office.port.documents == {}


async def test_a_dossier_for_a_product_that_is_not_there_is_refused(office: Office) -> None:
    answer = await office.as_("owner").post("/dossiers", {"product_id": "nothing", "case_kind": "first"})

    refused(answer, 404, "not-found")


async def test_of_two_officers_who_change_one_form_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    id = await office.dossier()
    one, other = office.as_("commune_officer", commune="14362"), office.as_("agency")
    read = (await one.get(f"/dossiers/{id}")).json()["form_hash"]

    first = await one.patch(f"/dossiers/{id}", {"form": {"description": "Dứa sấy dẻo."}, "form_read": read})
    second = await other.patch(f"/dossiers/{id}", {"form": {"description": "Dứa sấy giòn."}, "form_read": read})
    again = await one.patch(
        f"/dossiers/{id}", {"form": {"history": "Từ năm 2019."}, "form_read": first.json()["form_hash"]}
    )

    refused(second, 409, "form-changed-meanwhile")
    assert (first.status_code, again.status_code) == (200, 200)
    view = (await other.get(f"/dossiers/{id}")).json()
    assert (view["form"]["description"], view["form"]["history"]) == ("Dứa sấy dẻo.", "Từ năm 2019.")
    assert view["form_hash"] == again.json()["form_hash"]


@pytest.mark.parametrize(
    ("body", "status", "type"),
    [
        ({}, 422, "nothing-to-change"),
        ({"form": {"history": "Từ 2019."}, "form_read": "abc"}, 422, "request-invalid"),
        ({"form": {}}, 422, "nothing-to-change"),
        ({"case_kind": None}, 422, "nothing-to-change"),
        ({"state": "recognised"}, 422, "request-invalid"),
        ({"form": {"description": 5}}, 422, "request-invalid"),
    ],
)
async def test_a_flawed_change_is_refused(office: Office, body: object, status: int, type: str) -> None:
    id = await office.dossier()

    refused(await office.as_("owner").patch(f"/dossiers/{id}", body), status, type)


@pytest.mark.parametrize(
    ("to", "status", "type"),
    [
        ("38", 422, "council-elsewhere"),
        ("00", 422, "council-elsewhere"),
        ("3", 422, "request-invalid"),
        ("３７", 422, "request-invalid"),
        (37, 422, "request-invalid"),
    ],
)
async def test_a_submission_to_somewhere_else_is_refused(office: Office, to: object, status: int, type: str) -> None:
    id = await office.dossier()

    answer = await office.as_("agency").post(f"/dossiers/{id}/submission", {"to": to})

    assert refused(answer, status, type) == ["/to"]
    assert await state(office, id) == "draft"


@pytest.mark.parametrize("body", [{}, {"reason": "  "}, {"reason": None}, {"reason": "x", "ground": "because"}])
async def test_a_withdrawal_without_a_reason_is_refused(office: Office, body: object) -> None:
    id = await office.dossier()

    refused(await office.as_("owner").post(f"/dossiers/{id}/withdrawal", body), 422, "request-invalid")


async def test_a_product_that_was_recognised_is_not_called_new_by_a_change(office: Office) -> None:
    first = await office.submitted()
    await office.hear(fact(ResultAnnounced, first), subject="rec-1")
    product_id = (await office.dossiers.get(first)).product_id
    new = {"product_id": product_id, "case_kind": "upgrade", "form": ANSWERS}
    second = (await office.as_("owner").post("/dossiers", new)).json()["id"]

    answer = await office.as_("owner").patch(f"/dossiers/{second}", {"case_kind": "first"})

    refused(answer, 409, "product-recognised")


async def test_a_database_that_is_away_is_said_so_and_the_same_key_goes_through_later(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    office.port.away = True

    away = await owner.post(f"/dossiers/{id}/submission", key="k1")
    office.port.away = False
    back = await owner.post(f"/dossiers/{id}/submission", key="k1")

    assert (away.status_code, away.headers["retry-after"]) == (503, "2")
    assert back.json()["state"] == "submitted"

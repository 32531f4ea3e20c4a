"""A revocation in question: proposed by commune or inspection, decided within fifteen days, watched."""

from typing import Any

import pytest

from services.certification.timers import watch
from tests.services.certification.office import Office, Process, act, certified, revocation

EVIDENCE = [{"title": "Biên bản xác nhận ngừng sản xuất", "sha256": "a" * 64}]


@pytest.fixture
def office() -> Office:
    return Office()


async def propose(
    office: Office, number: str, commune: str = "14371", process: Process | None = None, **changed: Any
) -> Any:
    body = {
        "certificate": number,
        "ground": "production_ended",
        "confirmed_on": "2026-11-21",
        "evidence": EVIDENCE,
    } | changed
    async with (process or office.process).as_("commune_officer", commune=commune) as client:
        return await client.post("/proposals", json=body, headers={"Idempotency-Key": "k"})


async def ring(office: Office) -> None:
    cases, now = office.process.cases, office.clock()
    for id in await cases.due(now, 100):
        await cases.change(id, lambda held: watch(held, now))


async def test_a_commune_proposes_and_the_chair_decides_within_fifteen_days(office: Office) -> None:
    (number,) = await certified(office, 1)
    proposed = await propose(office, number)
    repeated = await propose(office, number)
    id = proposed.json()["id"]

    answer = await office.process.post("chair", "/revocations", revocation(number, cases=[id]))

    assert (proposed.status_code, proposed.json()["decide_by"]) == (201, "2026-12-06")
    assert repeated.json() == proposed.json() and answer.status_code == 201
    (case,) = (await office.process.get("observer", "/cases")).json()["items"]
    assert (case["state"], case["closed_by"], case["overdue"]) == ("revoked", "500/QĐ-UBND", False)


async def test_nobody_deciding_is_told_once_on_the_sixteenth_day(office: Office) -> None:
    (number,) = await certified(office, 1)
    await propose(office, number)

    for _ in range(15):
        await office.turn(days=1)
        await ring(office)
    in_time = len(office.spoken("revocation.overdue"))
    for _ in range(3):
        await office.turn(days=1)
        await ring(office)

    assert (in_time, len(office.spoken("revocation.overdue"))) == (0, 1)
    (case,) = (await office.process.get("agency", "/cases?state=open")).json()["items"]
    assert case["overdue"] is True


async def test_a_rejected_proposal_names_its_reason_and_is_no_ground_any_more(office: Office) -> None:
    (number,) = await certified(office, 1)
    id = (await propose(office, number)).json()["id"]

    closed = await office.process.post("agency", f"/cases/{id}/rejection", {"reason": "Cơ sở vẫn sản xuất."})
    answer = await office.process.post("chair", "/revocations", revocation(number, cases=[id]))

    assert (closed.json()["state"], answer.status_code) == ("rejected", 409)
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["/cases/0"]


async def test_a_commune_proposes_for_its_own_products_only(office: Office) -> None:
    (number,) = await certified(office, 1)

    answers = [(await propose(office, number, commune="14380")).status_code]
    answers += [(await propose(office, "37-2026-9-001")).status_code]
    answers += [(await propose(office, number, confirmed_on="2026-11-22")).status_code]

    assert answers == [404, 404, 422]


def inspection(*numbers: str) -> dict[str, Any]:
    return {
        "occasion": "periodic",
        "on": "2026-11-21",
        "team": ["Chi cục PTNT", "Đoàn liên ngành an toàn thực phẩm"],
        "members": 5,
        "certificates": list(numbers),
    }


def finding(number: str, **changed: Any) -> dict[str, Any]:
    return {
        "certificate": number,
        "criteria_met": True,
        "mark_used_rightly": True,
        "note": "Cơ bản tuân thủ.",
        "follow_up": "none",
    } | changed


async def test_an_inspection_is_held_against_the_rated_file_and_its_conclusion_opens_a_case(office: Office) -> None:
    id = await office.score(1, manifest_hash="f" * 64)
    decided = {"number": "123", "decided_on": "2026-11-20", "signer": act()["signer"]}
    items = [{"evaluation_id": id, "outcome": "recognised", "stars": 3}]
    await office.process.post("chair", "/decisions", decided | {"items": items})
    await office.deliver()
    (other,) = await certified(office, 2, number="124")
    number = "37-2026-123-001"
    planned = (await office.process.post("agency", "/inspections", inspection(number, other))).json()
    bad = finding(number, criteria_met=False, follow_up="revoke", ground="criteria_not_met")
    body = {"concluded_on": "2026-11-21", "text": "Kết luận 12/KL", "findings": [bad, finding(other)]}
    path = f"/inspections/{planned['id']}/conclusion"

    first = await office.process.post("agency", path, body, key="k")
    again = await office.process.post("agency", path, body, key="k")
    edited = await office.process.post("agency", path, body)

    assert planned["products"][0]["manifest_hash"] == "f" * 64
    assert [first.status_code, again.status_code, edited.status_code] == [200, 200, 409]
    (case,) = (await office.process.get("chair", "/cases")).json()["items"]
    assert (case["origin"], case["certificate"], case["ground"]) == ("inspection", number, "criteria_not_met")


async def test_a_conclusion_names_every_product_once_with_what_follows(office: Office) -> None:
    one, two = await certified(office, 1, 2)
    id = (await office.process.post("agency", "/inspections", inspection(one, two))).json()["id"]
    wrong = [finding(one, follow_up="revoke"), finding(one, remedy_by="2026-12-01")]

    answer = await office.process.post(
        "agency",
        f"/inspections/{id}/conclusion",
        {"concluded_on": "2026-11-21", "text": "Kết luận", "findings": wrong},
    )

    pointers = [flaw["pointer"] for flaw in answer.json()["errors"]]
    assert pointers == ["/findings/0/ground", "/findings/1/certificate", "/findings/1/remedy_by", "/findings"]


@pytest.mark.parametrize("lives", range(5))
async def test_a_conclusion_whose_process_dies_is_followed_up_by_a_worker(office: Office, lives: int) -> None:
    one, two = await certified(office, 1, 2)
    id = (await office.process.post("agency", "/inspections", inspection(one, two))).json()["id"]
    bad = [finding(each, follow_up="revoke", ground="law_breach") for each in (one, two)]
    body = {"concluded_on": "2026-11-21", "text": "Kết luận", "findings": bad}

    await office.start(lives=lives).post("agency", f"/inspections/{id}/conclusion", body, key="k")
    await office.turn(seconds=6)
    await office.start().resume()
    await office.process.post("agency", f"/inspections/{id}/conclusion", body, key="k")

    cases = (await office.process.get("chair", "/cases")).json()["items"]
    assert sorted(case["certificate"] for case in cases) == [one, two]

"""A complaint is settled within thirty days, and an upheld one leads to an annulment."""

from typing import Any

import pytest

from tests.services.certification.office import Office, act, certified


@pytest.fixture
def office() -> Office:
    return Office()


def complaint(*numbers: str, **changed: Any) -> dict[str, Any]:
    body = {"number": 7, "received_on": "2026-11-21", "subject": "Kết quả đánh giá", "certificates": list(numbers)}
    return body | changed


def outcome(what: str = "upheld", **changed: Any) -> dict[str, Any]:
    return {"outcome": what, "settled_on": "2026-11-21", "document": "15/QĐ-GQKN", "reason": "Đúng một phần."} | changed


async def test_an_upheld_complaint_waits_for_the_annulment_that_names_it(office: Office) -> None:
    (number,) = await certified(office, 1)
    id = (await office.process.post("agency", "/complaints", complaint(number))).json()["id"]
    annulment = act(number, ground="complaint_upheld", complaint=id)

    too_early = await office.process.post("chair", "/annulments", annulment)
    settled = (await office.process.post("agency", "/complaints/2026/7/outcome", outcome())).json()
    answer = await office.process.post("chair", "/annulments", annulment)

    assert (too_early.status_code, answer.status_code) == (409, 201)
    assert (settled["settle_by"], settled["annulment_due"]) == ("2026-12-21", True)
    (met,) = (await office.process.get("observer", "/complaints")).json()["items"]
    assert (met["annulled_by"], met["annulment_due"]) == ("500/QĐ-UBND", False)


async def test_one_that_nobody_settles_is_overdue_after_thirty_days(office: Office) -> None:
    await office.process.post("agency", "/complaints", complaint())

    await office.turn(days=30)
    in_time = (await office.process.get("agency", "/complaints")).json()["items"][0]["overdue"]
    await office.turn(days=1)
    late = (await office.process.get("agency", "/complaints")).json()["items"][0]["overdue"]

    assert (in_time, late) == (False, True)


async def test_a_number_of_the_register_and_an_outcome_are_given_once(office: Office) -> None:
    await office.process.post("agency", "/complaints", complaint())
    await office.process.post("agency", "/complaints/2026/7/outcome", outcome("dismissed"))

    again = await office.process.post("agency", "/complaints", complaint())
    changed = await office.process.post("agency", "/complaints/2026/7/outcome", outcome())

    assert (again.status_code, changed.status_code) == (409, 409)


@pytest.mark.parametrize("on", ["2026-11-20", "2026-11-22"])
async def test_it_is_not_settled_before_it_came_nor_in_advance(office: Office, on: str) -> None:
    await office.process.post("agency", "/complaints", complaint())

    answer = await office.process.post("agency", "/complaints/2026/7/outcome", outcome(settled_on=on))

    assert answer.status_code == 422

"""Certification over HTTP: who decides and sees what, and what bad input is answered."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from services.certification.domain.decision import MOST_ATTEMPTS_KEPT
from tests.services.certification.office import DECIDED_ON, Office, decision, handover

NUMBERS = [f"37-2026-123-{n:03d}" for n in range(1, 15)]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest_asyncio.fixture
async def decided(office: Office) -> Office:
    """Fourteen results, of which the decision recognises thirteen."""
    ids = [await office.score(n) for n in range(13)]
    failed = await office.score(13, stars=2)
    body = decision(*ids)
    body["items"].insert(4, {"evaluation_id": failed, "outcome": "not_recognised"})
    answer = await office.process.post("chair", "/decisions", body)
    assert answer.status_code == 201, answer.text
    await office.deliver()
    return office


def pointers(answer: Any) -> list[str]:
    return [flaw["pointer"] for flaw in answer.json()["errors"]]


class TestDeciding:
    async def test_a_decision_over_fourteen_gives_thirteen_certificates_by_place(self, office: Office) -> None:
        ids = [await office.score(n) for n in range(13)]
        failed = await office.score(13, stars=2)
        body = decision(*ids)
        body["items"].insert(4, {"evaluation_id": failed, "outcome": "not_recognised"})

        answer = await office.process.post("chair", "/decisions", body)

        assert answer.status_code == 201
        told = answer.json()
        assert (told["id"], told["number"], told["state"]) == ("decision/37/2026/123", "123/QĐ-UBND", "issued")
        assert [one["number"] for one in told["certificates"]] == NUMBERS[:13]
        assert [one["evaluation_id"] for one in told["certificates"]] == ids

    async def test_before_it_is_announced_nothing_is_told_and_then_each_product_once(self, office: Office) -> None:
        ids = [await office.score(n) for n in range(3)]
        await office.process.post("chair", "/decisions", decision(*ids))
        before = [event.type for _, event in office.spoken()]

        await office.deliver()
        await office.deliver()

        assert before == ["vn.ocop.recognition.decided.v1"]
        assert len(office.spoken("result.announced")) == len(office.spoken("certificate.issued")) == 3

    async def test_the_same_request_again_is_answered_the_same(self, office: Office) -> None:
        body = decision(await office.score(1))

        first = await office.process.post("chair", "/decisions", body, key="k")
        again = await office.process.post("chair", "/decisions", body, key="k")

        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert len(office.spoken("recognition.decided")) == 1

    async def test_another_body_under_one_key_is_refused_even_with_another_number(self, office: Office) -> None:
        body = decision(await office.score(1))
        await office.process.post("chair", "/decisions", body, key="k")

        same_number = await office.process.post("chair", "/decisions", {**body, "decided_on": "2026-11-21"}, key="k")
        other_number = await office.process.post("chair", "/decisions", {**body, "number": "124"}, key="k")

        assert [same_number.status_code, other_number.status_code] == [422, 422]
        assert other_number.json()["type"] == "/problems/key-reused"

    async def test_a_number_used_twice_is_refused(self, office: Office) -> None:
        first, second = await office.score(1), await office.score(2)
        await office.process.post("chair", "/decisions", decision(first))

        answer = await office.process.post("chair", "/decisions", decision(second))

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/decision-number-taken")
        assert office.states() == ["announced", "waiting"] or office.states() == ["reserved", "waiting"]

    async def test_a_refused_decision_names_each_item_and_decides_nothing(self, office: Office) -> None:
        good, low, other = await office.score(1), await office.score(2, stars=3), await office.score(3, authority="38")
        await office.score(4, stars=4)
        await office.withdraw(4)
        body = decision(good, low, other, "evaluation-004", "no-such", good)
        body["items"][1]["stars"] = 4

        answer = await office.process.post("chair", "/decisions", body, key="k")
        again = await office.process.post("chair", "/decisions", body, key="k")

        assert answer.status_code == 409
        assert pointers(answer) == ["/items/5/evaluation_id"]
        assert {**again.json(), "correlation_id": ""} == {**answer.json(), "correlation_id": ""}
        body["items"].pop()
        answer = await office.process.post("chair", "/decisions", body)
        assert "errors" in answer.json(), answer.text
        assert pointers(answer) == [
            "/items/1/stars",
            "/items/2/evaluation_id",
            "/items/3/evaluation_id",
            "/items/4/evaluation_id",
        ]
        assert office.states() == ["waiting", "waiting", "waiting", "withdrawn"]
        assert office.spoken() == []

    async def test_a_refused_decision_is_sent_again_mended_under_its_number(self, office: Office) -> None:
        id = await office.score(1, stars=3)
        refused = await office.process.post("chair", "/decisions", decision(id, stars=4), key="k1")

        mended = await office.process.post("chair", "/decisions", decision(id), key="k2")
        again = await office.process.post("chair", "/decisions", decision(id, stars=4), key="k1")

        assert (refused.status_code, mended.status_code, again.status_code) == (409, 201, 409)
        assert pointers(again) == ["/items/0/stars"]
        shown = (await office.process.get("chair", "/decisions/123?year=2026")).json()
        assert (shown["state"], shown["attempt"], shown["items"][0]["certificate_number"]) == (
            "issued",
            2,
            NUMBERS[0],
        )

    async def test_a_repeat_of_an_attempt_long_refused_is_never_answered_as_issued(self, office: Office) -> None:
        id = await office.score(1)
        for n in range(MOST_ATTEMPTS_KEPT + 2):
            await office.process.post("chair", "/decisions", decision(id, stars=4), key=f"k{n}")
        await office.process.post("chair", "/decisions", decision(id))

        again = await office.process.post("chair", "/decisions", decision(id, stars=4), key="k0")

        assert (again.status_code, again.json()["type"]) == (409, "/problems/attempt-forgotten")

    @pytest.mark.parametrize(
        ("changed", "status", "pointer"),
        [
            ({"number": "0123"}, 422, "/number"),
            ({"number": "123/QĐ-TTg"}, 422, "/number"),
            ({"number": "123/QĐ-BNNMT"}, 422, "/number"),
            ({"decided_on": "2026-02-30"}, 422, "/decided_on"),
            ({"decided_on": "2026-11-22"}, 422, None),
            ({"items": []}, 422, "/items"),
            ({"signer": {"name": "A"}}, 422, "/signer/position"),
            ({"annulled": True}, 422, "/annulled"),
            ({"decided_on": "2026-10-31"}, 409, "/items/0/evaluation_id"),
        ],
        ids=[
            "leading zero",
            "malformed symbol",
            "another issuer's symbol",
            "no such day",
            "tomorrow",
            "no items",
            "no position",
            "unknown field",
            "before the score",
        ],
    )
    async def test_bad_input_is_answered_with_its_place(
        self, office: Office, changed: dict[str, Any], status: int, pointer: str | None
    ) -> None:
        body = decision(await office.score(1)) | changed

        answer = await office.process.post("chair", "/decisions", body)

        assert answer.status_code == status, answer.text
        assert pointer is None or pointers(answer) == [pointer]
        assert office.states() == ["waiting"] and office.spoken() == []

    @pytest.mark.parametrize("role", ["agency", "observer", "council_chair", "owner", "service"])
    async def test_only_the_chair_decides(self, office: Office, role: str) -> None:
        body = decision(await office.score(1))
        async with office.process.as_(role, organisation="owner-1") as client:
            answer = await client.post("/decisions", json=body)

        assert answer.status_code == 403

    async def test_the_centre_gives_five_stars_to_a_provinces_product(self, office: Office) -> None:
        id = await office.score(1, stars=5, authority="00")

        answer = await office.process.post("chair", "/decisions", decision(id, stars=5), authority="00")
        await office.deliver()

        assert answer.json()["number"] == "123/QĐ-BNNMT"
        issued = office.spoken("certificate.issued")[0][1]
        assert b'"province":"37"' in issued.data and b'"number":"00-2026-123-001"' in issued.data

    async def test_a_withdrawal_after_the_decision_changes_nothing(self, decided: Office) -> None:
        await decided.withdraw(1)

        assert decided.states() == ["announced"] * 14

    async def test_a_reader_of_vietnamese_is_answered_in_vietnamese(self, office: Office) -> None:
        id = await office.score(1)
        async with office.process.as_("chair", language="vi") as client:
            answer = await client.post("/decisions", json=decision(id, stars=4))

        assert "chưa sản phẩm nào được quyết định" in answer.json()["detail"]
        assert answer.json()["errors"][0]["detail"].startswith("Kết quả của hội đồng chỉ đạt 3 sao")


class TestReading:
    async def test_results_are_listed_by_state_and_authority(self, office: Office) -> None:
        for n in range(3):
            await office.score(n)
        await office.score(3, authority="38")
        await office.withdraw(2)

        waiting = (await office.process.get("agency", "/results?state=waiting")).json()
        every = (await office.process.get("chair", "/results?limit=2")).json()
        rest = (await office.process.get("chair", f"/results?limit=2&after={every['next']}")).json()

        assert sorted(one["dossier_id"] for one in waiting["items"]) == ["dossier-000", "dossier-001"]
        assert len(every["items"]) + len(rest["items"]) == 3 and rest["next"] is None

    async def test_no_owner_and_no_observer_sees_a_result(self, office: Office) -> None:
        await office.score(1)

        answers = [(await office.process.get(role, "/results")).status_code for role in ("observer", "commune_officer")]

        assert answers == [403, 403]

    async def test_a_province_does_not_see_anothers_decision(self, decided: Office) -> None:
        mine = await decided.process.get("chair", "/decisions/123?year=2026")
        theirs = await decided.process.get("chair", "/decisions/123?year=2026", authority="38")
        listed = (await decided.process.get("observer", "/decisions")).json()["items"]

        assert (mine.status_code, theirs.status_code) == (200, 404)
        assert mine.json()["signer"]["name"] == "Nguyễn Văn An"
        assert [(one["number"], one["items"], one["certificates"]) for one in listed] == [("123/QĐ-UBND", 14, 13)]

    async def test_the_summary_counts_what_is_there(self, decided: Office) -> None:
        await decided.score(20, case_kind="re_evaluation")
        await decided.process.post("agency", "/handovers", handover(*NUMBERS[:2]))

        told = (await decided.process.get("observer", "/summary")).json()

        assert told["results"] == {"waiting": 1, "reserved": 0, "withdrawn": 0, "announced": 14}
        assert told["announced"] == [
            {"case_kind": "first", "outcome": "not_recognised", "stars": 2, "count": 1},
            {"case_kind": "first", "outcome": "recognised", "stars": 3, "count": 13},
        ]
        assert told["certificates"] == {
            "issued": 13,
            "valid": 13,
            "extended": 0,
            "expired": 0,
            "replaced": 0,
            "revoked": 0,
            "annulled": 0,
            "handed_over": 2,
            "by_stars": {"3": 13},
        }

    async def test_certificates_are_listed_with_their_validity(self, decided: Office) -> None:
        listed = (await decided.process.get("observer", "/certificates?limit=200")).json()["items"]

        assert sorted(one["number"] for one in listed) == NUMBERS[:13]
        assert {one["validity"] for one in listed} == {"valid"}


class TestHandingOver:
    async def test_certificates_are_handed_over_once_and_said_so_once(self, decided: Office) -> None:
        body = handover(*NUMBERS[:3])

        first = await decided.process.post("agency", "/handovers", body, key="k")
        again = await decided.process.post("agency", "/handovers", body, key="k")
        later = await decided.process.post("agency", "/handovers", handover(NUMBERS[2], NUMBERS[3]))

        assert (first.status_code, first.json()["handed_over"], again.json()) == (201, 3, first.json())
        assert pointers(later) == ["/numbers/0"]
        assert len(decided.spoken("handed-over")) == 3

    async def test_a_wrong_number_hands_nothing_over(self, decided: Office) -> None:
        body = handover(NUMBERS[0], "37-2026-999-001", NUMBERS[0])

        answer = await decided.process.post("agency", "/handovers", body)

        assert (answer.status_code, pointers(answer)) == (409, ["/numbers/1", "/numbers/2"])
        assert decided.spoken("handed-over") == []

    @pytest.mark.parametrize(("on", "status"), [(date(2026, 11, 22), 422), (date(2026, 11, 19), 409)])
    async def test_not_before_the_decision_and_not_in_advance(self, decided: Office, on: date, status: int) -> None:
        answer = await decided.process.post("agency", "/handovers", handover(NUMBERS[0], on=on))

        assert answer.status_code == status

    async def test_another_provinces_certificate_cannot_be_handed_over(self, decided: Office) -> None:
        answer = await decided.process.post("agency", "/handovers", handover(NUMBERS[0]), authority="38")

        assert answer.status_code == 409


class TestLookingUp:
    async def test_anybody_learns_that_a_certificate_is_valid_and_to_when(self, decided: Office) -> None:
        answer = await decided.process.anybody(f"/certificates/{NUMBERS[0]}")

        told = answer.json()
        assert (answer.status_code, told["validity"], told["asked_on"]) == (200, "valid", "2026-11-21")
        assert told["certificate"]["valid_until"] == "2029-11-20"
        assert told["says"]["vi"] == "Giấy chứng nhận có hiệu lực đến hết ngày 20/11/2029."
        assert "owner" not in answer.text

    async def test_it_is_valid_to_the_end_of_its_last_day_and_expired_after(self, decided: Office) -> None:
        last = date(2029, 11, 20) - date.fromisoformat(DECIDED_ON)
        # The clock of the tests starts at noon of the day after the decision.
        await decided.turn(days=last.days - 1)
        on_the_last_day = (await decided.process.anybody(f"/certificates/{NUMBERS[0]}")).json()

        await decided.turn(hours=12)
        after = (await decided.process.anybody(f"/certificates/{NUMBERS[0]}")).json()

        assert (on_the_last_day["asked_on"], on_the_last_day["validity"]) == ("2029-11-20", "valid")
        assert (after["asked_on"], after["validity"]) == ("2029-11-21", "expired")

    async def test_a_replaced_one_names_its_successor(self, decided: Office) -> None:
        await decided.turn(days=1)
        id = await decided.score(0, stars=4, case_kind="upgrade", evaluation_id="evaluation-up")
        upgrade = decision(id, number="9", stars=4, decided_on="2026-11-22")
        await decided.process.post("chair", "/decisions", upgrade)
        await decided.deliver()

        old = (await decided.process.anybody(f"/certificates/{NUMBERS[0]}")).json()
        new = (await decided.process.anybody("/certificates/37-2026-9-001")).json()

        assert (old["validity"], old["certificate"]["replaced_by"]) == ("replaced", "37-2026-9-001")
        assert (new["validity"], new["certificate"]["stars"], new["certificate"]["replaces"]) == (
            "valid",
            4,
            NUMBERS[0],
        )
        said = [event.type.split(".")[2] for subject, event in decided.spoken() if subject == decided.recognition_id(0)]
        assert said == ["result", "certificate", "result", "certificate", "certificate"]

    @pytest.mark.parametrize("number", ["37-2026-999-001", "nonsense", "37-2026-123-001'", "9" * 150])
    async def test_an_unknown_number_is_unknown(self, decided: Office, number: str) -> None:
        answer = await decided.process.anybody(f"/certificates/{number}")

        assert (answer.status_code, answer.json()["validity"]) == (200, "unknown")
        assert answer.headers["cache-control"] == "public, max-age=30"

    async def test_the_answer_is_kept_to_midnight_in_vietnam_at_most(self, decided: Office) -> None:
        noon = await decided.process.anybody(f"/certificates/{NUMBERS[0]}")
        await decided.turn(hours=11, minutes=55)
        late = await decided.process.anybody(f"/certificates/{NUMBERS[0]}")

        assert noon.headers["cache-control"] == "public, max-age=600"
        assert late.headers["cache-control"] == "public, max-age=300"

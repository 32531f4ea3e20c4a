"""Drafts, previews, results left out or sent on, and whose rules a decision keeps."""

from typing import Any

import pytest

from tests.services.certification.office import SIGNER, Office, decision


@pytest.fixture
def office() -> Office:
    return Office()


def draft(*evaluations: str, **changed: Any) -> dict[str, Any]:
    items = [{"evaluation_id": id, "outcome": "recognised", "stars": 3} for id in evaluations]
    return {"title": "Đợt 2 năm 2026", "items": items} | changed


def signature(revision: int = 1, number: str = "123") -> dict[str, Any]:
    return {"revision": revision, "number": number, "decided_on": "2026-11-20", "signer": SIGNER}


class TestDrafting:
    async def test_a_draft_is_prepared_by_the_office_and_issued_once_by_the_chair(self, office: Office) -> None:
        first, second = await office.score(1), await office.score(2)
        id = (await office.process.post("agency", "/drafts", draft(first))).json()["id"]
        async with office.process.as_("agency") as client:
            await client.put(f"/drafts/{id}", json=draft(first, second))

        by_agency = await office.process.post("agency", f"/drafts/{id}/issue", signature(2))
        unseen = await office.process.post("chair", f"/drafts/{id}/issue", signature(1))
        issued = await office.process.post("chair", f"/drafts/{id}/issue", signature(2), key="k")
        again = await office.process.post("chair", f"/drafts/{id}/issue", signature(2), key="k")
        other = await office.process.post("chair", f"/drafts/{id}/issue", signature(2, number="124"))

        assert [by_agency.status_code, unseen.status_code, issued.status_code] == [403, 409, 201]
        assert len(issued.json()["certificates"]) == 2 and again.json() == issued.json()
        assert (other.status_code, other.json()["type"]) == (409, "/problems/draft-issued")
        assert len(office.spoken("recognition.decided")) == 1

    async def test_an_issued_draft_is_not_edited(self, office: Office) -> None:
        id = (await office.process.post("agency", "/drafts", draft(await office.score(1)))).json()["id"]
        await office.process.post("chair", f"/drafts/{id}/issue", signature())

        async with office.process.as_("agency") as client:
            answer = await client.put(f"/drafts/{id}", json=draft("evaluation-001"))

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/draft-issued")

    async def test_before_it_is_issued_nobody_is_told_anything(self, office: Office) -> None:
        await office.process.post("agency", "/drafts", draft(await office.score(1)))

        assert office.spoken() == [] and office.states() == ["waiting"]


class TestPreviewing:
    async def test_a_preview_shows_numbers_last_days_and_every_flaw_and_touches_nothing(self, office: Office) -> None:
        good, low = await office.score(1), await office.score(2)
        body = decision(good, low, "no-such")
        body["items"][1]["stars"] = 4

        told = (await office.process.post("agency", "/decisions/preview", body)).json()

        assert [item["certificate_number"] for item in told["items"]] == [f"37-2026-123-{n:03d}" for n in (1, 2, 3)]
        assert (told["items"][0]["valid_until"], told["items"][0]["ends"]) == ("2029-11-20", None)
        assert [flaw["pointer"] for flaw in told["flaws"]] == ["/items/1/stars", "/items/2/evaluation_id"]
        assert office.states() == ["waiting", "waiting"] and office.spoken() == []


class TestLeavingOut:
    async def test_a_product_left_out_is_told_why_and_waits_for_another_decision(self, office: Office) -> None:
        ids = [await office.score(n) for n in range(14)]
        body = decision(*ids[:13], left_out=[{"evaluation_id": ids[13], "reason": "Chờ kết quả kiểm nghiệm."}])

        answer = await office.process.post("chair", "/decisions", body)
        before = office.spoken("result")
        await office.deliver()
        await office.deliver()

        assert (len(answer.json()["certificates"]), before) == (13, [])
        assert len(office.spoken("vn.ocop.result")) == 14 and len(office.spoken("result.left-out")) == 1
        assert office.states().count("waiting") == 1
        later = await office.process.post("chair", "/decisions", decision(ids[13], number="124"))
        assert later.status_code == 201

    async def test_a_result_is_decided_or_left_out_not_both(self, office: Office) -> None:
        id = await office.score(1)
        body = decision(id, left_out=[{"evaluation_id": id, "reason": "Chờ."}])

        answer = await office.process.post("chair", "/decisions", body)

        assert answer.status_code == 409
        assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["/left_out/0/evaluation_id"]


class TestForwarding:
    async def test_a_potential_five_star_is_sent_on_and_may_be_decided_here_when_it_comes_back(
        self, office: Office
    ) -> None:
        id = await office.score(1, stars=4, potential_five_star=True)
        body = decision(id)
        body["items"][0] = {"evaluation_id": id, "outcome": "forwarded"}

        sent = await office.process.post("chair", "/decisions", body)
        await office.deliver()
        await office.deliver()
        twice = await office.process.post("chair", "/decisions", {**body, "number": "124"})
        back = await office.process.post("chair", "/decisions", decision(id, number="125", stars=4))
        await office.deliver()

        assert [sent.status_code, twice.status_code, back.status_code] == [201, 409, 201]
        assert len(office.spoken("result.forwarded")) == len(office.spoken("certificate.issued")) == 1

    async def test_what_does_not_reach_five_stars_is_not_sent_on(self, office: Office) -> None:
        id = await office.score(1, stars=4)
        body = decision(id)
        body["items"][0] = {"evaluation_id": id, "outcome": "forwarded"}

        answer = await office.process.post("chair", "/decisions", body)

        assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["/items/0/outcome"]


async def test_a_decision_is_not_dated_before_its_rules(office: Office) -> None:
    id = await office.score(1)
    body = decision(id, decided_on="2026-05-21")

    answer = await office.process.post("chair", "/decisions", body)

    assert answer.status_code == 409

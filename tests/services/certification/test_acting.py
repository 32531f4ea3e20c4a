"""Revocations, corrections, extensions and ceremonies: whole or not at all, each told once, whoever is killed."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx
import pytest

from services.certification.domain.signing import Signatory
from tests.services.certification.office import (
    SIGNER,
    Office,
    Process,
    act,
    certified,
    decision,
    file_again,
    handover,
    revocation,
)

SEEDS = range(12)


@pytest.fixture
def office() -> Office:
    return Office()


async def do(process: Process, what: str, body: object, key: str | None = None) -> httpx.Response:
    return await process.post("agency" if what == "handovers" else "chair", f"/{what}", body, key)


async def validity(office: Office, number: str) -> dict[str, Any]:
    told: dict[str, Any] = (await office.process.anybody(f"/certificates/{number}")).json()
    return told


async def settled(office: Office) -> None:
    await office.turn(seconds=6)
    worker = office.start()
    await worker.resume()
    assert await worker.resume() == 0


def pointers(answer: httpx.Response) -> list[str]:
    return [flaw["pointer"] for flaw in answer.json()["errors"]]


class TestRevoking:
    async def test_a_revoked_certificate_is_never_valid_again_and_says_so_once(self, office: Office) -> None:
        first, second = await certified(office, 1, 2)

        answer = await do(office.process, "revocations", revocation(first), key="k")
        again = await do(office.process, "revocations", revocation(first), key="k")

        assert (answer.status_code, answer.json()["number"]) == (201, "500/QĐ-UBND")
        assert again.json() == answer.json()
        told = await validity(office, first)
        assert (told["validity"], told["certificate"]["ended_on"]) == ("revoked", "2026-11-21")
        assert (await validity(office, second))["validity"] == "valid"
        ((_, said),) = office.spoken("certificate.revoked")
        assert json.loads(said.data)["commune"] == "14371"
        for _ in range(50):
            await office.turn(days=30)
            await office.ring()
        of_the_first = [event.type for id, event in office.spoken("certificate") if id == office.recognition_id(1)]
        assert of_the_first[-1] == "vn.ocop.certificate.revoked.v1"

    async def test_what_is_not_in_order_is_named_and_nothing_is_done(self, office: Office) -> None:
        numbers = await certified(office, 1, 2, 3)
        await do(office.process, "revocations", revocation(numbers[1]))
        body = revocation(numbers[0], numbers[1], "37-2026-999-001", numbers[0], number="501")

        answer = await do(office.process, "revocations", body)

        assert answer.status_code == 409
        assert pointers(answer) == ["/certificates/1", "/certificates/2", "/certificates/3"]
        assert (await validity(office, numbers[0]))["validity"] == "valid"
        assert len(office.spoken("certificate.revoked")) == 1

    async def test_a_number_belongs_to_one_decision_of_whatever_kind(self, office: Office) -> None:
        (number,) = await certified(office, 1, number="123")

        answer = await do(office.process, "revocations", revocation(number, number="123"))

        assert (answer.status_code, pointers(answer)) == (409, ["/number"])
        assert (await validity(office, number))["validity"] == "valid"

    async def test_a_refused_act_shows_why_it_was_refused(self, office: Office) -> None:
        (number,) = await certified(office, 1, number="123")
        await do(office.process, "revocations", revocation(number, number="123"))

        shown = (await office.process.get("chair", "/acts/123?year=2026")).json()

        assert (shown["state"], [flaw["pointer"] for flaw in shown["refused_because"]]) == ("refused", ["/number"])

    async def test_a_number_refused_in_one_form_is_free_for_another(self, office: Office) -> None:
        (number,) = await certified(office, 1)
        refused = await do(office.process, "removals", act(number, number="7"))

        answer = await do(office.process, "revocations", revocation(number, number="7"))

        assert (refused.status_code, answer.status_code) == (409, 201)

    async def test_a_repeat_of_a_refused_attempt_is_never_answered_with_what_followed_it(self, office: Office) -> None:
        (number,) = await certified(office, 1, number="123")
        taken = revocation(number, number="123")
        first = await do(office.process, "revocations", taken, key="k1")
        await do(office.process, "revocations", taken, key="k2")

        again = await do(office.process, "revocations", taken, key="k1")

        assert (first.status_code, again.status_code) == (409, 409)
        assert again.json()["type"] == "/problems/attempt-forgotten"

    async def test_another_provinces_certificate_is_out_of_reach(self, office: Office) -> None:
        (number,) = await certified(office, 1)

        answer = await office.process.post("chair", "/revocations", revocation(number), authority="38")

        assert (answer.status_code, pointers(answer)) == (409, ["/certificates/0"])

    @pytest.mark.parametrize("role", ["agency", "observer", "commune_officer", "council_chair"])
    async def test_only_the_chair_revokes(self, office: Office, role: str) -> None:
        answer = await office.process.post(role, "/revocations", revocation("37-2026-123-001"))

        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("changed", "status"),
        [({"ground": "expired"}, 422), ({"decided_on": "2026-11-22"}, 422), ({"certificates": []}, 422)],
    )
    async def test_bad_input_is_refused(self, office: Office, changed: dict[str, Any], status: int) -> None:
        (number,) = await certified(office, 1)

        answer = await do(office.process, "revocations", revocation(number) | changed)

        assert answer.status_code == status


class TestAnnulling:
    async def test_an_annulled_certificate_is_void_though_it_was_revoked_before(self, office: Office) -> None:
        (number,) = await certified(office, 1)
        await do(office.process, "revocations", revocation(number))

        answer = await do(office.process, "annulments", act(number, number="501", ground="faulty_rating"))
        twice = await do(office.process, "annulments", act(number, number="502", ground="faulty_rating"))

        assert (answer.status_code, twice.status_code) == (201, 409)
        assert (await validity(office, number))["validity"] == "annulled"
        assert len(office.spoken("certificate.annulled")) == 1


class TestCorrecting:
    async def test_a_correction_keeps_number_term_and_stars_and_makes_a_new_print(self, office: Office) -> None:
        (number,) = await certified(office, 1)
        before = (await validity(office, number))["certificate"]

        body = act(number, reason="misprint", product_name="Rượu nếp cái hoa vàng")
        answer = await do(office.process, "corrections", body)

        after = (await validity(office, number))["certificate"]
        assert answer.status_code == 201
        assert after == {**before, "product": "Rượu nếp cái hoa vàng", "print_version": 2}

    async def test_a_new_owner_is_told_what_comes_next(self, office: Office) -> None:
        (number,) = await certified(office, 1)

        await do(office.process, "corrections", act(number, reason="new_owner", owner_id="owner-99"))

        [(_, event)] = office.spoken("certificate.corrected")
        assert b'"owner_id":"owner-99"' in event.data and b'"print_version":2' in event.data

    @pytest.mark.parametrize("more", [{"reason": "new_owner"}, {"reason": "loss", "product_name": "Khác"}])
    async def test_a_correction_that_does_not_fit_its_reason_is_refused(
        self, office: Office, more: dict[str, str]
    ) -> None:
        (number,) = await certified(office, 1)

        answer = await do(office.process, "corrections", act(number, **more))

        assert answer.status_code == 422

    async def test_copies_of_a_print_are_counted_per_version(self, office: Office) -> None:
        (number,) = await certified(office, 1)
        path, body = f"/certificates/{number}/reprints", {"reason": "Bản in bị ướt."}

        first = await office.process.post("agency", path, body, key="a")
        repeated = await office.process.post("agency", path, body, key="a")
        second = await office.process.post("agency", path, body, key="b")
        await do(office.process, "corrections", act(number, reason="loss"))
        third = await office.process.post("agency", path, body, key="c")

        told = [answer.json() for answer in (first, repeated, second, third)]
        assert [(one["print_version"], one["copies"]) for one in told] == [(1, 2), (1, 2), (1, 3), (2, 2)]


class TestExtending:
    async def test_by_the_transitional_clause_no_latecomer_is_extended(self, office: Office) -> None:
        (number,) = await certified(office, 1)
        await file_again(office, 1)
        await office.turn(days=3 * 365 - 10)

        answer = await do(office.process, "extensions", act(number, on=office.clock().date().isoformat()))

        assert (answer.status_code, pointers(answer)) == (409, ["/certificates/0"])

    async def test_before_there_was_such_a_clause_nothing_is_extended(self, office: Office) -> None:
        (number,) = await certified(office, 1)

        answer = await do(office.process, "extensions", act(number, on="2026-05-21"))

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/extension-not-found")


class TestRemoving:
    async def test_one_decision_strikes_many_expired_certificates_and_they_stay_expired(self, office: Office) -> None:
        numbers = await certified(office, *range(25))
        await office.turn(days=3 * 365 + 2)
        await office.ring()
        on = office.clock().date().isoformat()

        answer = await do(office.process, "removals", act(*numbers, on=on))

        assert (answer.status_code, answer.json()["certificates"]) == (201, 25)
        assert {(await validity(office, number))["validity"] for number in numbers} == {"expired"}
        assert len(office.spoken("certificate.removed")) == len(office.spoken("certificate.expired")) == 25

    async def test_a_valid_certificate_is_not_struck_from_the_list(self, office: Office) -> None:
        (number,) = await certified(office, 1)

        answer = await do(office.process, "removals", act(number))

        assert answer.status_code == 409


class TestHandingOver:
    async def test_a_ceremony_keeps_who_was_absent_and_what_was_honoured(self, office: Office) -> None:
        numbers = await certified(office, 1, 2, 3)
        honours = [{"title": "Bằng khen", "groups": 10, "persons": 22}]
        body = {**handover(*numbers[:2]), "absent": numbers[2:], "honours": honours}

        answer = await do(office.process, "handovers", body)

        assert (answer.status_code, answer.json()["handed_over"]) == (201, 2)
        kept = (await office.process.get("observer", "/acts?kind=hand_over")).json()["items"]
        assert (kept[0]["matter"]["absent"], kept[0]["matter"]["honours"]) == (numbers[2:], honours)

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_of_two_racing_ceremonies_one_is_recorded_and_the_other_refused(
        self, office: Office, seed: int
    ) -> None:
        numbers = await certified(office, *range(5))
        places = ("Tam Điệp", "Ninh Bình")

        answers = await asyncio.gather(
            *(
                do(office.start(seed * 2 + n), "handovers", handover(*order, place=places[n]))
                for n, order in enumerate((numbers, numbers[::-1]))
            )
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        await settled(office)
        kept = [places[n] for n, answer in enumerate(answers) if answer.status_code == 201]
        said = [event.data for _, event in office.spoken("handed-over")]
        assert len(said) == 5 and all(kept[0].encode() in data for data in said)


def left(office: Office) -> dict[str, str]:
    """What became of each act, after checking that each was carried out whole or not at all."""
    documents = office.database.documents.values()
    acts = {raw["_id"]: raw for raw in documents if raw["kind"] == "Act"}
    revoked: dict[str, Sequence[str]] = {id: [] for id in acts}
    for raw in documents:
        if raw["kind"] == "Recognition":
            for one in raw["certificates"]:
                if one["revoked"] is not None:
                    revoked[one["revoked"]["decision_id"]] = [*revoked[one["revoked"]["decision_id"]], one["number"]]
    for id, raw in acts.items():
        assert raw["state"] in ("done", "refused")
        named = sorted(item["number"] for item in raw["items"])
        assert sorted(revoked[id]) == (named if raw["state"] == "done" else [])
    assert len(office.spoken("certificate.revoked")) == sum(map(len, revoked.values()))
    return {id: raw["state"] for id, raw in acts.items()}


class TestCrashing:
    @pytest.mark.parametrize("answer_lost", [False, True], ids=["write not done", "write done"])
    @pytest.mark.parametrize("lives", range(13))
    async def test_killed_at_any_write_an_act_comes_to_the_same_end(
        self, office: Office, lives: int, answer_lost: bool
    ) -> None:
        numbers = await certified(office, *range(4))
        await do(office.start(lives=lives, answer_lost=answer_lost), "revocations", revocation(*numbers), key="k")

        await settled(office)
        first = left(office)
        again = await do(office.start(), "revocations", revocation(*numbers), key="k")
        await settled(office)

        assert set(first.values()) <= {"done"} and again.status_code == 201
        assert left(office) == {"act/37/2026/500": "done"}

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_acts_that_overlap_in_a_circle_end_and_none_is_done_by_half(self, office: Office, seed: int) -> None:
        one, two, three = await certified(office, 1, 2, 3)
        pairs = [(one, two), (two, three), (three, one)]

        async with asyncio.timeout(20):
            answers = await asyncio.gather(
                *(
                    do(office.start(seed * 10 + n), "revocations", revocation(*pair, number=str(500 + n)))
                    for n, pair in enumerate(pairs)
                )
            )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        await settled(office)
        assert sorted(left(office).values()).count("done") == 1

    @pytest.mark.parametrize("seed", range(16))
    async def test_two_chairs_race_and_both_processes_are_killed(self, office: Office, seed: int) -> None:
        numbers = await certified(office, *range(4))
        doomed = [office.start(seed * 2 + n, lives=(seed + n * 3) % 11, answer_lost=seed % 2 == n) for n in range(2)]
        bodies = [revocation(*numbers, number="500"), revocation(*numbers[::-1], number="501")]

        await asyncio.gather(*(do(doomed[n], "revocations", bodies[n], key=f"k{n}") for n in range(2)))
        await settled(office)
        again = [await do(office.start(), "revocations", bodies[n], key=f"k{n}") for n in range(2)]
        await settled(office)

        assert sorted(left(office).values())[0] == "done" and list(left(office).values()).count("done") == 1
        assert sorted(answer.status_code for answer in again) == [201, 409]


class TestSigning:
    async def test_once_there_is_a_register_only_who_stands_in_it_signs_and_only_in_his_term(
        self, office: Office
    ) -> None:
        (number,) = await certified(office, 1)
        line = SIGNER | {"since": "2026-01-01", "until": "2026-11-20", "basis": "12/QĐ-UBND"}
        entered = await office.process.post("agency", "/signatories", line)

        out_of_term = await do(office.process, "revocations", revocation(number))
        in_term = await do(office.process, "revocations", revocation(number, on="2026-11-20"))
        stranger = await office.process.post(
            "chair", "/decisions", decision(await office.score(2), signer={"name": "Ai đó", "position": "Chủ tịch"})
        )

        assert (entered.status_code, out_of_term.status_code, in_term.status_code) == (201, 409, 201)
        assert out_of_term.json()["type"] == stranger.json()["type"] == "/problems/signer-without-authority"

    async def test_a_deputy_signs_on_behalf(self, office: Office) -> None:
        body = decision(await office.score(1), signer={"name": "Trần Thị Bình", "position": "Phó Chủ tịch"})

        answer = await office.process.post("chair", "/decisions", body)

        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/deputy-signs-on-behalf")

    async def test_one_person_in_one_office_stands_once_for_one_time(self, office: Office) -> None:
        line = SIGNER | {"since": "2026-01-01", "basis": "12/QĐ-UBND"}
        id = (await office.process.post("agency", "/signatories", line)).json()["id"]

        twice = await office.process.post("agency", "/signatories", line)
        await office.process.post("agency", f"/signatories/{id}/end", {"until": "2026-06-30"})
        later = await office.process.post("agency", "/signatories", line | {"since": "2026-07-01"})

        assert (twice.status_code, later.status_code) == (409, 201)
        register = (await office.process.get("observer", "/signatories")).json()["signatories"]
        assert [Signatory(**one).until for one in register] == [date(2026, 6, 30), None]

"""Decisions and hand-overs under contention, with processes that are slow, killed and started again."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import httpx
import pytest

from services.certification.domain.decision import MOST_ITEMS
from shared.errors import Unavailable
from shared.voice import LARGEST_EVENT
from tests.services.certification.office import Office, Process, decision, handover

SEEDS = range(12)
LONG_ENOUGH = {"seconds": 6}
"""After which a worker takes up what was left."""


@pytest.fixture
def office() -> Office:
    return Office()


async def scored(office: Office, *products: int, stars: int = 3) -> list[str]:
    return [await office.score(n, stars=stars) for n in products]


async def settled(office: Office) -> None:
    """Let a healthy worker bring everything to its end, and the service hear its own decisions."""
    await office.turn(**LONG_ENOUGH)
    worker = office.start()
    await worker.resume()
    assert await worker.resume() == 0
    await office.deliver(worker)


def all_or_none(office: Office) -> dict[str, str]:
    """What became of each decision, after checking that each was carried out whole or not at all."""
    documents = office.database.documents.values()
    decided = {raw["_id"]: raw for raw in documents if raw["kind"] == "RecognitionDecision"}
    by_decision: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for raw in documents:
        if raw["kind"] == "Recognition":
            for result in raw["results"]:
                assert result["state"] != "reserved"
                if result["announced"] is not None:
                    by_decision[result["announced"]["decision_id"]] += 1
            numbers.update(one["number"] for one in raw["certificates"])
    for id, raw in decided.items():
        assert raw["state"] in ("issued", "refused") and "due" not in raw
        assert by_decision[id] == (len(raw["items"]) if raw["state"] == "issued" else 0)
    issued = [raw for raw in decided.values() if raw["state"] == "issued"]
    assert all(times == 1 for times in numbers.values())
    assert numbers.total() == sum(item["outcome"] == "recognised" for raw in issued for item in raw["items"])
    assert len(office.spoken("recognition.decided")) == len(issued)
    assert len(office.spoken("result.announced")) == by_decision.total()
    assert len(office.spoken("certificate.issued")) == numbers.total()
    return {id: raw["state"] for id, raw in decided.items()}


async def decide(process: Process, body: object, key: str | None = None) -> httpx.Response:
    return await process.post("chair", "/decisions", body, key)


class TestRacing:
    @pytest.mark.parametrize("seed", SEEDS)
    async def test_of_two_chairs_over_the_same_products_one_wins_wholly(self, office: Office, seed: int) -> None:
        ids = await scored(office, *range(6))
        a, b = office.start(seed), office.start(seed + 1_000)

        answers = await asyncio.gather(
            decide(a, decision(*ids, number="1")), decide(b, decision(*reversed(ids), number="2"))
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        refused = next(answer.json() for answer in answers if answer.status_code == 409)
        assert refused["type"] == "/problems/decision-refused" and refused["errors"]
        await settled(office)
        assert sorted(all_or_none(office).values()) == ["issued", "refused"]

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_decisions_that_overlap_in_a_circle_do_not_wait_for_each_other(
        self, office: Office, seed: int
    ) -> None:
        one, two, three = await scored(office, 1, 2, 3)
        pairs = [(one, two), (two, three), (three, one)]
        processes = [office.start(seed * 10 + n) for n in range(3)]

        async with asyncio.timeout(20):
            answers = await asyncio.gather(
                *(decide(processes[n], decision(*pair, number=str(n + 1))) for n, pair in enumerate(pairs))
            )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        await settled(office)
        assert sorted(all_or_none(office).values()) == ["issued", "refused", "refused"]

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_one_request_sent_to_two_processes_is_one_decision(self, office: Office, seed: int) -> None:
        body = decision(*await scored(office, 1, 2, 3))

        answers = await asyncio.gather(*(decide(office.start(seed + n), body, key="k") for n in range(2)))

        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        await settled(office)
        assert all_or_none(office) == {"decision/37/2026/123": "issued"}

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_one_number_is_issued_once_though_two_chairs_use_it(self, office: Office, seed: int) -> None:
        first, second = await scored(office, 1, 2)

        answers = await asyncio.gather(
            *(decide(office.start(seed + n), decision(id), key=f"k{n}") for n, id in enumerate((first, second)))
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        await settled(office)
        all_or_none(office)
        assert office.states() == ["announced", "waiting"]

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_a_withdrawal_comes_before_the_whole_decision_or_after_it(self, office: Office, seed: int) -> None:
        ids = await scored(office, *range(5))
        chair = office.start(seed)

        async def withdraw() -> None:
            for _ in range(seed):
                await asyncio.sleep(0)
            await office.withdraw(3)

        answer, _ = await asyncio.gather(decide(chair, decision(*ids)), withdraw())

        await settled(office)
        state = all_or_none(office)["decision/37/2026/123"]
        assert (answer.status_code, state) in ((201, "issued"), (409, "refused"))
        assert office.states() == (["announced"] * 5 if state == "issued" else ["waiting"] * 4 + ["withdrawn"])

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_many_processes_on_one_refused_decision_leave_nothing_reserved(
        self, office: Office, seed: int
    ) -> None:
        ids = await scored(office, *range(4))
        body = decision(*ids)
        body["items"][seed % 4]["stars"] = 4

        answers = await asyncio.gather(*(decide(office.start(seed * 7 + n), body, key="k") for n in range(3)))
        mended = await asyncio.gather(
            *(decide(office.start(seed + n), decision(*ids), key=f"mended-{n}") for n in range(2))
        )

        assert {answer.status_code for answer in answers} == {409}
        assert sorted(answer.status_code for answer in mended) == [201, 409]
        await settled(office)
        assert all_or_none(office) == {"decision/37/2026/123": "issued"}


PRODUCTS = range(4)
GOOD = decision(*(f"evaluation-{n:03d}" for n in PRODUCTS))
BAD = {**GOOD, "items": [*GOOD["items"][:3], {**GOOD["items"][3], "stars": 4}]}


class TestCrashing:
    @pytest.mark.parametrize("answer_lost", [False, True], ids=["write not done", "write done"])
    @pytest.mark.parametrize("lives", range(12))
    @pytest.mark.parametrize("body", [GOOD, BAD], ids=["good", "refused"])
    async def test_killed_at_any_write_a_worker_brings_it_to_the_same_end(
        self, office: Office, body: dict[str, object], lives: int, answer_lost: bool
    ) -> None:
        await scored(office, *PRODUCTS)
        await decide(office.start(lives=lives, answer_lost=answer_lost), body, key="k")

        await settled(office)
        left = all_or_none(office)
        again = await decide(office.start(), body, key="k")
        await settled(office)

        end = "issued" if body is GOOD else "refused"
        assert set(left.values()) <= {end}
        assert all_or_none(office) == {"decision/37/2026/123": end}
        assert again.status_code == (201 if body is GOOD else 409)
        assert office.states() == (["announced"] if body is GOOD else ["waiting"]) * 4

    @pytest.mark.parametrize("seed", range(24))
    async def test_two_chairs_race_and_both_processes_are_killed(self, office: Office, seed: int) -> None:
        ids = await scored(office, *PRODUCTS)
        doomed = [office.start(seed * 2 + n, lives=(seed + n * 3) % 11, answer_lost=seed % 2 == n) for n in range(2)]

        await asyncio.gather(
            decide(doomed[0], decision(*ids, number="1"), key="a"),
            decide(doomed[1], decision(*reversed(ids), number="2"), key="b"),
        )
        await settled(office)
        first = all_or_none(office)
        again = [
            await decide(office.start(), decision(*ids, number="1"), key="a"),
            await decide(office.start(), decision(*reversed(ids), number="2"), key="b"),
        ]
        await settled(office)

        assert Counter(first.values())["issued"] <= 1
        assert Counter(all_or_none(office).values())["issued"] == 1
        assert sorted(answer.status_code for answer in again) == [201, 409]

    @pytest.mark.parametrize("seed", range(12))
    async def test_two_workers_take_up_the_same_decision(self, office: Office, seed: int) -> None:
        await scored(office, *PRODUCTS)
        await decide(office.start(lives=2 + seed % 6), GOOD if seed % 2 else BAD, key="k")
        await office.turn(**LONG_ENOUGH)

        await asyncio.gather(*(office.start(seed * 3 + n).resume() for n in range(2)))

        await settled(office)
        assert set(all_or_none(office).values()) <= {"issued" if seed % 2 else "refused"}

    @pytest.mark.parametrize("answer_lost", [False, True], ids=["write not done", "write done"])
    @pytest.mark.parametrize("lives", range(4))
    async def test_killed_while_announcing_each_product_is_announced_once(
        self, office: Office, lives: int, answer_lost: bool
    ) -> None:
        await scored(office, *PRODUCTS)
        await decide(office.process, GOOD)

        with pytest.raises(Unavailable):
            await office.deliver(office.start(lives=lives, answer_lost=answer_lost))
        await office.deliver()
        await office.deliver()

        assert all_or_none(office) == {"decision/37/2026/123": "issued"}

    @pytest.mark.parametrize("answer_lost", [False, True], ids=["write not done", "write done"])
    @pytest.mark.parametrize("lives", range(7))
    async def test_killed_while_handing_over_each_certificate_is_told_once(
        self, office: Office, lives: int, answer_lost: bool
    ) -> None:
        await scored(office, *PRODUCTS)
        numbers = [one["number"] for one in (await decide(office.process, GOOD)).json()["certificates"]]
        await office.deliver()
        doomed = office.start(lives=lives, answer_lost=answer_lost)

        await doomed.post("agency", "/handovers", handover(*numbers), key="k")
        await settled(office)
        again = await office.process.post("agency", "/handovers", handover(*numbers), key="k")
        await settled(office)

        assert (again.status_code, again.json()["handed_over"]) == (201, 4)
        assert len(office.spoken("handed-over")) == 4


class TestOfSevenHundred:
    """The largest round known, while processes die at random writes and an owner takes one dossier back."""

    @pytest.mark.parametrize("turns", [300, 450, 600])
    async def test_all_are_issued_or_none_and_each_once(self, office: Office, turns: int) -> None:
        chance = random.Random(turns)
        ids = await scored(office, *range(700))
        taken_back, killed = chance.randrange(700), 0

        def doomed() -> Process:
            return office.start(turns, lives=chance.randrange(250), answer_lost=chance.random() < 0.5)

        async def withdraw() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            await office.withdraw(taken_back)

        withdrawal = asyncio.create_task(withdraw())
        while (answer := await decide(doomed(), decision(*ids), key="k")).status_code == 503:
            killed += 1
            await office.turn(**LONG_ENOUGH)
            with suppress(Unavailable):
                await doomed().resume()
        await withdrawal
        announced = False
        while not announced:
            try:
                await office.deliver(doomed())
                announced = True
            except Unavailable:
                killed += 1

        await settled(office)
        issued = answer.status_code == 201
        assert killed > 1
        assert all_or_none(office) == {"decision/37/2026/123": "issued" if issued else "refused"}
        assert office.states() == (["announced"] * 700 if issued else ["waiting"] * 699 + ["withdrawn"])


@pytest.mark.parametrize("writes", range(2, 8))
async def test_a_process_that_slept_through_the_refusal_leaves_nothing_reserved(office: Office, writes: int) -> None:
    await scored(office, *PRODUCTS)
    sleeper = office.start()
    sleeper.line.falls_asleep_after = writes
    asked = asyncio.create_task(decide(sleeper, BAD, key="k"))
    for _ in range(200):
        await asyncio.sleep(0)

    await settled(office)
    sleeper.line.woken.set()
    answer = await asked

    assert answer.status_code == 409
    assert all_or_none(office) == {"decision/37/2026/123": "refused"}
    assert office.states() == ["waiting"] * 4


async def test_the_largest_decision_fits_into_one_event_and_a_few_rounds(office: Office) -> None:
    id = "0d1f6d9e-6b5c-5f0e-9d43-0123456789"
    ids = [
        await office.score(n, evaluation_id=f"{id}{n:02x}"[-36:], dossier_id=f"{id}{n:02x}"[-36:])
        for n in range(MOST_ITEMS)
    ]
    process = office.start()

    answer = await decide(process, decision(*ids, number="999999"))

    assert answer.status_code == 201
    assert len(answer.json()["certificates"]) == MOST_ITEMS
    [(_, event)] = office.spoken("recognition.decided")
    assert len(event.data) < LARGEST_EVENT

"""The store's promises. Each port runs them whole: ``test_memory.py`` and ``test_driver.py`` bring theirs."""

import asyncio
import random
from typing import Any

import pytest
from pydantic import ValidationError

from shared.collection import MOST_FOLDED, Collection
from shared.errors import KeyReused, NotFound, OutboxFull
from shared.fold import MOST_UNSENT, TooManySubjects, WrongSpeaker
from shared.port import Conflict, Insert, Port
from shared.voice import EventTooLarge
from tests.shared.cups import Cup, CupFull, Cups, Poured, RelayHeard, asked, rained


@pytest.fixture
def relay() -> RelayHeard:
    return RelayHeard()


def collection_on(port: Port, relay: RelayHeard | None = None, epoch: int = 0) -> Collection:
    return Collection(port, relay or RelayHeard(), epoch=epoch, new_correlation=lambda: "timer")


@pytest.fixture
def cups(port: Port, relay: RelayHeard) -> Cups:
    return Cups(collection_on(port, relay))


def another_process(cups: Cups) -> Cups:
    return Cups(collection_on(cups.collection.port))


async def test_what_is_added_is_found_again(cups: Cups) -> None:
    saved = await cups.add(Cup(id="cup", authority="37", drops=3))

    assert saved.fresh
    assert await cups.get("cup") == Cup(id="cup", authority="37", drops=3)


async def test_adding_the_same_id_again_changes_nothing_and_says_so(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37", drops=3), Poured(drops=3))

    again = await cups.add(Cup(id="cup", authority="37", drops=99), Poured(drops=99))

    assert not again.fresh
    assert again.document.drops == 3
    raw = (await cups.collection.port.read(["cup"]))[0]
    assert [entry["sequence"] for entry in raw["outbox"]] == [1]


async def test_state_and_its_events_are_in_one_document(cups: Cups, relay: RelayHeard) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    await cups.change("cup", lambda cup: cup.pour(5))

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert (raw["drops"], raw["version"], raw["spoken"]) == (5, 2, 1)
    assert raw["outbox"][0]["data"] == b'{"drops":5}'
    assert relay.handed == [("cup", "37", [1])]


async def test_the_sequence_counts_the_events_and_not_the_versions(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    await cups.change("cup", lambda cup: (cup.but(note="silent"), ()))
    await cups.change("cup", lambda cup: (cup.but(drops=2), (Poured(drops=1), Poured(drops=1))))
    await cups.change("cup", lambda cup: cup.pour(1))

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert [entry["sequence"] for entry in raw["outbox"]] == [1, 2, 3]
    assert raw["version"] == 4


async def test_an_epoch_makes_every_new_event_newer(port: Port) -> None:
    cups = Cups(collection_on(port, epoch=2))

    await cups.add(Cup(id="cup", authority="37"), Poured(drops=1))

    raw = (await port.read(["cup"]))[0]
    assert raw["spoken"] == 2 * 10**16 + 1


async def test_a_refusal_leaves_nothing_behind(cups: Cups, relay: RelayHeard) -> None:
    await cups.add(Cup(id="cup", authority="37", drops=999_999))

    with pytest.raises(CupFull):
        await cups.change("cup", lambda cup: cup.pour(2))

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert (raw["version"], raw["outbox"]) == (1, [])
    assert relay.handed == []


async def test_a_document_out_of_reach_is_not_found(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    with pytest.raises(NotFound):
        await cups.get("cup", {"authority": "48"})
    with pytest.raises(NotFound):
        await cups.change("cup", lambda cup: cup.pour(1), within={"authority": "48"})
    with pytest.raises(NotFound):
        await cups.change("nothing", lambda cup: cup.pour(1))


async def test_a_command_that_comes_twice_is_applied_once_and_answered_alike(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    first = await cups.change("cup", lambda cup: cup.pour(1), command=asked("a"), answer=lambda cup: cup)
    await cups.change("cup", lambda cup: cup.pour(10), command=asked("b"))

    again = await cups.change("cup", lambda cup: cup.pour(1), command=asked("a"), answer=lambda cup: cup)

    assert again.answer == first.answer
    assert again.answer["drops"] == 1
    assert not again.fresh
    assert (await cups.get("cup")).drops == 11


async def test_one_key_with_another_body_is_refused(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"), command=asked("new"))
    await cups.change("cup", lambda cup: cup.pour(1), command=asked("a", "one body"))

    with pytest.raises(KeyReused):
        await cups.change("cup", lambda cup: cup.pour(1), command=asked("a", "another body"))
    with pytest.raises(KeyReused):
        await cups.add(Cup(id="cup", authority="37"), command=asked("new", "another body"))

    assert (await cups.get("cup")).drops == 1


async def test_the_same_command_racing_itself_is_applied_once(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    elsewhere = another_process(cups)

    answers = await asyncio.gather(
        *(
            one.change("cup", lambda cup: cup.pour(1), command=asked("a"), answer=lambda cup: cup)
            for one in [cups, elsewhere] * 10
        )
    )

    assert (await cups.get("cup")).drops == 1
    assert {answer.answer["drops"] for answer in answers} == {1}
    assert sum(answer.fresh for answer in answers) == 1


async def test_many_commands_on_few_documents_from_two_processes_are_each_applied_once(cups: Cups) -> None:
    ids = ["one", "two", "three"]
    for id in ids:
        await cups.add(Cup(id=id, authority="37"))
    elsewhere = another_process(cups)
    chance = random.Random(7)
    calls = [(chance.choice(ids), number) for number in range(300)]

    async def pour(place: Cups, id: str, number: int) -> None:
        await asyncio.sleep(chance.random() * 0.02)
        await place.change(id, lambda cup: cup.pour(1), command=asked(str(number)))

    await asyncio.gather(*(pour(place, id, number) for id, number in calls for place in (cups, elsewhere)))

    for id in ids:
        raw = (await cups.collection.port.read([id]))[0]
        assert raw["drops"] == sum(1 for each, _ in calls if each == id)
        assert [entry["sequence"] for entry in raw["outbox"]] == list(range(1, raw["drops"] + 1))


async def test_calls_that_wait_together_are_written_together(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    await asyncio.gather(*(cups.change("cup", lambda cup: cup.pour(1)) for _ in range(MOST_FOLDED)))

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert raw["drops"] == MOST_FOLDED
    assert raw["version"] == 2


async def test_a_fold_has_an_end(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    await asyncio.gather(*(cups.change("cup", lambda cup: cup.pour(1)) for _ in range(5 * MOST_FOLDED)))

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert raw["drops"] == 5 * MOST_FOLDED
    assert raw["version"] == 6


async def test_a_refusal_in_a_fold_affects_its_caller_only(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37", drops=999_990))

    outcomes = await asyncio.gather(
        *(cups.change("cup", lambda cup: cup.pour(3)) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(outcome, CupFull) for outcome in outcomes) == 5
    assert (await cups.get("cup")).drops == 999_999


async def test_a_value_that_cannot_be_stored_fails_its_own_caller_and_nobody_elses(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    await cups.add(Cup(id="other", authority="37"))
    large = "x" * (9 * 1024 * 1024)

    outcomes = await asyncio.gather(
        cups.change("cup", lambda cup: cup.pour(1)),
        cups.change("cup", lambda cup: (cup.but(note=large), ())),
        cups.change("cup", lambda cup: cup.pour(1)),
        cups.change("other", lambda cup: cup.pour(1)),
        return_exceptions=True,
    )

    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False, False]
    assert (await cups.get("cup")).drops == 2
    assert (await cups.get("cup")).note == ""


async def test_an_event_too_large_to_send_is_never_saved(cups: Cups) -> None:
    class Long(Poured):
        text: str

    await cups.add(Cup(id="cup", authority="37"))

    with pytest.raises(EventTooLarge):
        await cups.change("cup", lambda cup: (cup.but(drops=1), (Long(drops=1, text="x" * 300_000),)))

    assert (await cups.get("cup")).drops == 0


async def test_a_full_outbox_takes_no_more_until_it_is_sent(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"), *(Poured(drops=1) for _ in range(MOST_UNSENT)))

    with pytest.raises(OutboxFull):
        await cups.change("cup", lambda cup: cup.pour(1))
    await cups.collection.port.clear({"cup": MOST_UNSENT})
    await cups.change("cup", lambda cup: cup.pour(1))

    assert (await cups.get("cup")).drops == 1


async def test_an_event_is_applied_once_however_often_it_comes(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    for sequence in (1, 1, 2, 1, 2):
        await cups.change("cup", lambda cup: cup.pour(1), because=rained(sequence))

    assert (await cups.get("cup")).drops == 2


async def test_a_document_follows_each_subject_by_itself(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    await cups.change("cup", lambda cup: cup.pour(1), because=rained(5, subject="one"))
    await cups.change("cup", lambda cup: cup.pour(1), because=rained(2, subject="two"))
    await cups.change("cup", lambda cup: cup.pour(1), because=rained(4, subject="one"))

    assert (await cups.get("cup")).drops == 2


async def test_a_document_made_by_an_event_is_made_once(cups: Cups) -> None:
    elsewhere = another_process(cups)

    made = await asyncio.gather(
        *(one.add(Cup(id="cup", authority="37"), Poured(drops=0), because=rained(1)) for one in (cups, elsewhere) * 3)
    )

    assert sum(each.fresh for each in made) == 1
    raw = (await cups.collection.port.read(["cup"]))[0]
    assert len(raw["outbox"]) == 1


async def test_settle_makes_what_is_missing_and_changes_what_is_there(cups: Cups) -> None:
    def more(cup: Cup | None) -> tuple[Cup, tuple[Poured, ...]]:
        held = cup or Cup(id="cup", authority="37")
        return held.but(drops=held.drops + 1), (Poured(drops=1),)

    await asyncio.gather(*(place.settle("cup", more) for place in (cups, another_process(cups)) for _ in range(5)))

    assert (await cups.get("cup")).drops == 10


async def test_an_authority_says_nothing_about_the_documents_of_another(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    with pytest.raises(WrongSpeaker):
        await cups.change("cup", lambda cup: cup.pour(1), because=rained(1, authority="48"))
    await cups.change("cup", lambda cup: cup.pour(1), because=rained(1, authority="00"))

    assert (await cups.get("cup")).drops == 1


async def test_a_document_follows_a_bounded_number_of_subjects(cups: Cups) -> None:
    followed = {f"/authorities/37/weather|{number}": 1 for number in range(2_000)}
    raw = {"_id": "cup", "kind": "Cup", "version": 1, "spoken": 0, "authority": "37"}
    write = cups.collection.port.prepare(Insert("cup", raw | {"outbox": [], "seen": followed, "done": []}))
    await cups.collection.port.write([write])

    with pytest.raises(TooManySubjects):
        await cups.change("cup", lambda cup: cup.pour(1), because=rained(1, subject="one-more"))


async def test_a_chain_is_told_when_decided_and_saved_at_its_end(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    chain = cups.collection.chain()

    for sequence in range(1, 11):
        await cups.change("cup", lambda cup: cup.pour(1), because=rained(sequence, chain=chain))

    assert (await cups.get("cup")).drops == 0
    await chain.save()
    raw = (await cups.collection.port.read(["cup"]))[0]
    assert (raw["drops"], raw["version"]) == (10, 2)


async def test_a_chain_saves_what_it_decided_though_another_document_could_not_be_read(cups: Cups) -> None:
    port = cups.collection.port
    unreadable = {"_id": "broken", "kind": "Cup", "version": 1, "spoken": 0, "outbox": [], "seen": {}, "done": []}
    await port.write([port.prepare(Insert("broken", unreadable))])
    chain = cups.collection.chain()
    await cups.settle("cup", lambda cup: (cup or Cup(id="cup", authority="37")).pour(1), because=rained(1, chain=chain))
    with pytest.raises(ValidationError):
        await cups.change("broken", lambda cup: cup.pour(1), because=rained(2, chain=chain))

    await chain.save()

    assert (await cups.get("cup")).drops == 1


@pytest.mark.parametrize("in_a_chain", [False, True])
async def test_what_concerns_a_document_only_if_it_is_there_makes_none(cups: Cups, in_a_chain: bool) -> None:
    chain = cups.collection.chain() if in_a_chain else None

    nowhere = await cups.change_if_there("cup", lambda cup: cup.pour(1), because=rained(1, chain=chain))
    await cups.settle("cup", lambda _: (Cup(id="cup", authority="37"), ()), because=rained(2, chain=chain))
    there = await cups.change_if_there("cup", lambda cup: cup.pour(1), because=rained(3, chain=chain))
    if chain is not None:
        await chain.save()

    assert nowhere is None and there is not None
    assert (await cups.get("cup")).drops == 1


async def test_a_chain_longer_than_a_fold_is_saved_in_order(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    chain = cups.collection.chain()

    for sequence in range(1, 101):
        await cups.change(
            "cup",
            lambda cup, n=sequence: (cup.but(poured_by=(*cup.poured_by, str(n))), ()),  # type: ignore[misc]
            because=rained(sequence, chain=chain),
        )
    await chain.save()

    assert (await cups.get("cup")).poured_by == tuple(str(number) for number in range(1, 101))


async def test_chains_of_many_subjects_on_one_document_all_arrive(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))

    async def run(subject: str) -> None:
        careful = False
        while True:
            chain = cups.collection.chain(careful=careful)
            try:
                for sequence in range(1, 21):
                    event = rained(sequence, subject=subject, chain=chain)
                    await cups.change("cup", lambda cup: cup.pour(1), because=event)
                    await asyncio.sleep(0)
                await chain.save()
                return
            except Conflict:
                careful = True

    async def command(place: Cups, number: int) -> None:
        await asyncio.sleep(random.random() * 0.05)
        await place.change("cup", lambda cup: cup.pour(1), command=asked(str(number)))

    elsewhere = another_process(cups)
    await asyncio.gather(
        *(run(f"sky{number}") for number in range(20)),
        *(command(place, number) for place in (cups, elsewhere) for number in range(30)),
    )

    assert (await cups.get("cup")).drops == 20 * 20 + 30


async def test_a_chain_that_lost_a_race_is_run_again_and_no_later_event_overtakes(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    elsewhere = another_process(cups)
    chain = cups.collection.chain()
    await cups.change("cup", lambda cup: cup.pour(1), because=rained(1, chain=chain))

    await elsewhere.change("cup", lambda cup: cup.pour(100))
    with pytest.raises(Conflict):
        await chain.save()

    raw = (await cups.collection.port.read(["cup"]))[0]
    assert raw["drops"] == 100
    assert raw["seen"] == {}


async def test_a_chain_that_adds_what_is_there_runs_again_carefully(cups: Cups) -> None:
    await another_process(cups).add(Cup(id="cup", authority="37", drops=1))
    chain = cups.collection.chain()
    await cups.add(Cup(id="cup", authority="37"), because=rained(1, chain=chain))
    with pytest.raises(Conflict):
        await chain.save()

    careful = cups.collection.chain(careful=True)
    again = await cups.add(Cup(id="cup", authority="37"), because=rained(1, chain=careful))
    await careful.save()

    assert not again.fresh
    assert again.document.drops == 1


async def test_a_command_waits_for_no_chain(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37"))
    chain = cups.collection.chain()
    await cups.change("cup", lambda cup: cup.pour(1), because=rained(1, chain=chain))

    async with asyncio.timeout(5):
        await cups.change("cup", lambda cup: cup.pour(10), command=asked("a"))
    await chain.save()

    assert (await cups.get("cup")).drops == 11


async def test_pages_follow_each_other_without_gap(cups: Cups) -> None:
    for number in range(5):
        await cups.add(Cup(id=f"cup{number}", authority="37", drops=number))
    await cups.add(Cup(id="cup9", authority="48"))

    first = await cups.find({"authority": "37"}, limit=3)
    second = await cups.find({"authority": "37"}, after=first.next, limit=3)

    assert [cup.id for cup in (*first.items, *second.items)] == [f"cup{number}" for number in range(5)]
    assert second.next is None
    assert await cups.count({"authority": "37", "drops": {"$gte": 3}}) == 2
    assert await cups.count({"authority": {"$regex": "^3"}}) == 5


VIETNAMESE = (
    "",
    "2 sao",
    "An",
    "Ăn",
    "Ân",
    "Bà",
    "Bả",
    "Bã",
    "Bá",
    "Bạ",
    "Bá Đen",
    "bà đen 2",
    "dứa",
    "Dứa",
    "Đào",
    "Ổi",
    "Ơi",
    "Ứng",
)


@pytest.mark.parametrize("limit", [1, 3, 50])
async def test_a_list_in_the_order_of_the_alphabet_comes_in_pages_and_each_document_once(
    cups: Cups, limit: int
) -> None:
    wanted = [(note, f"{copy}{place:02}") for place, note in enumerate(VIETNAMESE) for copy in "ab"]
    for note, id in random.Random(37).sample(wanted, len(wanted)):
        await cups.add(Cup(id=id, authority="37", note=note))
    await cups.add(Cup(id="other", authority="48", note="An"))

    found, after = list[tuple[str, str]](), None
    while True:
        page = await cups.listed("note", {"authority": "37"}, after=after, limit=limit)
        found += [(cup.note, cup.id) for cup in page.items]
        if (after := page.next) is None:
            break

    assert found == wanted


async def test_what_is_due_comes_longest_waiting_first_and_goes_when_it_is_no_longer_due(cups: Cups) -> None:
    from tests.shared.cups import NOW, timedelta

    for number in (3, 1, 2):
        await cups.add(Cup(id=f"cup{number}", authority="37", due=NOW + timedelta(hours=number)))
    await cups.change("cup1", lambda cup: (cup.but(due=None), ()))

    assert await cups.due(NOW + timedelta(hours=2), 10) == ["cup2"]
    assert await cups.due(NOW + timedelta(hours=9), 10) == ["cup2", "cup3"]
    assert (await cups.get("cup2")).due == NOW + timedelta(hours=2)


async def test_outboxes_that_were_left_are_found_from_a_cursor_on(cups: Cups) -> None:
    from shared.clock import system_clock
    from tests.shared.cups import timedelta

    for number in range(5):
        await cups.add(Cup(id=f"cup{number}", authority="37"), Poured(drops=number))
    later = system_clock() + timedelta(seconds=1)
    port: Any = cups.collection.port

    first = await port.unsent(later, None, 3)
    second = await port.unsent(later, (first[-1].saved, first[-1].id), 3)
    await port.clear({each.id: 1 for each in (*first, *second)})

    assert sorted(each.id for each in (*first, *second)) == [f"cup{number}" for number in range(5)]
    assert await port.unsent(later, None, 3) == []
    assert await port.oldest_unsent() is None


async def test_documents_are_tallied_by_the_values_of_their_fields(cups: Cups) -> None:
    for n, (authority, drops) in enumerate([("37", 1), ("37", 1), ("37", 2), ("38", 1)]):
        await cups.add(Cup(id=f"cup{n}", authority=authority, drops=drops))

    tallied = await cups.tally({"drops": {"$lt": 9}}, ("authority", "drops"))

    assert sorted(tallied) == [(("37", 1), 2), (("37", 2), 1), (("38", 1), 1)]
    assert await cups.tally({"authority": "40"}, ("drops",)) == []


async def test_adding_what_is_there_is_answered_as_it_stands(cups: Cups) -> None:
    await cups.add(Cup(id="cup", authority="37", drops=3))

    again = await cups.add(Cup(id="cup", authority="37", drops=9), command=asked("k"), answer=lambda cup: cup)

    assert again.answer["drops"] == 3

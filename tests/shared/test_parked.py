"""Parked lanes: in order, bounded, each step on record."""

from datetime import datetime

import pytest

from shared.collection import Collection
from shared.envelope import Outgoing, Record
from shared.errors import Unavailable
from shared.memory import MemoryPort
from shared.parked import MOST_IN_LANE, Lane, LaneFull, Lanes, NothingParked, ParkedEvent, Parking, lane_of
from tests.shared.cups import NOW, Rained, RelayHeard

TOPIC = "ocop.37.skies"
LANE = f"lane/{TOPIC}/sky"


def record(sequence: int, *, key: str = "sky", offset: int | None = None, value: bytes = b"{}") -> Record:
    event = Outgoing(sequence, Rained.TYPE, "skies", NOW, value, "c", "", "")
    headers = event.headers("/authorities/37/weather", key)
    return Record(TOPIC, 0, sequence if offset is None else offset, key.encode(), headers, value)


@pytest.fixture
def port() -> MemoryPort:
    return MemoryPort()


@pytest.fixture
def lanes(port: MemoryPort) -> Lanes:
    return Lanes(Collection(port, RelayHeard(), new_correlation=lambda: "c"))


def parking_on(lanes: Lanes, authorities: frozenset[str] = frozenset({"37"})) -> Parking:
    def now() -> datetime:
        return NOW

    return Parking(lanes, "tea", authorities, now)


@pytest.fixture
def parking(lanes: Lanes) -> Parking:
    return parking_on(lanes)


async def sequences(lanes: Lanes) -> list[int]:
    return [event.sequence for event in (await lanes.get(LANE)).events]


async def test_a_parked_event_is_kept_byte_for_byte_with_its_cause(lanes: Lanes, parking: Parking) -> None:
    odd = Record(TOPIC, 1, 9, b"\xff\xfe", [("ce_type", None), ("x", b"\xff")], b"\xff")

    await parking.park(odd, "malformed", "it cannot be read")

    lane = (await lanes.find({})).items[0]
    assert lane.events[0].record() == odd._replace(headers=tuple(odd.headers))
    assert (lane.events[0].cause, lane.events[0].reason) == ("malformed", "it cannot be read")
    assert lane.id == lane_of(odd)


async def test_the_dead_letter_is_spoken_on_the_topic_of_the_stream(port: MemoryPort, parking: Parking) -> None:
    await parking.park(record(1), "bug", "why")

    (letter,) = port.documents[LANE]["outbox"]

    assert (letter["stream"], letter["type"]) == ("skies.dlq", "vn.ocop.event.parked.v1")


async def test_later_events_of_a_subject_line_up_and_earlier_ones_do_not(lanes: Lanes, parking: Parking) -> None:
    await parking.park(record(2), "bug", "why")

    assert parking.may_wait(record(3))
    assert await parking.line_up(record(3))
    assert not await parking.line_up(record(1)), "it was applied long ago, or is to be applied now"
    assert not parking.may_wait(record(1, key="another sky"))
    assert await sequences(lanes) == [2, 3]


async def test_the_same_event_again_is_parked_once(lanes: Lanes, parking: Parking) -> None:
    await parking.park(record(2), "bug", "why")

    await parking.park(record(2), "bug", "why")
    await parking.line_up(record(3))
    await parking.line_up(record(3, offset=99))

    assert await sequences(lanes) == [2, 3]


async def test_an_older_event_takes_its_place_before_the_newer_ones(lanes: Lanes, parking: Parking) -> None:
    await parking.park(record(5), "bug", "why")

    await parking.park(record(3), "bug", "why")

    assert await sequences(lanes) == [3, 5]


async def test_another_process_learns_which_subjects_wait(lanes: Lanes, parking: Parking) -> None:
    await parking.park(record(2), "bug", "why")
    other = parking_on(lanes)
    assert not other.may_wait(record(3))

    await other.learn()

    assert other.may_wait(record(3))
    assert await other.waiting() == 1


async def test_replay_applies_in_order_and_stops_at_the_first_that_fails(lanes: Lanes, parking: Parking) -> None:
    for sequence in (1, 2, 3):
        await parking.park(record(sequence), "bug", "why")
    applied: list[int] = []

    async def handle(given: Record) -> None:
        if given.offset == 3:
            raise ZeroDivisionError
        applied.append(given.offset)

    with pytest.raises(ZeroDivisionError):
        await parking.replay(LANE, handle, "an operator", "it is mended")

    assert applied == [1, 2]
    assert await sequences(lanes) == [3]
    actions = (await lanes.get(LANE)).actions
    assert [(each.what, each.sequence, each.who, each.why) for each in actions] == [
        ("replayed", 1, "an operator", "it is mended"),
        ("replayed", 2, "an operator", "it is mended"),
    ]


async def test_an_emptied_lane_lets_the_next_event_pass(parking: Parking) -> None:
    await parking.park(record(1), "bug", "why")

    await parking.discard(LANE, "an operator", "it was made up")

    assert not await parking.line_up(record(2))
    assert not parking.may_wait(record(2))
    assert await parking.waiting() == 0


async def test_nothing_can_be_discarded_from_an_empty_lane(parking: Parking) -> None:
    await parking.park(record(1), "bug", "why")
    await parking.discard(LANE, "an operator", "it was made up")

    with pytest.raises(NothingParked):
        await parking.discard(LANE, "an operator", "once more")


def test_a_full_lane_is_the_worlds_fault_and_forgets_nothing() -> None:
    lane = Lane(id=LANE, authority="37", topic=TOPIC, subject="sky", service="tea")
    events = tuple(ParkedEvent.of(record(n), "behind", "", NOW) for n in range(1, MOST_IN_LANE + 1))

    with pytest.raises(LaneFull):
        lane.but(events=events).park(ParkedEvent.of(record(MOST_IN_LANE + 1), "behind", "", NOW))

    assert issubclass(LaneFull, Unavailable)


async def test_a_lane_belongs_to_the_speaker_or_else_to_whoever_keeps_it(lanes: Lanes) -> None:
    foreign = record(1)._replace(topic="ocop.00.skies")

    await parking_on(lanes, frozenset({"48", "37"})).park(foreign, "refused", "why")

    assert (await lanes.get(lane_of(foreign))).authority == "37"

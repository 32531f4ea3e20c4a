"""What one process parks holds back its subject in every other one that takes over, and leaves by its place only."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from shared.collection import Collection
from shared.delivery import Delivery, bind
from shared.envelope import Outgoing, Received, Record
from shared.errors import Refusal, Unavailable
from shared.memory import MemoryPort
from shared.parked import AnotherFirst, Lanes, Parking
from shared.port import Raw
from tests.shared.cups import NOW, Rained, RelayHeard


class Drought(Refusal):
    vi = "Trời hạn."
    en = "It does not rain."


class Room:
    """One process: its handler fills a cup, and refuses the drops named in ``dry``."""

    def __init__(self, port: MemoryPort, dry: frozenset[int] = frozenset()) -> None:
        collection = Collection(port, RelayHeard(), new_correlation=lambda: "timer")
        self.lanes = Lanes(collection)
        self.parking = Parking(self.lanes, "tea", frozenset({"37"}), lambda: NOW)
        self.poured: list[int] = []

        async def pour(event: Received[Rained]) -> None:
            if event.data.drops in dry:
                raise Drought()
            self.poured.append(event.data.drops)

        self.delivery = Delivery("tea", {"37"}, bind({Rained: pour}), collection, self.parking)


def rain(sequence: int, subject: str = "sky") -> Record:
    """It rains as many drops as the sequence says."""
    data = Rained(drops=sequence).model_dump_json().encode()
    event = Outgoing(sequence, Rained.TYPE, "skies", NOW, data, "c", "", "")
    headers = event.headers("/authorities/37/weather", subject)
    return Record("ocop.37.skies", 0, sequence, subject.encode(), headers, data)


async def test_later_events_wait_in_the_process_that_takes_a_partition_over() -> None:
    port = MemoryPort()
    before, after = Room(port, dry=frozenset({1})), Room(port)
    await after.parking.learn()
    await before.delivery.chain([rain(1)])

    after.parking.forget()
    await after.delivery.chain([rain(2), rain(3)])

    [lane] = (await after.lanes.find({})).items
    assert [event.sequence for event in lane.events] == [1, 2, 3]
    assert after.poured == []


async def test_nothing_is_handled_before_the_waiting_lanes_are_known() -> None:
    port = MemoryPort()
    before, after = Room(port, dry=frozenset({1})), Room(port)
    await before.delivery.chain([rain(1)])
    port.away = True

    with pytest.raises(Unavailable):
        await after.delivery.chain([rain(2)])
    port.away = False
    await after.delivery.chain([rain(2)])

    assert after.poured == []


class SlowPort(MemoryPort):
    """Answers a search with what was there when it was asked, as late as it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def find(self, where: Mapping[str, Any], *, after: str | None, limit: int) -> list[Raw]:
        found = await super().find(where, after=after, limit=limit)
        self.asked.set()
        await self.let.wait()
        return found


async def test_what_is_parked_while_the_lanes_are_asked_for_is_not_forgotten() -> None:
    port = SlowPort()
    room = Room(port)
    learning = asyncio.create_task(room.parking.learn())
    await port.asked.wait()

    await room.parking.park(rain(1), "refused", "It does not rain.")
    port.let.set()
    await learning

    assert room.parking.may_wait(rain(2))


async def test_many_who_ask_at_once_are_answered_by_one_search() -> None:
    port = SlowPort()
    room = Room(port)
    asking = [asyncio.create_task(room.parking.learn()) for _ in range(50)]
    await port.asked.wait()
    port.asked.clear()

    port.let.set()
    await asyncio.gather(*asking)

    assert not port.asked.is_set()


async def test_an_event_is_discarded_by_its_place_so_that_asking_again_takes_no_other_out() -> None:
    room = Room(MemoryPort(), dry=frozenset({1}))
    await room.delivery.chain([rain(1), rain(2)])
    [lane] = (await room.lanes.find({})).items

    await room.parking.discard(lane.id, "operator", "it did not rain", 1)
    with pytest.raises(AnotherFirst):
        await room.parking.discard(lane.id, "operator", "it did not rain", 1)

    [left] = (await room.lanes.find({})).items
    assert [event.sequence for event in left.events] == [2]

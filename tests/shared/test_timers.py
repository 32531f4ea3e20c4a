"""Timers: once per document whoever rings, and never by a clock that ran away."""

import asyncio
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from shared.collection import Collection
from shared.document import Decision, Document, Fact
from shared.memory import MemoryPort
from shared.store import Store
from shared.timers import FURTHEST, ClockAccepted, ClockGuard, ring_for_ever, ring_once
from tests.shared.cups import NOW, RelayHeard
from tests.shared.signing import Hands


class Rang(Fact):
    TYPE: ClassVar[str] = "vn.ocop.bell.rang.v1"
    STREAM: ClassVar[str] = "bells"

    step: int


class Bell(Document):
    """Rings at each of its hours."""

    hours: tuple[datetime, ...]
    rung: tuple[int, ...] = ()

    def ring(self, now: datetime) -> Decision["Bell"]:
        steps = [n for n, hour in enumerate(self.hours) if hour <= now and n not in self.rung]
        left = [hour for n, hour in enumerate(self.hours) if n not in (*self.rung, *steps)]
        rung = self.but(rung=(*self.rung, *steps), due=min(left, default=None))
        return rung, tuple(Rang(step=step) for step in steps)


class Bells(Store[Bell]):
    model = Bell


@pytest.fixture
def port() -> MemoryPort:
    return MemoryPort()


@pytest.fixture
def clock() -> Hands:
    return Hands(NOW)


class Worker:
    """One process that rings."""

    def __init__(self, port: MemoryPort, clock: Hands) -> None:
        collection = Collection(port, RelayHeard(), clock=clock, new_correlation=lambda: "timer")
        self.bells = Bells(collection)
        self.guard = ClockGuard(collection, clock, "37")

    async def ring(self) -> int:
        return await ring_once(self.bells, Bell.ring, self.guard)


@pytest.fixture
def worker(port: MemoryPort, clock: Hands) -> Worker:
    return Worker(port, clock)


def hours(*after: float) -> tuple[datetime, ...]:
    return tuple(NOW + timedelta(hours=each) for each in after)


def spoken(port: MemoryPort, id: str = "bell") -> list[bytes]:
    return [entry["data"] for entry in port.documents[id]["outbox"]]


async def test_a_document_rings_when_it_is_due_and_not_before(port: MemoryPort, clock: Hands, worker: Worker) -> None:
    await worker.bells.add(Bell(id="bell", authority="37", hours=hours(1), due=hours(1)[0]))

    early = await worker.ring()
    clock.turn(timedelta(hours=1))
    on_time = await worker.ring()
    later = await worker.ring()

    assert (early, on_time, later) == (0, 1, 0)
    assert spoken(port) == [b'{"step":0}']
    assert "due" not in port.documents["bell"]


async def test_two_schedulers_ring_each_document_once(port: MemoryPort, clock: Hands) -> None:
    one, other = Worker(port, clock), Worker(port, clock)
    for number in range(20):
        await one.bells.add(Bell(id=f"bell-{number}", authority="37", hours=hours(1), due=hours(1)[0]))
    await asyncio.gather(one.ring(), other.ring())
    clock.turn(timedelta(hours=1))

    await asyncio.gather(one.ring(), other.ring(), one.ring(), other.ring())

    assert [spoken(port, f"bell-{number}") for number in range(20)] == [[b'{"step":0}']] * 20


async def test_what_was_missed_is_rung_once_each_and_in_order(port: MemoryPort, clock: Hands, worker: Worker) -> None:
    await worker.ring()
    await worker.bells.add(Bell(id="bell", authority="37", hours=hours(1, 2, 30), due=hours(1)[0]))
    clock.turn(timedelta(hours=5))

    await worker.ring()

    assert spoken(port) == [b'{"step":0}', b'{"step":1}']
    assert port.documents["bell"]["due"] == hours(30)[0]


async def test_a_clock_that_jumped_stops_the_timers_until_an_operator_accepts_it(
    port: MemoryPort, clock: Hands, worker: Worker
) -> None:
    await worker.ring()
    await worker.bells.add(Bell(id="bell", authority="37", hours=hours(1), due=hours(1)[0]))
    clock.turn(FURTHEST + timedelta(minutes=2))

    assert await worker.ring() == 0
    assert worker.guard.stopped_at == clock.now
    assert spoken(port) == []

    accepted = await worker.guard.accept("an operator")

    assert accepted == clock.now
    assert worker.guard.stopped_at is None
    assert await worker.ring() == 1
    assert port.documents["clock"]["accepted_by"] == "an operator"


async def test_a_clock_that_ran_72_hours_is_still_believed(port: MemoryPort, clock: Hands, worker: Worker) -> None:
    await worker.ring()
    await worker.bells.add(Bell(id="bell", authority="37", hours=hours(1), due=hours(1)[0]))
    clock.turn(FURTHEST)

    assert await worker.ring() == 1


async def test_a_clock_that_went_back_by_itself_goes_on_without_an_operator(clock: Hands, worker: Worker) -> None:
    await worker.ring()
    clock.turn(FURTHEST * 2)
    assert await worker.guard.passed() is None

    clock.turn(-FURTHEST * 2)

    assert await worker.guard.passed() == clock.now
    assert worker.guard.stopped_at is None


async def test_the_last_ring_is_remembered_across_a_restart(port: MemoryPort, clock: Hands, worker: Worker) -> None:
    await worker.ring()
    clock.turn(FURTHEST * 2)

    assert await Worker(port, clock).guard.passed() is None


async def test_there_is_nothing_to_accept_while_the_clock_runs(worker: Worker) -> None:
    await worker.ring()

    with pytest.raises(ClockAccepted):
        await worker.guard.accept("an operator")


async def test_a_document_that_cannot_ring_does_not_keep_the_others_from_it(
    port: MemoryPort, clock: Hands, worker: Worker
) -> None:
    for id in ("sound", "cracked"):
        await worker.bells.add(Bell(id=id, authority="37", hours=hours(0), due=NOW))

    def ring(bell: Bell, now: datetime) -> Decision[Bell]:
        if bell.id == "cracked":
            raise ZeroDivisionError(bell.id)
        return bell.ring(now)

    await ring_once(worker.bells, ring, worker.guard)

    assert spoken(port, "sound") == [b'{"step":0}']
    assert port.documents["cracked"]["due"] == NOW


async def test_the_loop_goes_on_when_the_database_is_back(port: MemoryPort, clock: Hands, worker: Worker) -> None:
    await worker.bells.add(Bell(id="bell", authority="37", hours=hours(0), due=NOW))
    port.away = True
    ringing = asyncio.create_task(ring_for_ever(worker.bells, Bell.ring, worker.guard, 0.01))
    await asyncio.sleep(0.05)

    port.away = False

    async with asyncio.timeout(5):
        while not spoken(port):
            await asyncio.sleep(0.01)
    ringing.cancel()

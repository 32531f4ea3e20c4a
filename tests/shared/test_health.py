"""Health: what is wrong is named, what is alive is not restarted, and a dead loop is seen."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from shared.clock import system_clock
from shared.health import UNSENT_SECONDS
from tests.shared.test_operations import Tower, rain


class Tasks:
    """The tasks beside the API, alive or not."""

    def __init__(self, **alive: bool) -> None:
        self._alive = alive

    def alive(self) -> dict[str, bool]:
        return self._alive


@pytest_asyncio.fixture
async def tower() -> AsyncIterator[Tower]:
    made = Tower()
    made.health.prepared = True
    yield made


async def looked(tower: Tower) -> list[str]:
    """What is wrong after a look around."""
    watching = asyncio.create_task(tower.health.watch())
    await asyncio.sleep(0.05)
    watching.cancel()
    return tower.health.troubles()


async def test_all_is_well_when_nothing_is_wrong(tower: Tower) -> None:
    assert await looked(tower) == []
    assert tower.health.ready()


async def test_a_process_is_not_ready_before_it_has_looked_or_is_prepared(tower: Tower) -> None:
    assert tower.health.troubles() == ["MongoDB: not asked yet"]
    tower.health.prepared = False

    assert await looked(tower) == ["start: indexes and data are not ready yet"]
    assert not tower.health.ready()


async def test_a_database_that_is_away_is_named_and_nobody_is_restarted_for_it(tower: Tower) -> None:
    tower.port.away = True

    troubles = await looked(tower)

    assert troubles == ["MongoDB: the memory port was told to be away"]
    assert not tower.health.ready()
    assert tower.health.dead() == []
    tower.port.away = False
    assert await looked(tower) == []


async def test_an_event_that_waits_too_long_says_that_kafka_takes_none(tower: Tower) -> None:
    await tower.park(rain(1))
    (document,) = tower.port.documents.values()
    document["outbox"][0]["saved"] = system_clock() - timedelta(seconds=UNSENT_SECONDS + 5)

    troubles = await looked(tower)

    assert [each.partition(":")[0] for each in troubles] == ["Kafka"]
    assert not tower.health.ready()


async def test_an_api_that_can_save_is_ready_though_kafka_takes_nothing(tower: Tower) -> None:
    tower.health.role = "api"
    await tower.park(rain(1))
    (document,) = tower.port.documents.values()
    document["outbox"][0]["saved"] = system_clock() - timedelta(seconds=UNSENT_SECONDS + 5)

    await looked(tower)

    assert tower.health.ready()


async def test_a_task_that_ended_is_dead_but_one_that_starts_things_may_end(tower: Tower) -> None:
    tower.health.follow(Tasks(relay=True, start=False, begin=False, delivery=True))
    assert tower.health.dead() == []

    tower.health.follow(Tasks(relay=True, delivery=False))

    assert tower.health.dead() == ["delivery has ended"]


async def test_the_status_counts_what_waits(tower: Tower) -> None:
    await tower.park(rain(1), rain(2))
    await looked(tower)

    status = tower.health.status()

    assert (status.outbox_documents, status.parked_lanes) == (1, 1)
    assert status.outbox_oldest_seconds is not None


async def test_a_clock_that_jumped_is_a_trouble_that_does_not_take_the_service_away(tower: Tower) -> None:
    await tower.guard.passed()
    tower.clock.turn(timedelta(days=30))
    await tower.guard.passed()

    troubles = await looked(tower)

    assert troubles == ["clock: it has jumped; accept it with `ocop clock accept`"]
    assert tower.health.ready()

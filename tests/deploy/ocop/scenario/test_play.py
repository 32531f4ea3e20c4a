"""Tam Điệp 2023 on the real system: what the services count is what the source counts, however often it is played."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from deploy.local.stack import Stack
from deploy.ocop import clock
from deploy.ocop.client import client_of
from deploy.ocop.events import Wanted, tail
from deploy.ocop.scenario import play
from deploy.ocop.scenario.script import load
from deploy.ocop.status import look
from deploy.ocop.system import Given, System, find_system
from shared.clock import system_clock

pytestmark = [pytest.mark.real, pytest.mark.slow]

SCRIPT = load()


@pytest_asyncio.fixture
async def system(tmp_path: Path, jars: Path) -> AsyncIterator[System]:
    """A whole system of its own, because the scenario moves its clock by years."""
    stack = Stack(tmp_path, ("00", "37"), jars=jars, usual_ports=False)
    await stack.up()
    try:
        yield find_system(tmp_path, Given())
    finally:
        await stack.down()


async def test_the_services_count_what_the_source_counts_and_a_second_run_changes_nothing(system: System) -> None:
    screen = Console(width=120)
    with screen.capture() as shown:
        first = await play(system, screen)
    # A run that broke off between moving the clock and accepting it leaves the timers stopped.
    clock.move(system.moved_clock(), clock.now(system) + timedelta(days=30))
    again = await play(system)

    assert first.differing(SCRIPT.source) == []
    assert again == first
    figures = first.figures
    assert (figures["issued"], figures["handed_over"], figures["verified"]) == (13, 13, 13)
    assert (figures["valid"], figures["expired"]) == (0, 13)
    assert (figures["messages"], figures["unsent"]) == (173, 0)
    assert first.messages["result-announced"] == 14
    assert "the clock guard stopped the timers of" in shown.get()
    assert clock.now(system) - system_clock() > timedelta(days=3 * 365)

    said = [event async for event in tail(system.bus(), Wanted(authority="37"), from_start=True, follow=False)]
    types = Counter(event.type for event in said)
    assert types["vn.ocop.certificate.issued.v1"] == types["vn.ocop.certificate.expired.v1"] == 13
    assert types["vn.ocop.dossier.lodged.v1"] == types["vn.ocop.commune.assessed.v1"] == 13
    assert types["vn.ocop.dossier.received.v1"] == 26
    assert types["vn.ocop.dossier.submitted.v1"] == types["vn.ocop.result.announced.v1"] == 14

    async with client_of(system) as client:
        report = await look(client)
    assert report.good and report.lag_from == "kafka"
    assert {(lag.service, lag.records) for lag in report.lag if lag.authority == "37"} == {
        (service, 0) for service in system.services
    }

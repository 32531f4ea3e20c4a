"""Rebuilding the service from three years of events sends nothing, because nothing is there that could send."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notification.addressees import meant
from services.notification.channels import ChannelAway, SmtpChannel
from services.notification.domain.rules import rules_for
from services.notification.events import CONSUMES
from services.notification.main import NotificationSettings, wire
from shared.clock import system_clock
from shared.collection import Collection
from shared.http import fresh_id
from shared.memory import MemoryPort
from shared.service import Plumbing
from tests.services.notification.desk import example, received
from tests.shared.unplugged import Unplugged

DAYS = 3 * 365
_opened: list[str] = []
_counting: list[bool] = []


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if _counting and event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        _opened.append(event)


sys.addaudithook(_count)


@pytest.fixture
def connections() -> Iterator[list[str]]:
    """Every connection that is tried while a test runs."""
    _opened.clear()
    _counting.append(True)
    yield _opened
    _counting.clear()


async def test_three_years_of_events_open_not_one_connection(tmp_path: Path, connections: list[str]) -> None:
    port = MemoryPort()
    collection = Collection(port, Unplugged(), new_correlation=fresh_id)
    settings = NotificationSettings(
        authorities=frozenset({"37"}), rebuilding=True, smtp_url="smtp://127.0.0.1:9", mail_folder=tmp_path / "mail"
    )
    wiring = wire(Plumbing(settings, system_clock, collection))

    now, told = system_clock(), 0
    for number in range(DAYS):
        heard = CONSUMES[number % len(CONSUMES)]
        event = received(example(heard.__name__), number + 1, f"subject-{number}")
        event = event._replace(time=now - timedelta(days=DAYS - number))
        await wiring.handlers[heard](event)
        told += sum(len(meant(rule.audience, event)[1]) for rule in rules_for(heard.TYPE))

    kept = [raw for raw in port.documents.values() if raw["kind"] == "Delivery"]
    assert connections == []
    assert wiring.work == []
    assert len(kept) == told > 900
    assert {raw["state"] for raw in kept} == {"recorded"} and not any("due" in raw for raw in port.documents.values())
    assert not (tmp_path / "mail").exists()


@pytest.mark.real
async def test_a_connection_that_is_tried_is_counted(connections: list[str]) -> None:
    channel = SmtpChannel("smtp://127.0.0.1:9", "no-reply@ocop.example", seconds=1)

    async with channel.session() as session:
        with pytest.raises(ChannelAway):
            await session.ready()

    assert connections

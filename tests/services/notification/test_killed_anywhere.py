"""Killed before or after any write of a delivery: systems are told under the same id, persons once or as stated."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.notification.domain.delivery import LEASE
from shared.memory import MemoryPort
from shared.port import Outcome
from tests.services.notification.desk import Desk, example
from tests.services.notification.switchboard import Switchboard

WRITES = 3
"""Claimed; begun; ended. The message leaves between the last two."""


class Mortal(MemoryPort):
    """The database as a process sees it that is killed at its ``last`` write, before or after that went in."""

    def __init__(self) -> None:
        super().__init__()
        self.last, self.went_in = 0, False
        self.dead = asyncio.Event()

    async def write(self, prepared: Sequence[Any]) -> list[Outcome]:
        self.last -= 1
        if self.last == 0 and not self.went_in:
            await self._die()
        outcomes = await super().write(prepared)
        if self.last == 0 and self.went_in:
            await self._die()
        return outcomes

    async def _die(self) -> None:
        self.dead.set()
        await asyncio.Event().wait()


async def killed(work: Any, port: Mortal) -> None:
    """Let the process work until it is killed; nothing after that runs."""
    working = asyncio.create_task(work)
    async with asyncio.timeout(5):
        await port.dead.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


@pytest.mark.parametrize(("write", "went_in"), [(n, after) for n in range(1, WRITES + 1) for after in (False, True)])
async def test_a_person_is_told_once_unless_the_answer_of_the_server_was_lost(
    tmp_path: Path, write: int, went_in: bool
) -> None:
    port = Mortal()
    dying = Desk(tmp_path, port=port)
    id = await dying.hear(example("CertificateIssued"))
    port.last, port.went_in = write, went_in
    await killed(dying.worker().round(), port)

    desk = Desk(tmp_path)
    desk.port.documents = port.documents
    desk.pass_time(LEASE)
    await desk.worker().round()

    delivery, shown = await desk.delivery(id), desk.shown()
    begun_and_not_ended = (write, went_in) in ((2, True), (3, False))
    assert delivery.state == "sent"
    assert len(shown) == (2 if (write, went_in) == (3, False) else 1)
    assert {message["Message-ID"] for message in shown} == {f"<{id}@ocop.example>"}
    assert ("interrupted" in [attempt.outcome for attempt in delivery.attempts]) is begun_and_not_ended


@pytest.mark.parametrize(("write", "went_in"), [(n, after) for n in range(1, 4) for after in (False, True)])
async def test_a_system_is_told_of_everything_in_order_at_least_once_under_the_same_ids(
    tmp_path: Path, write: int, went_in: bool
) -> None:
    port = Mortal()
    dying = Switchboard(tmp_path, port=port)
    await dying.subscribe("shop")
    await dying.happens(example("CertificateIssued"), 1)
    await dying.happens(example("CertificateHandedOver"), 2)
    port.last, port.went_in = write, went_in
    await killed(dying.dispatch(), port)

    board = Switchboard(tmp_path, dying.receivers)
    board.port.documents = port.documents
    board.pass_time(LEASE)
    await board.dispatch()

    told = dying.receivers.ids("https://shop")
    assert list(dict.fromkeys(told)) == ["subject-1.1", "subject-1.2"]
    assert len(told) <= 3
    (log,) = await board.log_of("shop")
    assert (log.waiting, log.due) == (0, None)

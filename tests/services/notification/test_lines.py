"""Connections to receivers: used again while both sides hold them, and never more than a few kept."""

import asyncio
from collections.abc import AsyncIterator

import httpcore
import pytest
import pytest_asyncio

from services.notification.lines import MOST_IDLE, Lines
from tests.services.notification.receiver import Receiver

pytestmark = pytest.mark.real

BODY = b"{}"


class Dialled:
    """Counts the connections that are opened."""

    def __init__(self) -> None:
        self.lines: list[httpcore.AsyncHTTPConnection] = []

    def __call__(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        self.lines.append(httpcore.AsyncHTTPConnection(origin, keepalive_expiry=30))
        return self.lines[-1]


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as receiver:
        yield receiver


@pytest_asyncio.fixture
async def dialled() -> Dialled:
    return Dialled()


@pytest_asyncio.fixture
async def lines(dialled: Dialled) -> AsyncIterator[Lines]:
    lines = Lines(dialled)
    yield lines
    await lines.close()


async def ask(lines: Lines, url: str) -> int:
    async with lines.post(url, {"Host": "receiver"}, BODY) as response:
        await response.aread()
        return response.status


async def test_one_after_the_other_goes_over_one_connection(receiver: Receiver, lines: Lines, dialled: Dialled) -> None:
    answers = [await ask(lines, receiver.url("500")) for _ in range(5)]

    assert (answers, len(dialled.lines)) == ([500] * 5, 1)


async def test_what_is_asked_together_has_a_connection_each(receiver: Receiver, lines: Lines, dialled: Dialled) -> None:
    await asyncio.gather(*(ask(lines, receiver.url("500")) for _ in range(5)))
    await asyncio.gather(*(ask(lines, receiver.url("500")) for _ in range(5)))

    assert len(dialled.lines) == 5


async def test_an_answer_that_is_not_read_to_its_end_ends_its_connection(
    receiver: Receiver, lines: Lines, dialled: Dialled
) -> None:
    async with lines.post(receiver.url("302"), {"Host": "receiver"}, BODY):
        pass
    async with lines.post(receiver.url("302"), {"Host": "receiver"}, BODY):
        pass

    assert [line.is_closed() for line in dialled.lines] == [True, True]


async def test_after_a_reset_the_next_request_dials_again(receiver: Receiver, lines: Lines, dialled: Dialled) -> None:
    with pytest.raises((httpcore.NetworkError, httpcore.ProtocolError)):
        await ask(lines, receiver.url("resets"))

    assert (await ask(lines, receiver.url("500")), len(dialled.lines)) == (500, 2)


async def test_a_connection_the_other_side_has_closed_is_not_used(lines: Lines, dialled: Dialled) -> None:
    async with Receiver().listening() as first:
        await ask(lines, first.url("500"))
        port = first.port
    async with Receiver().listening(port) as again:
        assert await ask(lines, again.url("500")) == 500

    assert len(dialled.lines) == 2


async def test_only_so_many_are_kept(receiver: Receiver, lines: Lines, dialled: Dialled) -> None:
    await asyncio.gather(*(ask(lines, receiver.url("500")) for _ in range(MOST_IDLE + 20)))

    assert sum(not line.is_closed() for line in dialled.lines) == MOST_IDLE

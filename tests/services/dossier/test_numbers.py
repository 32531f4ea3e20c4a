"""Numbers on the real MongoDB: 200 clerks of one commune at once, on two processes, and one that asks twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from services.dossier.store import Numbers
from shared.collection import Collection
from shared.driver import connect
from shared.http import fresh_id
from tests.services.dossier.builders import TODAY
from tests.shared.cups import RelayHeard

CLERKS = 200

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def process(mongo_url: str, database: str) -> AsyncIterator[Callable[[], Numbers]]:
    """Another process of the service, as far as its numbers go."""
    async with AsyncExitStack() as stack:

        def start() -> Numbers:
            port = connect("motor", mongo_url, database, "dossiers")
            stack.push_async_callback(port.close)
            return Numbers(Collection(port, RelayHeard(), new_correlation=fresh_id))

        yield start


async def test_200_clerks_at_once_draw_every_number_once_and_leave_no_gap(process: Callable[[], Numbers]) -> None:
    processes = [process(), process()]

    async def draw(clerk: int) -> int:
        numbers = processes[clerk % 2]
        return await numbers.give("registration", "37", "14362", TODAY, 2026, f"dossier-{clerk}")

    # Every second one asks twice, as an officer does who does not see the answer come.
    drawn = await asyncio.gather(*(draw(clerk) for clerk in range(CLERKS)))
    again = await asyncio.gather(*(draw(clerk) for clerk in range(0, CLERKS, 2)))

    assert sorted(drawn) == list(range(1, CLERKS + 1))
    assert again == drawn[::2]
    series = await processes[0].get("series/registration/37/14362/2026")
    assert {id: given.number for id, given in series.given.items()} == {
        f"dossier-{clerk}": number for clerk, number in enumerate(drawn)
    }

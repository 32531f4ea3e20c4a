"""Settings of the tests of scoring, and the room in which most of them take place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from hypothesis import settings

from tests.services.scoring.room import Room

# A machine that does other work beside the tests is slow now and then; that is not what a property is about.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Scoring in memory, with the catalogue on file."""
    room = Room(files=tmp_path / "files")
    await room.prepare()
    yield room

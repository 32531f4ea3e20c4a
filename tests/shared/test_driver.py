"""The port to MongoDB keeps every promise of the store, on Motor and on PyMongo's async client."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.driver import connect
from tests.shared.cups import Cups
from tests.shared.store_suite import *  # noqa: F403 - the suite is the test

pytestmark = pytest.mark.real


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def port(request: pytest.FixtureRequest, mongo_url: str, database: str) -> AsyncIterator[Any]:
    made = connect(request.param, mongo_url, database, "cups")
    await made.prepare_indexes(Cups.indexes, Cups.alphabetical)
    yield made
    await made.close()

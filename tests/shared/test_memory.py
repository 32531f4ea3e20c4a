"""The port to memory keeps every promise of the store."""

import pytest

from shared.memory import MemoryPort
from tests.shared.store_suite import *  # noqa: F403 - the suite is the test


@pytest.fixture
def port() -> MemoryPort:
    return MemoryPort()

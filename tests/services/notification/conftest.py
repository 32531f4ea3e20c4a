"""Settings of the tests of notification, and what those have in common that need the real Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from hypothesis import settings

from deploy.local.bus import Bus
from services.notification.feed import KafkaLog
from shared.kafka import KafkaAccess
from tests.services.notification.log import OpenLog

# A machine that does other work beside the tests is slow now and then; that is not what a property is about.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def province(request: pytest.FixtureRequest) -> str:
    """The authority a file names as its own, so that its topics hold only what that file says."""
    named: str = request.module.PROVINCE
    return named


@pytest_asyncio.fixture
async def bus(
    province: str, make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]
) -> Bus:
    await make_topics(province, "00")
    return await deployment(province)


@pytest_asyncio.fixture
async def producer(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
def open_log(bus: Bus, province: str) -> OpenLog:
    """The feed's log as the province's deployment reads it."""
    principal = bus.principal
    assert principal is not None
    access = KafkaAccess(bus.servers, principal.name, principal.password)
    return lambda courtesy: KafkaLog(access, {province}, courtesy)

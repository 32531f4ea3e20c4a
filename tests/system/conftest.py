"""One country for all system tests: started once, whole again before each of them."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.system.country import Country
from tests.system.interface import Known, settle_a_case
from tests.system.observatory import MailServer, Observatory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def observatory() -> AsyncIterator[Observatory]:
    """Where the services send their spans."""
    with Observatory() as receiver:
        yield receiver


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office() -> AsyncIterator[MailServer]:
    """The mail server the services hand their messages to."""
    with MailServer() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(
    tmp_path_factory: pytest.TempPathFactory, jars: Path, observatory: Observatory, office: MailServer
) -> AsyncIterator[Country]:
    country = Country(
        tmp_path_factory.mktemp("country"),
        jars,
        {
            **{name: value for name, value in os.environ.items() if not name.startswith("OCOP_")},
            "OCOP_TELEMETRY": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": observatory.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OCOP_SMTP_URL": office.url,
        },
    )
    try:
        await country.up()
        yield country
    finally:
        await country.down()


@pytest_asyncio.fixture(loop_scope="session")
async def country(running: Country) -> AsyncIterator[Country]:
    """The country with everything up; what a failed test left lying is picked up."""
    yield running
    await running.mend()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def known(running: Country) -> Known:
    """One dossier of the province that went the whole way."""
    return await settle_a_case(running)

"""Connections that lie unused: those who ask hang up, never the service, so that no request meets a closed door."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.system.country import Country

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

KEPT_BY_CLIENTS = 5.0
"""Seconds that httpx, which the services ask each other with, keeps a connection by default."""


async def test_a_service_keeps_a_connection_longer_than_its_clients_do(country: Country) -> None:
    async def asked_twice(url: str) -> tuple[bytes, bytes]:
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(b"GET /nowhere HTTP/1.1\r\nHost: ocop\r\n\r\n")
            first = await reader.readuntil(b"\r\n")
            await asyncio.sleep(KEPT_BY_CLIENTS + 2)
            writer.write(b"GET /nowhere HTTP/1.1\r\nHost: ocop\r\nConnection: close\r\n\r\n")
            rest = await reader.read()
            return first, rest
        finally:
            writer.close()

    for first, rest in await asyncio.gather(*(asked_twice(url) for url in country.urls.values())):
        assert first.startswith(b"HTTP/1.1 404 ")
        assert rest.count(b"HTTP/1.1 404 ") == 1, "the second answer comes over the same connection"

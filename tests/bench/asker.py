"""An HTTP client that costs next to nothing, because whoever makes the load stands on the cores that are measured."""

import asyncio
import re
from typing import NamedTuple, cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAUSE = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    """What came back. ``pause`` is the seconds that a refusal asks to wait."""

    status: int
    body: bytes
    pause: int = 0


class Asker(asyncio.Protocol):
    """One kept connection; requests are sent one after the other. Raises ``OSError`` when the server goes away."""

    def __init__(self, url: str, token: str, appointment: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._host, self._port = parts.hostname, parts.port
        self._head = (
            f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\nOcop-Appointment: {appointment}\r\n"
            "Content-Type: application/json\r\n"
        )
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._heard = b""

    async def get(self, path: str) -> Answer:
        return await self._exchanged(f"GET {path}{self._head}\r\n".encode())

    async def post(self, path: str, body: bytes, key: str) -> Answer:
        head = f"POST {path}{self._head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._exchanged(head.encode() + body)

    async def _exchanged(self, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(lambda: self, self._host, self._port)
        assert self._transport is not None
        self._waiting = loop.create_future()
        self._transport.write(request)
        return await self._waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._heard = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, ended, body = self._heard.partition(b"\r\n\r\n")
        if ended and len(body) == _number(_LENGTH, head) and self._waiting is not None:
            self._heard = b""
            self._waiting.set_result(Answer(int(head[9:12]), body, _number(_PAUSE, head)))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server has gone away"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _number(name: re.Pattern[bytes], head: bytes) -> int:
    found = name.search(head)
    return int(found[1]) if found else 0

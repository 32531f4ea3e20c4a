"""A receiver of webhooks on a real port, which misbehaves as it is told and keeps what it took."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from standardwebhooks import Webhook

from tests.services.notification.switchboard import SECRET

LARGE = 10 * 1024 * 1024


class Receiver:
    """Answers each path in its own manner: ``/well``, ``/500``, ``/hangs`` …; ``heal`` makes a path well."""

    def __init__(self) -> None:
        self.manners: dict[str, str] = {}
        self.asked: defaultdict[str, int] = defaultdict(int)
        self.taken: defaultdict[str, list[str]] = defaultdict(list)
        self.port = 0
        self.redirected = 0
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._over = asyncio.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def heal(self, path: str) -> None:
        self.manners[path] = "well"

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._over.set()
            for writer in list(self._open):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        try:
            while (request := await self._read(reader)) is not None:
                path, headers, body = request
                if not await self._answer(path, headers, body, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, Mapping[str, str], bytes] | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        raw = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        return head[0].split(" ")[1].strip("/"), {name.lower(): value for name, value in raw.items()}, body

    async def _answer(self, path: str, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may go on."""
        self.asked[path] += 1
        if path == "redirected":
            self.redirected += 1
        manner = self.manners.get(path, path)
        if manner == "flaps":
            manner = "500" if self.asked[path] % 2 else "well"
        if manner == "hangs":
            await self._over.wait()
            return False
        if manner == "resets":
            writer.transport.abort()
            return False
        extra, sent = "", b""
        status = {"500": "500 Broken", "429": "429 Slow", "410": "410 Gone", "302": "302 Found"}.get(manner, "200 OK")
        if manner == "429":
            extra = "Retry-After: 600\r\n"
        if manner == "closes":
            extra = "Connection: close\r\n"
        if manner == "302":
            extra = f"Location: http://127.0.0.1:{self.port}/redirected\r\n"
        if manner == "large":
            sent = b"x" * LARGE
        if status.startswith("200"):
            self.taken[path].append(self._read_event(body, headers)["id"])
        writer.write(f"HTTP/1.1 {status}\r\n{extra}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        await writer.drain()
        return manner != "closes"

    def _read_event(self, body: bytes, headers: Mapping[str, str]) -> Any:
        """What is said; a webhook has to be signed for it."""
        if "webhook-signature" in headers:
            Webhook(SECRET).verify(body, dict(headers), json_parse=False)
        return json.loads(body)


def as_table(rows: list[Mapping[str, Any]]) -> str:
    """The rows for a person to read."""
    names = list(rows[0])
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in names]
    lines = ["  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True))]
    lines += ["  ".join(str(row[name]).ljust(width) for name, width in zip(names, widths, strict=True)) for row in rows]
    return "\n".join(lines)

"""A client that behaves as real ones do: one Idempotency-Key per command, sent again until an answer comes."""

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.chaos.people import Person

JSON = Any
"""What a JSON body may hold."""

Expected = Literal["pass", "refuse", "either"]

_SECONDS = 8.0
_PAUSE = 0.4


class UnexpectedAnswer(AssertionError):
    """A read that must succeed was refused."""


@dataclass
class Command:
    """One command, and what came of it after as many attempts as it took."""

    kind: str
    key: str
    path: str
    expected: Expected
    about: Mapping[str, Any]
    status: int = 0
    answer: JSON = None
    attempts: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def passed(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500


@dataclass
class Ledger:
    """Every command that was sent, and how often the way to an answer was broken."""

    commands: list[Command] = field(default_factory=list)
    unavailable: int = 0
    broken: int = 0

    @property
    def repeats(self) -> int:
        return sum(command.attempts - 1 for command in self.commands)


class Client:
    """Sends commands to the processes of a service in turn, and moves on to the next one when one does not answer."""

    def __init__(self, urls: Mapping[str, Sequence[str]], ledger: Ledger) -> None:
        self.ledger = ledger
        limits = httpx.Limits(max_connections=60, max_keepalive_connections=20)
        self._clients = {
            service: [httpx.AsyncClient(base_url=url, timeout=_SECONDS, limits=limits, trust_env=False) for url in each]
            for service, each in urls.items()
        }
        self._turn = itertools.count()
        self._keys = itertools.count(1)

    async def close(self) -> None:
        for each in self._clients.values():
            for client in each:
                await client.aclose()

    async def command(
        self,
        who: Person,
        service: str,
        path: str,
        body: JSON,
        *,
        kind: str,
        method: str = "POST",
        expected: Expected = "pass",
        **about: Any,
    ) -> Command:
        """Send a command until it is answered with anything but «try again»."""
        sent = Command(kind, f"chaos-{next(self._keys)}", path, expected, {"by": who.subject, **about})
        sent.began = time.monotonic()
        headers = {**who.headers, "Idempotency-Key": sent.key}
        answer = await self._until_answered(service, method, path, headers, body, sent)
        sent.ended = time.monotonic()
        sent.status = answer.status_code
        sent.answer = answer.json() if answer.content else None
        self.ledger.commands.append(sent)
        return sent

    async def read(self, who: Person | None, service: str, path: str, **query: str | int) -> JSON:
        """What is at ``path``; None when it is not there (yet). Raises ``UnexpectedAnswer``."""
        headers = who.headers if who is not None else {}
        answer = await self._until_answered(service, "GET", path, headers, None, None, query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise UnexpectedAnswer(f"GET {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    async def pages(self, who: Person, service: str, path: str, **query: str | int) -> list[JSON]:
        """All items of a list."""
        items: list[JSON] = []
        while True:
            page = await self.read(who, service, path, **query)
            items += page["items"]
            if not page.get("next"):
                return items
            query["after"] = page["next"]

    async def _until_answered(
        self,
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: JSON,
        sent: Command | None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        clients = self._clients[service]
        while True:
            client = clients[next(self._turn) % len(clients)]
            if sent is not None:
                sent.attempts += 1
            try:
                answer = await client.request(method, path, headers=headers, json=body, params=query or {})
            except httpx.TransportError:
                self.ledger.broken += 1
                await asyncio.sleep(_PAUSE)
                continue
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.ledger.unavailable += 1
                await asyncio.sleep(_PAUSE)
                continue
            return answer

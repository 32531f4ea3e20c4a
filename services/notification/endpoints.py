"""How a webhook leaves: to a public address that is checked and then connected to, without redirects or proxies."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from services.notification.reach import CheckedNames, EndpointRefused, Reach, Resolve, resolved

SECONDS = 15.0
"""How long a receiver may take for one answer."""
BODY_SECONDS = 2.0
MOST_READ = 4096
"""Bytes of an answer that are looked at; the rest is not waited for."""
IDLE_SECONDS = 30.0
"""How long a connection is kept for the next request."""
MOST_AT_ONCE = 400
"""Requests under way to all receivers together."""


class Answer(NamedTuple):
    """What became of one request. ``asked`` is the pause the receiver asks for."""

    outcome: Literal["delivered", "failed", "gone"]
    status: int | None
    said: str
    body: bytes = b""
    asked: timedelta | None = None


class Posting(Protocol):
    """Whatever carries a webhook to its receiver."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Send once; what went wrong is an answer, never an error."""
        ...


class Endpoints:
    """Posts to receivers over the network."""

    def __init__(self, reach: Reach, resolve: Resolve = resolved, seconds: float = SECONDS) -> None:
        self.reach = reach
        self._names = CheckedNames(reach, resolve)
        self._seconds = seconds
        self._session: ClientSession | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Send once, and read no more of the answer than its beginning."""
        try:
            self.reach.check(url)
            async with asyncio.timeout(self._seconds):
                return await self._exchanged(url, headers, body, now)
        except EndpointRefused as refused:
            return Answer("failed", None, str(refused))
        except TimeoutError:
            return Answer("failed", None, f"no answer within {self._seconds:g} s")
        except (ClientError, OSError) as error:
            return Answer("failed", None, f"{type(error).__name__}: {error}"[:300])

    async def _exchanged(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        # The address is sent as it was given, because a receiver may look at it letter by letter.
        asked = self._open().post(URL(url, encoded=True), headers=headers, data=body, allow_redirects=False)
        async with asked as response:
            said = b""
            # The status decides; what follows is for the record and for the challenge, so it may break off.
            with suppress(TimeoutError, ClientError):
                async with asyncio.timeout(BODY_SECONDS):
                    while len(said) < MOST_READ and (chunk := await response.content.read(MOST_READ - len(said))):
                        said += chunk
            return _judged(response.status, response.headers, said, now)

    def _open(self) -> ClientSession:
        """The connections, opened with the first request because they belong to the loop that is running then."""
        if self._session is None:
            connector = TCPConnector(
                resolver=self._names, use_dns_cache=False, limit=MOST_AT_ONCE, keepalive_timeout=IDLE_SECONDS
            )
            self._session = ClientSession(
                connector=connector,
                cookie_jar=DummyCookieJar(),
                # A few bytes of answer are looked at as they come, so nobody's zip is opened.
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
                timeout=ClientTimeout(total=None),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _judged(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    said = f"{status} {' '.join(body[:200].decode(errors='replace').split())}".strip()
    if 200 <= status < 300:
        return Answer("delivered", status, said, body)
    if status == 410:
        return Answer("gone", status, said)
    asked = _asked(headers.get("Retry-After", ""), now)
    return Answer("failed", status, said if status >= 400 else f"{status}: redirects are not followed", asked=asked)


def _asked(retry_after: str, now: datetime) -> timedelta | None:
    """A ``Retry-After`` in seconds or as a date."""
    if retry_after.isdigit() and len(retry_after) < 8:
        return timedelta(seconds=int(retry_after))
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - now, timedelta())

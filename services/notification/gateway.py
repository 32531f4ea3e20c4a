"""SMS and Zalo OA: messages handed to a gateway over HTTP, as ``contracts/gateway/README.md`` has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints, ValidationError

from services.notification.channels import Outcome, Parcel, Session

SECONDS = 15.0
"""How long a gateway may take for its whole answer."""
MOST_READ = 16 * 1024
"""Bytes of an answer that are read."""
NEVER = frozenset({400, 404, 410, 413, 415, 422})
"""Answers that say: this message goes to nobody, however often it is offered."""


class ForPhone(BaseModel):
    """A message as a gateway gets it: the words for SMS, and the data for a template that Zalo has approved."""

    model_config = ConfigDict(frozen=True)

    id: str
    to: str
    text: str
    language: str
    template: str
    data: dict[str, JsonValue]


class Accepted(BaseModel):
    """What a gateway says when it has taken a message: the id under which its provider knows it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class GatewayChannel:
    """A gateway of the name ``sms`` or ``zalo``. Raises ``ValueError`` for an address that would show the token."""

    def __init__(self, name: str, url: str, token: str, client: httpx.AsyncClient, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
            raise ValueError(f"the address of the {name} gateway does not begin with https://")
        self.name = name
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._client = client
        self._seconds = seconds

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        yield self

    async def ready(self) -> None:
        """There is nothing to be opened beforehand; a gateway that is away answers nothing."""

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        # The key is that of the message and not of the attempt: what was taken without our hearing it is not sent anew.
        headers = self._headers | {"Idempotency-Key": parcel.message_id}
        try:
            async with asyncio.timeout(self._seconds):
                request = self._client.stream("POST", self._url, content=parcel.content, headers=headers)
                async with request as response:
                    body = await _beginning(response)
        except httpx.ConnectError as error:
            return Outcome("deferred", type(error).__name__)
        except (httpx.HTTPError, TimeoutError) as error:
            return Outcome("unanswered", type(error).__name__)
        if response.is_success:
            try:
                return Outcome("accepted", f"{response.status_code} {Accepted.model_validate_json(body).id}")
            except ValidationError:
                return Outcome("unanswered", f"{response.status_code} without the id of the message")
        # A gateway's own words may hold the number; its status says enough.
        return Outcome("refused" if response.status_code in NEVER else "deferred", str(response.status_code))


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_READ:
            break
    return body[:MOST_READ]

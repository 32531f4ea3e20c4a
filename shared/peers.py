"""Asking another service of the same deployment over HTTP, with the token by which services know each other."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path

import httpx
from pydantic import BaseModel, JsonValue

from shared.errors import NotFound, Unavailable
from shared.identity import APPOINTMENT, SERVICE
from shared.tokens import Appointment

TIMEOUT = httpx.Timeout(10, connect=3)


class PeerAway(Unavailable):
    """The other service does not answer, or does not let us ask."""


class PeerRefuses(PeerAway):
    """It answers, but not with what it was asked for: not yet, or not to us."""


class FileTooLarge(Exception):
    """What lies there is larger than whoever asks would take."""


class _Held(BaseModel):
    appointments: tuple[Appointment, ...] = ()


class Peer:
    """Another service, called ``name`` where it does not answer."""

    def __init__(self, name: str, client: httpx.AsyncClient, token_file: Path | None) -> None:
        self._name = name
        self._client = client
        self._token_file = token_file
        self._token: tuple[int, str, Mapping[str, str]] = (0, "", {})

    async def post(self, path: str, body: Mapping[str, JsonValue], authority: str) -> bytes:
        """What it answers to ``body``, asked as the service of ``authority``. Raises ``PeerAway``."""
        try:
            answer = await self._client.post(path, json=body, headers=self._headers(authority), timeout=TIMEOUT)
        except httpx.HTTPError as error:
            raise PeerAway(f"{self._name} does not answer: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise PeerRefuses(f"{self._name} answers {answer.status_code}")
        return answer.content

    async def file(self, path: str, authority: str, most: int) -> bytes:
        """What lies at ``path``, at most so many bytes. Raises ``PeerAway``, ``NotFound`` and ``FileTooLarge``."""
        headers, content = self._headers(authority), b""
        try:
            async with self._client.stream("GET", path, headers=headers, timeout=TIMEOUT) as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    raise NotFound(what=path)
                if answer.status_code != httpx.codes.OK:
                    raise PeerRefuses(f"{self._name} answers {answer.status_code}")
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > most:
                        raise FileTooLarge(f"{path} holds more than {most} bytes")
        except httpx.HTTPError as error:
            raise PeerAway(f"{self._name} does not answer: {type(error).__name__}") from error
        return content

    def _headers(self, authority: str) -> dict[str, str]:
        """The token, read again when its file has changed, and its appointment at ``authority``."""
        if self._token_file is None:
            raise PeerAway("OCOP_SERVICE_TOKEN_FILE is not set")
        try:
            stamp = self._token_file.stat().st_mtime_ns
            if stamp != self._token[0]:
                token = self._token_file.read_text().strip()
                self._token = (stamp, token, _appointments(token))
        except (OSError, ValueError) as error:
            raise PeerAway(f"the service token cannot be read: {type(error).__name__}") from error
        _, token, held = self._token
        if authority not in held:
            raise PeerAway(f"the service token holds no appointment of a service at {authority}")
        return {"Authorization": f"Bearer {token}", APPOINTMENT: held[authority]}


def _appointments(token: str) -> Mapping[str, str]:
    """Our own token's appointments as a service, by authority. Whoever is asked checks the signature, not we."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    held = _Held.model_validate(claims).appointments
    return {each.authority: each.id for each in held if each.role == SERVICE}

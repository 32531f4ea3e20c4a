"""How a person is reached: asked from the dossier service when a message is due, and never kept."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Language, Unavailable
from shared.identity import APPOINTMENT, SERVICE
from shared.tokens import Appointment

MOST_ASKED = 200
"""Owners in one request."""
TIMEOUT = httpx.Timeout(10, connect=3)


class Contact(BaseModel):
    """A person's name, address and language. ``email`` is None when none is known."""

    model_config = ConfigDict(frozen=True)

    owner_id: str
    name: str
    email: str | None = None
    language: Language = "vi"


class ContactsAway(Unavailable):
    """The dossier service does not answer, or does not let us ask."""


class Contacts(Protocol):
    """Where contacts are asked."""

    async def of(self, authority: str, owners: Sequence[str]) -> Mapping[str, Contact]:
        """The contacts of those who have one. Raises ``ContactsAway``."""
        ...


class _Answer(BaseModel):
    items: tuple[Contact, ...]


class _Held(BaseModel):
    appointments: tuple[Appointment, ...] = ()


class ContactsOverHttp:
    """Asks ``POST /contacts`` of the dossier service with a service token."""

    def __init__(self, client: httpx.AsyncClient, token_file: Path | None) -> None:
        self._client = client
        self._token_file = token_file
        self._token: tuple[int, str, Mapping[str, str]] = (0, "", {})

    async def of(self, authority: str, owners: Sequence[str]) -> Mapping[str, Contact]:
        asked = list(dict.fromkeys(owners))
        found: dict[str, Contact] = {}
        for start in range(0, len(asked), MOST_ASKED):
            for contact in await self._ask(authority, asked[start : start + MOST_ASKED]):
                found[contact.owner_id] = contact
        return found

    async def _ask(self, authority: str, owners: Sequence[str]) -> Sequence[Contact]:
        try:
            answer = await self._client.post(
                "/contacts", json={"owner_ids": owners}, headers=self._headers(authority), timeout=TIMEOUT
            )
        except httpx.HTTPError as error:
            raise ContactsAway(f"the dossier service does not answer: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise ContactsAway(f"the dossier service answers {answer.status_code}")
        try:
            return _Answer.model_validate_json(answer.content).items
        except ValidationError as error:
            # The values themselves are personal and do not belong into a log.
            places = sorted({"/".join(map(str, each["loc"])) for each in error.errors()})[:5]
            raise ContactsAway(f"the contacts cannot be read: {', '.join(places)}") from None

    def _headers(self, authority: str) -> dict[str, str]:
        """The token, read again when its file has changed, and its appointment at ``authority``."""
        if self._token_file is None:
            raise ContactsAway("OCOP_SERVICE_TOKEN_FILE is not set")
        try:
            stamp = self._token_file.stat().st_mtime_ns
            if stamp != self._token[0]:
                token = self._token_file.read_text().strip()
                self._token = (stamp, token, _appointments(token))
        except (OSError, ValueError) as error:
            raise ContactsAway(f"the service token cannot be read: {type(error).__name__}") from error
        _, token, held = self._token
        if authority not in held:
            raise ContactsAway(f"the service token holds no appointment of a service at {authority}")
        return {"Authorization": f"Bearer {token}", APPOINTMENT: held[authority]}


def _appointments(token: str) -> Mapping[str, str]:
    """Our own token's appointments as a service, by authority. Whoever is asked checks the signature, not we."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    held = _Held.model_validate(claims).appointments
    return {each.authority: each.id for each in held if each.role == SERVICE}

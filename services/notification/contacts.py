"""How a person is reached: asked from the dossier service when a message is due, and never kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Language
from shared.peers import Peer, PeerAway

MOST_ASKED = 200
"""Owners in one request."""


class Contact(BaseModel):
    """A person's name, addresses and language. An address is None when it is not known."""

    model_config = ConfigDict(frozen=True)

    owner_id: str
    name: str
    email: str | None = None
    phone: str | None = None
    language: Language = "vi"


class Contacts(Protocol):
    """Where contacts are asked."""

    async def of(self, authority: str, owners: Sequence[str]) -> Mapping[str, Contact]:
        """The contacts of those who have one. Raises ``PeerAway``."""
        ...


class _Answer(BaseModel):
    items: tuple[Contact, ...]


class ContactsOverHttp:
    """Asks ``POST /contacts`` of the dossier service with a service token."""

    def __init__(self, dossier: Peer) -> None:
        self._dossier = dossier

    async def of(self, authority: str, owners: Sequence[str]) -> Mapping[str, Contact]:
        asked = list(dict.fromkeys(owners))
        found: dict[str, Contact] = {}
        for start in range(0, len(asked), MOST_ASKED):
            for contact in await self._ask(authority, asked[start : start + MOST_ASKED]):
                found[contact.owner_id] = contact
        return found

    async def _ask(self, authority: str, owners: Sequence[str]) -> Sequence[Contact]:
        answer = await self._dossier.post("/contacts", {"owner_ids": [*owners]}, authority)
        try:
            return _Answer.model_validate_json(answer).items
        except ValidationError as error:
            # The values themselves are personal and do not belong into a log.
            places = sorted({"/".join(map(str, each["loc"])) for each in error.errors()})[:5]
            raise PeerAway(f"the contacts cannot be read: {', '.join(places)}") from None

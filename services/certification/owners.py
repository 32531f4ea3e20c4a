"""The name an owner's certificate is made out to: asked from the dossier service when it is printed."""

from pathlib import Path
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Refusal
from shared.peers import Peer, PeerAway


class OwnerNameless(Refusal):
    """The dossier service knows no such owner any more, so there is nobody to make the certificate out to."""

    vi = "Không còn thông tin của chủ thể {owner}. Hãy đăng ký lại chủ thể trước khi in."
    en = "Nothing is known of the owner {owner} any more. Register the owner before printing."


class Owners(Protocol):
    """Where owners' names are asked."""

    async def name(self, authority: str, owner_id: str) -> str:
        """Raises ``OwnerNameless`` and ``PeerAway``."""
        ...


class _Owner(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    owner_id: str
    name: str


class _Answer(BaseModel):
    items: tuple[_Owner, ...]


class OwnersOverHttp:
    """Asks ``POST /contacts`` of the dossier service with a service token; keeps nothing."""

    def __init__(self, client: httpx.AsyncClient, token_file: Path | None) -> None:
        self._dossier = Peer("the dossier service", client, token_file)

    async def name(self, authority: str, owner_id: str) -> str:
        answer = await self._dossier.post("/contacts", {"owner_ids": [owner_id]}, authority)
        try:
            found = _Answer.model_validate_json(answer).items
        except ValidationError as error:
            # The values themselves are personal and do not belong into a log.
            raise PeerAway(f"the owners cannot be read: {error.error_count()} flaws") from None
        if not found:
            raise OwnerNameless(owner=owner_id)
        return found[0].name

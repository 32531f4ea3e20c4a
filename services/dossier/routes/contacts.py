"""Contacts over HTTP: for the service that delivers messages, and for nobody else."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.dossier.domain.owner import owner_key
from services.dossier.store import Owners
from shared.errors import Language
from shared.http import Asked, Router
from shared.identity import SERVICE, Caller, allow

MOST_AT_ONCE = 200

OwnerId = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]


class Wanted(Asked):
    """The owners to be reached."""

    owner_ids: Annotated[list[OwnerId], Field(max_length=MOST_AT_ONCE)]


class Contact(BaseModel):
    """How an owner is reached, and in which language."""

    owner_id: str
    name: str
    email: str
    phone: str | None
    language: Language


class Contacts(BaseModel):
    """The contacts found; an owner that is unknown, or of another authority, is left out."""

    items: list[Contact]


def routes(owners: Owners) -> Router:
    router = Router(tags=["contacts"])

    @router.post("/contacts")
    async def read_contacts(wanted: Wanted, caller: Annotated[Caller, allow(SERVICE)]) -> Contacts:
        keys = [owner_key(id) for id in dict.fromkeys(wanted.owner_ids)]
        found = await owners.find({**caller.within, "_id": {"$in": keys}}, limit=MOST_AT_ONCE)
        return Contacts(
            items=[
                Contact(
                    owner_id=owner.owner_id,
                    name=owner.name,
                    email=owner.email,
                    phone=owner.phone,
                    language=owner.language,
                )
                for owner in found.items
            ]
        )

    return router

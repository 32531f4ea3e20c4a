"""Owners over HTTP: registered by themselves, by their commune or by the agency, and read by the same."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from services.dossier.domain.owner import (
    Commune,
    Email,
    Owner,
    OwnerKind,
    Phone,
    own_id,
    owner_key,
    registered,
)
from services.dossier.domain.product import check_commune
from services.dossier.store import Owners
from shared.command import Command
from shared.document import Decision
from shared.errors import Language
from shared.http import Router, command
from shared.identity import OWNER, Caller, allow
from shared.text import Text


class NewOwner(BaseModel):
    """An owner to register."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Hợp tác xã Nông nghiệp Quang Sơn",
                    "kind": "cooperative",
                    "commune": "14362",
                    "email": "htx@vidu.vn",
                    "phone": "0912 345 678",
                    "language": "vi",
                    "representative": "Nguyễn Thị An",
                }
            ]
        },
    )

    name: Annotated[str, Text(200)]
    kind: OwnerKind
    commune: Commune
    email: Email
    phone: Phone | None = None
    language: Language
    representative: Annotated[str, Text(120)] | None = None
    position: Annotated[str, Text(120)] | None = None
    address: Annotated[str, Text(300)] | None = None


class OwnerReceipt(BaseModel):
    """The owner is registered; ``id`` is what an owner's appointment names as its organisation."""

    id: str
    state: str = "registered"


class OwnerView(BaseModel):
    """An owner, with personal data."""

    id: str
    name: str
    kind: OwnerKind
    commune: str
    email: str
    phone: str | None
    language: Language
    representative: str | None
    position: str | None
    address: str | None

    @classmethod
    def of(cls, owner: Owner) -> "OwnerView":
        fields = set(cls.model_fields) - {"id", "kind"}
        return cls(id=owner.owner_id, kind=owner.owner_kind, **owner.model_dump(include=fields))


def routes(owners: Owners) -> Router:
    router = Router(tags=["owners"])

    @router.post("/owners", status_code=201)
    async def register_owner(
        new: NewOwner,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> OwnerReceipt:
        check_commune(new.commune, caller.appointment.commune)
        # An organisation that registers itself is known by the id its appointment names.
        owner_id = own_id(caller.appointment.organisation) if caller.role == OWNER else command.id
        owner = Owner(
            id=owner_key(owner_id),
            authority=caller.authority,
            owner_id=owner_id,
            owner_kind=new.kind,
            **new.model_dump(exclude={"kind"}),
        )

        def decide(held: Owner | None) -> Decision[Owner]:
            return registered(held, owner), ()

        saved = await owners.settle(
            owner.id, decide, command=command, answer=lambda owner: OwnerReceipt(id=owner.owner_id)
        )
        return OwnerReceipt.model_validate(saved.answer)

    @router.get("/owners/{id}")
    async def read_owner(
        id: str, caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")]
    ) -> OwnerView:
        return OwnerView.of(await owners.one(id, caller.within))

    return router

"""Owners over HTTP: registered by themselves, by their commune or by the agency, and read by the same."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.dossier.domain.owner import (
    Commune,
    Delegation,
    Email,
    Former,
    Owner,
    OwnerKind,
    Phone,
    delegated,
    own_id,
    owner_key,
    registered,
    renamed,
    taken_back,
)
from services.dossier.domain.place import Places
from services.dossier.domain.product import check_commune
from services.dossier.store import Owners
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Language
from shared.http import Asked, Router, command
from shared.identity import OWNER, Caller, allow
from shared.text import Text, plain


class NewOwner(Asked):
    """An owner to register."""

    model_config = ConfigDict(
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
    former: list[Former]
    delegations: list[Delegation]

    @classmethod
    def of(cls, owner: Owner) -> "OwnerView":
        fields = set(cls.model_fields) - {"id", "kind"}
        return cls(id=owner.owner_id, kind=owner.owner_kind, **owner.model_dump(include=fields))


class OwnerChange(Asked):
    """What is to be different; a field that is not named stays, so that no default here is ever read."""

    name: Annotated[str, Text(200)] = ""
    commune: Commune = ""
    email: Email = ""
    phone: Phone | None = None
    language: Language = "vi"
    representative: Annotated[str, Text(120)] | None = None
    position: Annotated[str, Text(120)] | None = None
    address: Annotated[str, Text(300)] | None = None


class NewDelegation(Asked):
    """A consultant, by the organisation its appointment names, who works in the owner's place until a day."""

    consultant: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    until: date


class DelegationReceipt(BaseModel):
    """The owner's delegations, those taken back included."""

    items: list[Delegation]

    @classmethod
    def of(cls, owner: Owner) -> "DelegationReceipt":
        return cls(items=list(owner.delegations))


def routes(owners: Owners, places: Places, clock: Clock) -> Router:
    router = Router(tags=["owners"])

    @router.post("/owners", status_code=201)
    async def register_owner(
        new: NewOwner,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> OwnerReceipt:
        check_commune(new.commune, caller.appointment.commune)
        places.check_commune(new.commune, caller.authority, day(clock()))
        # An organisation that registers itself is known by the id its appointment names.
        owner_id = own_id(caller.appointment.organisation) if caller.role == OWNER else command.id
        owner = Owner(
            id=owner_key(owner_id),
            authority=caller.authority,
            owner_id=owner_id,
            owner_kind=new.kind,
            search=plain(new.name),
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

    @router.patch("/owners/{id}")
    async def change_owner(
        id: str,
        change: OwnerChange,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> OwnerReceipt:
        given = change.model_dump(exclude_unset=True)
        if "commune" in given:
            check_commune(given["commune"], caller.appointment.commune)
            places.check_commune(given["commune"], caller.authority, day(clock()))
        if "name" in given:
            given["search"] = plain(given["name"])
        on = day(clock())

        def decide(owner: Owner) -> Decision[Owner]:
            return renamed(owner, given, on), ()

        saved = await owners.change(
            owner_key(id),
            decide,
            command=command,
            answer=lambda owner: OwnerReceipt(id=owner.owner_id),
            within=caller.within,
        )
        return OwnerReceipt.model_validate(saved.answer)

    async def delegate(id: str, caller: Caller, command: Command, rule: Callable[[Owner], Owner]) -> DelegationReceipt:
        def decide(owner: Owner) -> Decision[Owner]:
            return rule(owner), ()

        saved = await owners.change(
            owner_key(id), decide, command=command, answer=DelegationReceipt.of, within=caller.within
        )
        return DelegationReceipt.model_validate(saved.answer)

    @router.post("/owners/{id}/delegations")
    async def give_delegation(
        id: str,
        new: NewDelegation,
        caller: Annotated[Caller, allow("owner", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DelegationReceipt:
        given = Delegation(consultant=new.consultant, since=day(clock()), until=new.until)
        return await delegate(id, caller, command, lambda owner: delegated(owner, given))

    @router.delete("/owners/{id}/delegations/{consultant}")
    async def take_delegation_back(
        id: str,
        consultant: str,
        caller: Annotated[Caller, allow("owner", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DelegationReceipt:
        on = day(clock())
        return await delegate(id, caller, command, lambda owner: taken_back(owner, consultant, on))

    return router

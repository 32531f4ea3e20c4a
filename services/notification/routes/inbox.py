"""The messages of an owner, an office or a person inside the system: listed, opened, and marked as read."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from services.notification.addressees import OFFICE, PERSON
from services.notification.domain.delivery import Delivery
from services.notification.domain.office import AGENCY
from services.notification.messages import Messages
from services.notification.store import Deliveries, Wordings
from shared.clock import Clock
from shared.errors import Language
from shared.http import Router
from shared.identity import OWNER, Caller, allow
from shared.pages import After, Limit, Page

COUNCIL = ("council_chair", "council_member", "council_secretary", "advisory_group")
"""Those who are told in person, whatever their seat."""
Told = Annotated[Caller, allow("owner", "commune_officer", "agency", *COUNCIL)]

_OWNER: Mapping[Language, str] = {"vi": "Quý chủ thể", "en": "producer"}
_OFFICE: Mapping[Language, str] = {"vi": "Quý cơ quan", "en": "colleagues"}
_PERSON: Mapping[Language, str] = {"vi": "Ông/Bà", "en": "member of the council"}
"""Whom a message addresses here: names live with the dossiers only."""


class InboxLine(BaseModel):
    """A message in a list."""

    id: str
    happened: datetime
    template: str
    title: str
    read_at: datetime | None


class InboxMessage(InboxLine):
    """A message, and the version of the template it was filled from."""

    text: str
    template_version: str


class Unread(BaseModel):
    """How many messages nobody has opened."""

    unread: int


def routes(deliveries: Deliveries, messages: Messages, wordings: Wordings, clock: Clock) -> APIRouter:
    """The inbox of the caller, or of their organisation or office, whatever became of the message on its other ways."""
    router = Router(prefix="/inbox", tags=["inbox"])

    async def message(delivery: Delivery, language: Language) -> InboxMessage:
        names = {OFFICE: _OFFICE, PERSON: _PERSON}
        name = next((each for begins, each in names.items() if delivery.recipient.startswith(begins)), _OWNER)
        words = await wordings.said(delivery.authority, delivery.template, language)
        told = delivery.cause.type
        text = messages.text(delivery.template, language, told, delivery.facts, name[language], words)
        return InboxMessage(
            id=delivery.id,
            happened=delivery.cause.time,
            template=delivery.template,
            title=text.subject,
            read_at=delivery.read_at,
            text=text.plain,
            template_version=text.version,
        )

    @router.get("")
    async def listed(
        caller: Told, language: Language = "vi", after: After = None, limit: Limit = 50
    ) -> Page[InboxLine]:
        found = await deliveries.find(_own(caller), after=after, limit=limit)
        shown = await asyncio.gather(*(message(each, language) for each in found.items))
        return Page.of((InboxLine(**each.model_dump()) for each in shown), found.next)

    @router.get("/unread")
    async def unread(caller: Told) -> Unread:
        return Unread(unread=await deliveries.count({**_own(caller), "read_at": None}))

    @router.get("/{id}")
    async def one(id: str, caller: Told, language: Language = "vi") -> InboxMessage:
        return await message(await deliveries.get(id, _own(caller)), language)

    @router.post("/{id}/reading")
    async def read(id: str, caller: Told, language: Language = "vi") -> InboxMessage:
        """Say that the message was opened; the first time is kept."""
        saved = await deliveries.change(id, lambda held: held.opened(clock()), within=_own(caller))
        return await message(saved.document, language)

    return router


def _own(caller: Caller) -> dict[str, str]:
    return {"authority": caller.authority, "recipient": _recipient(caller)}


def _recipient(caller: Caller) -> str:
    if caller.role == OWNER:
        return caller.appointment.organisation or ""
    if caller.role in COUNCIL:
        return PERSON + caller.subject
    return OFFICE + (AGENCY if caller.role == AGENCY else caller.appointment.commune or "")

"""An owner's messages inside the system: listed, opened, and marked as read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from services.notification.domain.delivery import Delivery
from services.notification.messages import Messages
from services.notification.store import Deliveries
from shared.clock import Clock
from shared.errors import Language
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page

Owning = Annotated[Caller, allow("owner")]

_SALUTED: dict[Language, str] = {"vi": "Quý chủ thể", "en": "producer"}
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


def routes(deliveries: Deliveries, messages: Messages, clock: Clock) -> APIRouter:
    """The inbox of the caller's own organisation, whatever became of the message on its other ways."""
    router = Router(prefix="/inbox", tags=["inbox"])

    def message(delivery: Delivery, language: Language) -> InboxMessage:
        text = messages.text(delivery.template, language, delivery.cause.type, delivery.facts, _SALUTED[language])
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
        caller: Owning, language: Language = "vi", after: After = None, limit: Limit = 50
    ) -> Page[InboxLine]:
        found = await deliveries.find(_own(caller), after=after, limit=limit)
        return Page.of((InboxLine(**message(each, language).model_dump()) for each in found.items), found.next)

    @router.get("/unread")
    async def unread(caller: Owning) -> Unread:
        return Unread(unread=await deliveries.count({**_own(caller), "read_at": None}))

    @router.get("/{id}")
    async def one(id: str, caller: Owning, language: Language = "vi") -> InboxMessage:
        return message(await deliveries.get(id, _own(caller)), language)

    @router.post("/{id}/reading")
    async def read(id: str, caller: Owning, language: Language = "vi") -> InboxMessage:
        """Say that the message was opened; the first time is kept."""
        saved = await deliveries.change(id, lambda held: held.opened(clock()), within=_own(caller))
        return message(saved.document, language)

    return router


def _own(caller: Caller) -> dict[str, str]:
    return {"authority": caller.authority, "recipient": caller.appointment.organisation or ""}

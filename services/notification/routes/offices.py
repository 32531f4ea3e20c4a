"""The mailboxes of the offices: entered by the agency, and asked whenever a message to an office is due."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as InPath
from pydantic import AfterValidator, BaseModel

from services.notification.domain.office import Office, office_key
from services.notification.messages import AddressUnusable, address
from services.notification.store import Offices
from shared.command import Command
from shared.document import Decision
from shared.errors import Language
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text
from shared.validation import flaw_in_value

Entering = Annotated[Caller, allow("agency", "operator")]
Code = Annotated[str, InPath(pattern=r"^(agency|\d{5})$", description="`agency`, or the five digits of a commune.")]


def _usable(given: str) -> str:
    try:
        address("", given)
    except AddressUnusable:
        raise flaw_in_value(
            "email", "Đây không phải địa chỉ thư điện tử; ví dụ đúng: ten@vidu.vn.", "It must be an e-mail address."
        ) from None
    return given


class NewOffice(Asked):
    """An office as it is to be written to. Without a mailbox its messages lie in its inbox."""

    name: Annotated[str, Text(200)]
    email: Annotated[str, Text(254), AfterValidator(_usable)] | None = None
    language: Language = "vi"


class OfficeView(BaseModel):
    """An office and its mailbox."""

    code: str
    name: str
    email: str | None
    language: Language

    @classmethod
    def of(cls, office: Office) -> "OfficeView":
        return cls(code=office.code, name=office.name, email=office.email, language=office.language)


def routes(offices: Offices) -> APIRouter:
    """The routes of the offices of the caller's authority."""
    router = Router(prefix="/offices", tags=["offices"])

    @router.get("")
    async def listed(caller: Entering, after: After = None, limit: Limit = 50) -> Page[OfficeView]:
        found = await offices.find({"authority": caller.authority}, after=after, limit=limit)
        return Page.of((OfficeView.of(each) for each in found.items), found.next)

    @router.put("/{office}")
    async def enter(
        office: Code, entered: NewOffice, caller: Entering, command: Annotated[Command, Depends(command)]
    ) -> OfficeView:
        """Say how an office is reached from now on, for what is not sent yet too."""

        def said(held: Office | None) -> Decision[Office]:
            known = held or Office.unnamed(caller.authority, office)
            return known.but(**entered.model_dump()), ()

        saved = await offices.settle(office_key(caller.authority, office), said, command=command, answer=OfficeView.of)
        return OfficeView.model_validate(saved.answer)

    return router

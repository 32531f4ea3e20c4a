"""Who is written to: owners, whom the dossier service knows, and offices and subscribers, whom we know."""

from collections.abc import Mapping, Sequence

from services.notification.contacts import Contact, Contacts
from services.notification.domain.office import AGENCY, Office, office_key
from services.notification.domain.rules import Audience
from services.notification.events import AboutDuty, AtCommune, Concerning, SupplementAnswered
from services.notification.store import Offices, Subscriptions
from shared.document import Heard
from shared.errors import NotFound

SUBSCRIBER = "subscriber:"
"""Begins the recipient of a message to a subscriber's operators; the subscription's id follows."""
OFFICE = "office:"
"""Begins the recipient of a message to an office: the agency, or a commune by its code."""


def meant(audience: Audience, event: Heard) -> tuple[Audience, str]:
    """Whom a rule means on this event, and the recipient's id."""
    if audience == "owing" and isinstance(event, AboutDuty):
        audience = event.owing
    if audience == "asking" and isinstance(event, SupplementAnswered):
        # The council asks through the agency.
        audience = "commune" if event.by == "commune" else "agency"
    if audience == "owner" and isinstance(event, Concerning):
        return audience, event.owner_id
    if audience == "commune" and isinstance(event, AtCommune):
        return audience, OFFICE + event.commune
    if audience == "agency":
        return audience, OFFICE + AGENCY
    raise TypeError(f"{event.TYPE} does not say who is meant by “{audience}”")


class Addressees:
    """The contacts of everybody a message may be for."""

    def __init__(self, owners: Contacts, subscriptions: Subscriptions, offices: Offices) -> None:
        self._owners = owners
        self._subscriptions = subscriptions
        self._offices = offices

    async def of(self, authority: str, recipients: Sequence[str]) -> Mapping[str, Contact]:
        """The contacts of those who have one. Raises ``ContactsAway``."""
        known = (SUBSCRIBER, OFFICE)
        owners = [each for each in recipients if not each.startswith(known)]
        found = dict(await self._owners.of(authority, owners)) if owners else {}
        for recipient in dict.fromkeys(each for each in recipients if each.startswith(known)):
            contact = await (self._office if recipient.startswith(OFFICE) else self._subscriber)(authority, recipient)
            if contact is not None:
                found[recipient] = contact
        return found

    async def _subscriber(self, authority: str, recipient: str) -> Contact | None:
        try:
            subscription = await self._subscriptions.get(recipient.removeprefix(SUBSCRIBER))
        except NotFound:
            return None
        return Contact(
            owner_id=recipient,
            name=subscription.name,
            email=subscription.notice_to,
            language=subscription.language,
        )

    async def _office(self, authority: str, recipient: str) -> Contact:
        """An office that has given no mailbox is still an office: it has its inbox here."""
        code = recipient.removeprefix(OFFICE)
        try:
            office = await self._offices.get(office_key(authority, code))
        except NotFound:
            office = Office.unnamed(authority, code)
        return Contact(owner_id=recipient, name=office.name, email=office.email, language=office.language)

"""Who is written to: owners, whom the dossier service knows, offices and subscribers, whom we know, and persons."""

from collections.abc import Mapping, Sequence

from services.notification.contacts import Contact, Contacts
from services.notification.domain.office import AGENCY, Office, office_key
from services.notification.domain.rules import Audience
from services.notification.events.certificates import CertificateAnnulled, CertificateRevoked
from services.notification.events.concerning import Concerning
from services.notification.events.councils import BeforeCouncil
from services.notification.events.dossiers import AboutDuty, AtCommune, SupplementAnswered, SupplementLapsed
from services.notification.events.results import ResultAnnounced
from services.notification.store import Offices, Subscriptions
from shared.document import CENTRE, Heard
from shared.envelope import Received
from shared.errors import NotFound

SUBSCRIBER = "subscriber:"
"""Begins the recipient of a message to a subscriber's operators; the subscription's id follows."""
OFFICE = "office:"
"""Begins the recipient of a message to an office: the agency, or a commune by its code."""
PERSON = "person:"
"""Begins the recipient of a message to somebody whom only the token issuer knows, by the id it has given."""
WITH_COMMUNE = AtCommune | ResultAnnounced | CertificateRevoked | CertificateAnnulled


def meant(audience: Audience, event: Received[Heard]) -> tuple[Audience, Sequence[str]]:
    """Whom a rule means on this event, and the ids of the recipients; nobody where the event names none."""
    said = event.data
    if event.addressee != said.addressed_to(event.authority)[0]:
        # Whoever has to do with it besides is told its own part only.
        return "agency", [OFFICE + AGENCY] if audience == "centre" else []
    if audience == "centre":
        return "agency", []
    if audience == "province":
        return "agency", [OFFICE + AGENCY] if event.authority == CENTRE != event.addressee else []
    if audience == "owing" and isinstance(said, AboutDuty):
        audience = said.owing
    if audience == "asking" and isinstance(said, SupplementAnswered | SupplementLapsed):
        # The council asks through the agency.
        audience = "commune" if said.by == "commune" else "agency"
    if audience == "owner" and isinstance(said, Concerning):
        return audience, [said.owner_id]
    if audience == "commune" and isinstance(said, WITH_COMMUNE):
        return audience, [] if said.commune is None else [OFFICE + said.commune]
    if audience == "council" and isinstance(said, BeforeCouncil):
        return audience, [PERSON + each for each in dict.fromkeys(said.seated)]
    if audience == "agency":
        return audience, [OFFICE + AGENCY]
    raise TypeError(f"{said.TYPE} does not say who is meant by “{audience}”")


class Addressees:
    """The contacts of everybody a message may be for."""

    def __init__(self, owners: Contacts, subscriptions: Subscriptions, offices: Offices) -> None:
        self._owners = owners
        self._subscriptions = subscriptions
        self._offices = offices

    async def of(self, authority: str, recipients: Sequence[str]) -> Mapping[str, Contact]:
        """The contacts of those who have one. Raises ``ContactsAway``."""
        elsewhere = {SUBSCRIBER: self._subscriber, OFFICE: self._office, PERSON: _person}
        owners = [each for each in recipients if not each.startswith(tuple(elsewhere))]
        found = dict(await self._owners.of(authority, owners)) if owners else {}
        for begins, look_up in elsewhere.items():
            for recipient in dict.fromkeys(each for each in recipients if each.startswith(begins)):
                contact = await look_up(authority, recipient)
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


async def _person(authority: str, recipient: str) -> Contact:
    """Nobody's name or address is known here: they read it under their own sign-in, in whatever language they ask."""
    return Contact(owner_id=recipient, name="Ông/Bà")

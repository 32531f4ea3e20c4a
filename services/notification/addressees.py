"""Who is written to: owners, whom the dossier service knows, and the operators of subscribers, whom we know."""

from collections.abc import Mapping, Sequence

from services.notification.contacts import Contact, Contacts
from services.notification.store import Subscriptions
from shared.errors import NotFound

SUBSCRIBER = "subscriber:"
"""Begins the recipient of a message to a subscriber's operators; the subscription's id follows."""


class Addressees:
    """The contacts of everybody a message may be for."""

    def __init__(self, owners: Contacts, subscriptions: Subscriptions) -> None:
        self._owners = owners
        self._subscriptions = subscriptions

    async def of(self, authority: str, recipients: Sequence[str]) -> Mapping[str, Contact]:
        """The contacts of those who have one. Raises ``ContactsAway``."""
        subscribers = [each for each in recipients if each.startswith(SUBSCRIBER)]
        owners = [each for each in recipients if not each.startswith(SUBSCRIBER)]
        found = dict(await self._owners.of(authority, owners)) if owners else {}
        for recipient in dict.fromkeys(subscribers):
            try:
                subscription = await self._subscriptions.get(recipient.removeprefix(SUBSCRIBER))
            except NotFound:
                continue
            found[recipient] = Contact(
                owner_id=recipient,
                name=subscription.name,
                email=subscription.notice_to,
                language=subscription.language,
            )
        return found

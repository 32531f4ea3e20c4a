"""The ways to a person: which address each needs, and how a message is wrapped for it."""

from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import Protocol

from services.notification.channels import Channel, InboxChannel, Parcel
from services.notification.contacts import Contact
from services.notification.domain.delivery import Delivery
from services.notification.messages import Messages, Text


class Way(Protocol):
    """A channel together with what it asks of a message."""

    channel: Channel

    def reaches(self, contact: Contact) -> bool:
        """Whether there is an address for it."""
        ...

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime) -> Parcel:
        """The message as it leaves. Raises ``AddressUnusable``."""
        ...


class ByMail:
    """A letter with a plain and an HTML part."""

    def __init__(self, channel: Channel, messages: Messages) -> None:
        self.channel = channel
        self._messages = messages

    def reaches(self, contact: Contact) -> bool:
        return bool(contact.email)

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime) -> Parcel:
        message = self._messages.compose(delivery, text, contact, now)
        return Parcel(
            recipient=contact.email or "",
            title=text.subject,
            content=message.as_bytes(),
            message_id=self._messages.message_id(delivery),
            digest=_read(message),
        )


class IntoInbox:
    """Everybody who can be named has an inbox."""

    channel: Channel = InboxChannel()

    def reaches(self, contact: Contact) -> bool:
        return True

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime) -> Parcel:
        content = text.plain.encode()
        return Parcel(delivery.recipient, text.subject, content, delivery.id, sha256(content).hexdigest())


def _read(message: EmailMessage) -> str:
    """What goes out without its random part boundaries."""
    parts = [part.get_content() for part in message.iter_parts() if part.get_content_maintype() == "text"]
    return sha256("\0".join((str(message["To"]), str(message["Subject"]), *parts)).encode()).hexdigest()

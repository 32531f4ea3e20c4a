"""The ways to a person: which address each needs, and how a message is wrapped for it."""

from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import Protocol

from services.notification.channels import Channel, InboxChannel, Parcel
from services.notification.contacts import Contact
from services.notification.domain.delivery import Delivery
from services.notification.gateway import ForPhone
from services.notification.messages import AddressUnusable, Messages, Text
from services.notification.papers import Paper
from shared.errors import Language

_MORE: dict[Language, str] = {
    "vi": "Xem đầy đủ trong hộp thư trên hệ thống OCOP.",
    "en": "Read it in full in your inbox of the OCOP system.",
}
"""A telephone gets the subject and where the rest is: an SMS of Vietnamese letters ends after 70 of them."""


class Way(Protocol):
    """A channel together with what it asks of a message."""

    channel: Channel
    brings: bool
    """Whether a paper can go with the message."""

    def reaches(self, contact: Contact) -> bool:
        """Whether there is an address for it."""
        ...

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime, paper: Paper | None) -> Parcel:
        """The message as it leaves. Raises ``AddressUnusable``."""
        ...


class ByMail:
    """A letter with a plain and an HTML part, and a paper with it."""

    brings = True

    def __init__(self, channel: Channel, messages: Messages) -> None:
        self.channel = channel
        self._messages = messages

    def reaches(self, contact: Contact) -> bool:
        return bool(contact.email)

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime, paper: Paper | None) -> Parcel:
        message = self._messages.compose(delivery, text, contact, now, paper)
        return Parcel(
            recipient=contact.email or "",
            title=text.subject,
            content=message.as_bytes(),
            message_id=self._messages.message_id(delivery),
            digest=_read(message),
        )


class ByPhone:
    """A few words to a telephone."""

    brings = False

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def reaches(self, contact: Contact) -> bool:
        return bool(contact.phone)

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime, paper: Paper | None) -> Parcel:
        words = f"{text.subject}. {_MORE[contact.language]}"
        message = ForPhone(
            id=delivery.id,
            to=number(contact.phone or ""),
            text=words,
            language=contact.language,
            template=delivery.template,
            data=delivery.facts,
        )
        content = message.model_dump_json().encode()
        return Parcel(message.to, text.subject, content, delivery.id, sha256(words.encode()).hexdigest())


def number(phone: str) -> str:
    """A telephone number of Việt Nam or the world as E.164 writes it. Raises ``AddressUnusable``."""
    digits = "".join(each for each in phone if each.isdecimal() and each.isascii())
    if not phone.strip().startswith("+"):
        if not digits.startswith("0") or digits.startswith("00"):
            raise AddressUnusable("the number begins neither with + nor with a single 0")
        digits = "84" + digits[1:]
    if not 8 <= len(digits) <= 15:
        raise AddressUnusable("the number is too short or too long")
    return "+" + digits


class IntoInbox:
    """Everybody who can be named has an inbox."""

    brings = False
    channel: Channel = InboxChannel()

    def reaches(self, contact: Contact) -> bool:
        return True

    def wrap(self, delivery: Delivery, text: Text, contact: Contact, now: datetime, paper: Paper | None) -> Parcel:
        content = text.plain.encode()
        return Parcel(delivery.recipient, text.subject, content, delivery.id, sha256(content).hexdigest())


def _read(message: EmailMessage) -> str:
    """What goes out without its random part boundaries."""
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return sha256("\0".join((str(message["To"]), str(message["Subject"]), *parts)).encode()).hexdigest()

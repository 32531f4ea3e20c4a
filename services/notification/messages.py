"""From a delivery and a contact to an e-mail: templates in Vietnamese and English, filled strictly.

A template is a subject and paragraphs of plain text; a layout for each language makes the letter of them, once as text
and once as HTML, so that both say the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, UniqueAddressHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, get_args

from jinja2 import DictLoader, Environment, StrictUndefined

from services.notification.contacts import Contact
from services.notification.days import days_before, written_day
from services.notification.domain.delivery import Delivery
from services.notification.domain.rules import Rule
from services.notification.domain.wording import Words
from services.notification.papers import Paper
from services.notification.wording import filled
from shared.document import Heard
from shared.errors import Language

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: tuple[Language, ...] = get_args(Language)


class MailPolicy(EmailPolicy):
    """Mail as SMTP takes it, with names and subjects encoded as a whole.

    Python's own folding encodes word by word and loses the space between an encoded and a plain one.
    """

    def fold(self, name: str, value: str) -> str:
        if not value.isascii():
            if isinstance(value, UniqueAddressHeader):
                named = (
                    f"{_encoded(name, each.display_name)} <{each.addr_spec}>" if each.display_name else each.addr_spec
                    for each in value.addresses
                )
                return f"{name}: {', '.join(named)}\r\n"
            if name.lower() == "subject":
                return f"{name}: {_encoded(name, value)}\r\n"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


MAIL = MailPolicy(linesep="\r\n")


class AddressUnusable(ValueError):
    """What the dossier service keeps as an address is none that mail can go to."""


class Text(NamedTuple):
    """A filled template. ``version`` names the very words of the template."""

    subject: str
    plain: str
    html: str
    version: str


class Messages:
    """Fills the templates. Built at the start, it finds out at once when a rule's template is missing."""

    def __init__(self, rules: Iterable[Rule], told: Iterable[type[Heard]], sender: str) -> None:
        self._heard: Mapping[str, type[Heard]] = {heard.TYPE: heard for heard in told}
        rules = tuple(rules)
        self._told = {rule.template: rule.event for rule in rules}
        name, self.sender = parseaddr(sender)
        self._from = address(name, self.sender)
        sources = {str(file.relative_to(TEMPLATES)): file.read_text() for file in sorted(TEMPLATES.rglob("*.*"))}
        # The plain parts must not be escaped, the HTML part must; the file's ending decides.
        self._environment = Environment(
            loader=DictLoader(sources),
            undefined=StrictUndefined,
            autoescape=lambda file: file is not None and file.endswith(".html"),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["day"] = written_day
        self._environment.filters["days_before"] = days_before
        self._versions = {
            (rule.template, language): _version(
                sources[name] for name in (*_files(rule.template, language), *_layouts(language), "paragraphs.html")
            )
            for rule in rules
            for language in LANGUAGES
        }

    def text(
        self, template: str, language: Language, type: str, facts: object, name: str, words: Words | None = None
    ) -> Text:
        """The message for ``name``, in an authority's own ``words`` when it has some.

        Raises ``TemplateError`` for a field the event does not have.
        """
        event = self._heard[type].model_validate(facts)
        if words is not None:
            subject, paragraphs = filled(words, event, language)
            version = version_of(words)
        else:
            subject, body = (
                self._rendered(file, event=event, language=language) for file in _files(template, language)
            )
            paragraphs, version = _paragraphs(body), self._versions[template, language]
        shown = {"subject": one_line(subject), "paragraphs": paragraphs, "name": name}
        plain, html = (self._rendered(file, **shown) for file in _layouts(language))
        return Text(one_line(subject), plain.strip() + "\n", html, version)

    def _rendered(self, file: str, **shown: object) -> str:
        return self._environment.get_template(file).render(shown)

    def heard(self, template: str) -> type[Heard]:
        """The event that a template tells of. Raises ``KeyError``."""
        return self._heard[self._told[template]]

    def compose(
        self, delivery: Delivery, text: Text, contact: Contact, now: datetime, paper: Paper | None = None
    ) -> EmailMessage:
        """The message itself; the same delivery always has the same Message-ID.

        Raises ``AddressUnusable``.
        """
        message = EmailMessage(policy=MAIL)
        message["From"] = self._from
        message["To"] = address(contact.name, contact.email or "")
        message["Subject"] = text.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = self.message_id(delivery)
        # Nobody's absence note should answer a machine (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.plain)
        message.add_alternative(text.html, subtype="html")
        message["Content-Language"] = contact.language
        if paper is not None and paper.lacking is None:
            message.add_attachment(paper.content, maintype="application", subtype="pdf", filename=one_line(paper.name))
        return message

    def message_id(self, delivery: Delivery) -> str:
        return f"<{delivery.id}@{self.sender.partition('@')[2]}>"


def address(name: str, email: str) -> Address:
    """``email`` under the display name ``name``, which cannot break out of its header.

    Raises ``AddressUnusable`` when mail cannot go there.
    """
    local, at, domain = email.rpartition("@")
    if not (local and at and domain and email.isascii() and email.isprintable() and " " not in email):
        raise AddressUnusable("the address is not of the form name@domain")
    try:
        return Address(display_name=one_line(name), addr_spec=email)
    except (ValueError, MessageError) as error:
        raise AddressUnusable("the address is not of the form name@domain") from error


def one_line(text: str) -> str:
    """``text`` for a header: every character that is not seen becomes a space, and no two spaces stand together."""
    seen = (" " if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else each for each in text)
    return " ".join("".join(seen).split())


def _encoded(name: str, text: str) -> str:
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n")


def _files(template: str, language: Language) -> tuple[str, str]:
    return f"{template}/subject.{language}.txt", f"{template}/text.{language}.txt"


def _layouts(language: Language) -> tuple[str, str]:
    return f"layout.{language}.txt", f"layout.{language}.html"


def _paragraphs(body: str) -> tuple[str, ...]:
    """What stands between empty lines."""
    return tuple(filter(None, (each.strip() for each in re.split(r"\n\s*\n", body))))


def version_of(words: Words) -> str:
    """The name of an authority's own words in the records."""
    return _version((words.subject, *words.paragraphs))


def _version(sources: Iterable[str]) -> str:
    return sha256("\0".join(sources).encode()).hexdigest()[:12]

"""Messages: every rule in both languages from the contract's examples, filled strictly, safe in every header."""

import json
import re
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from pydantic import ValidationError

from services.notification.contacts import Contact
from services.notification.domain.rules import RULES, Rule
from services.notification.events import CONSUMES
from services.notification.messages import LANGUAGES, MAIL, TEMPLATES, AddressUnusable, Messages, address, one_line
from shared.errors import Language
from tests.services.notification.desk import (
    NOW,
    OWNER,
    SENDER,
    Desk,
    example,
    example_files,
    messages,
    read_mail,
)

TYPES = {heard.TYPE: heard for heard in CONSUMES}
CASES = [
    pytest.param(rule, language, file, id=f"{rule.template}-{language}-{file.stem}")
    for rule in RULES
    if rule.event in TYPES
    for language in LANGUAGES
    for file in example_files(TYPES[rule.event])
]


@pytest.mark.parametrize(("rule", "language", "file"), CASES)
def test_every_rule_renders_every_example_in_every_language(rule: Rule, language: Language, file: Path) -> None:
    facts = json.loads(file.read_text())

    text = messages().text(rule.template, language, rule.event, facts, "HTX Bắc Sơn")

    assert "HTX Bắc Sơn" in text.plain and "HTX Bắc Sơn" in text.html
    assert not facts.get("product") or facts["product"]["name"] in text.plain
    for part in text[:3]:
        assert not re.search(r"\{[{%]|\bNone\b|Undefined", part)
    assert "\n\n\n" not in text.plain


def test_text_and_html_say_the_same_and_a_list_is_a_list() -> None:
    data = example("ResultAnnounced", "not-recognised")
    facts = data.model_dump(mode="json")

    text = messages().text("result-announced", "vi", data.TYPE, facts, "HTX Bắc Sơn")

    shown = unescape(re.sub(r"<title>.*</title>|<[^>]+>", "", text.html))
    assert shown.split() == [word for word in text.plain.split() if word not in ("-", "--")]
    assert text.html.count("<li>") == text.plain.count("\n- ") == len(facts["failed_minimums"]) > 0


def test_every_template_on_file_belongs_to_a_rule() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}

    assert folders == {rule.template for rule in RULES}


def test_a_rule_without_its_template_is_found_at_the_start() -> None:
    orphan = RULES[0].model_copy(update={"template": "no-such-template"})

    with pytest.raises(KeyError, match="no-such-template"):
        Messages([orphan], CONSUMES, SENDER)


def test_a_field_the_event_does_not_have_is_an_error_and_never_a_gap() -> None:
    facts = example("CertificateIssued").model_dump(mode="json")

    with pytest.raises(UndefinedError):
        messages().text("certificate-handed-over", "vi", "vn.ocop.certificate.issued.v1", facts, "A")


def test_facts_that_are_not_the_events_are_an_error() -> None:
    with pytest.raises(ValidationError):
        messages().text("certificate-issued", "vi", "vn.ocop.certificate.issued.v1", {"number": 1}, "A")


def test_names_cannot_write_html_and_stay_as_they_are_in_plain_text() -> None:
    facts = example("CertificateIssued", product={"id": "p", "name": "<b>Chè & {{ 7 * 7 }}</b>"}).model_dump(
        mode="json"
    )

    text = messages().text("certificate-issued", "vi", "vn.ocop.certificate.issued.v1", facts, "<script>x</script>")

    assert "<script>" not in text.html and "&lt;script&gt;" in text.html
    assert "&lt;b&gt;Chè &amp; {{ 7 * 7 }}&lt;/b&gt;" in text.html
    assert "<b>Chè & {{ 7 * 7 }}</b>" in text.plain
    assert "<b>Chè & {{ 7 * 7 }}</b>" in text.subject


EVIL = "HTX A\r\nBcc: everybody@example.vn\r\n\r\nHello\x00\u2028\u202e"


async def test_a_name_cannot_add_a_header(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.office.know(OWNER, EVIL, "bacson@example.vn")
    await desk.hear(example("CertificateIssued", product={"id": "p", "name": EVIL}))

    await desk.worker().round()

    (message,) = desk.shown()
    head = next(desk.mail.glob("*.eml")).read_bytes().partition(b"\r\n\r\n")[0]
    assert message["Bcc"] is None
    assert not re.search(rb"(?im)^bcc:", head)
    assert message["To"].addresses[0].addr_spec == "bacson@example.vn"
    assert "Bcc: everybody@example.vn" in message["Subject"]


@pytest.mark.parametrize(
    "email", ["", "no-at", "@b.vn", "a@", "a b@c.vn", "a@b.vn\r\nBcc: c@d.vn", "é@b.vn", "a@b.vn, c@d.vn", "<a@b.vn>"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(AddressUnusable):
        address("A", email)


def test_one_line_leaves_vietnamese_as_it_is() -> None:
    assert one_line("Rượu nhung  hươu\n\tTam Điệp ") == "Rượu nhung hươu Tam Điệp"


async def test_a_mail_program_reads_subject_text_and_html(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    id = await desk.hear(example("ResultAnnounced", "recognised"))
    delivery = await desk.delivery(id)
    contact = Contact(owner_id=OWNER, name="Hợp tác xã «Bắc Sơn»", email="bacson@example.vn", language="vi")
    built = messages()
    text = built.text(delivery.template, "vi", delivery.cause.type, delivery.facts, contact.name)

    read = read_mail(bytes(built.compose(delivery, text, contact, NOW)))

    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert read["Subject"] == "Kết quả đánh giá sản phẩm «Rượu nhung hươu Tam Điệp»"
    assert read["To"].addresses[0].display_name == "Hợp tác xã «Bắc Sơn»"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Date"].datetime == NOW
    assert plain is not None and "được công nhận đạt 3 sao" in plain.get_content()
    assert html is not None and 'lang="vi"' in html.get_content()


@given(
    st.text('Rượu nhung hươu 0123456789-,.()<>@"\\éĐặ', min_size=1, max_size=120),
    st.text('HTX sản xuất 12 và dịch vụ,<>@"', min_size=1, max_size=90),
)
def test_any_subject_and_any_name_is_read_as_it_was_written(subject: str, name: str) -> None:
    message = EmailMessage(policy=MAIL)
    message["Subject"] = one_line(subject)
    message["To"] = address(name, "bacson@example.vn")

    read = read_mail(message.as_bytes())

    assert read["Subject"] == one_line(subject)
    (to,) = read["To"].addresses
    assert to.addr_spec == "bacson@example.vn"
    if not name.isascii():
        # The newer reader of Python puts a space between two encoded words of a name; the older one keeps to RFC 2047.
        phrase = message_from_bytes(message.as_bytes())["To"].rpartition(" <")[0]
        assert str(make_header(decode_header(phrase))) == one_line(name)


def test_the_same_words_have_the_same_version_and_each_language_its_own() -> None:
    facts = example("CertificateExpired").model_dump(mode="json")
    type = "vn.ocop.certificate.expired.v1"

    once, again, english = (
        messages().text("certificate-expired", language, type, facts, "A").version for language in ("vi", "vi", "en")
    )

    assert once == again != english


@pytest.mark.parametrize(
    ("days_left", "words"), [(180, "23/05/2029 đến ngày 22/07/2029"), (30, "đã qua ngày 22/07/2029")]
)
def test_a_reminder_names_the_days_for_filing_again(days_left: int, words: str) -> None:
    data = example("CertificateExpiring", days_left=days_left)
    assert data.model_dump()["valid_until"] - timedelta(days=180) == NOW.replace(2029, 5, 23).date()

    text = messages().text("certificate-expiring", "vi", data.TYPE, data.model_dump(mode="json"), "A")

    assert words in text.plain

"""The mail channel against a real SMTP server that refuses, delays, hangs up and goes away."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notification.channels import ChannelAway, SmtpChannel
from services.notification.domain.delivery import LEASE
from tests.services.notification.desk import OWNER, Desk, example, read_mail


class PostOffice:
    """A mail server that keeps what it takes, and answers each command as it is told.

    ``after`` is called when it has taken a message and before it says so. With ``for_whom`` only the mail to that
    address fares badly.
    """

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answers: dict[str, list[str]] = {}
        self.for_whom: str | None = None
        self.after: Callable[[SMTP], None] = lambda _: None
        self.delay = 0.0

    def _answer(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._answer("MAIL") or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return (self._answer("RCPT") if self.for_whom in (None, address) else None) or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        troubled = self.for_whom in (None, envelope.rcpt_tos[0])
        if troubled and (said := self._answer("DATA")):
            return said
        await asyncio.sleep(self.delay)
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        if troubled:
            self.after(server)
        return "250 Taken"

    def mail(self) -> list[EmailMessage]:
        return [read_mail(content) for content in self.taken]


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def server(office: PostOffice, port: int) -> Iterator[Controller]:
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def desk(tmp_path: Path, port: int) -> Desk:
    return Desk(tmp_path, SmtpChannel(f"smtp://127.0.0.1:{port}", "no-reply@ocop.example", seconds=1))


pytestmark = pytest.mark.real


async def test_a_message_goes_out_and_the_server_word_is_kept(server: Any, office: PostOffice, desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued", "first"))

    await desk.worker().round()

    (message,) = office.mail()
    delivery = await desk.delivery(id)
    assert message["Subject"].startswith("Giấy chứng nhận OCOP 37-2026-1048-001")
    assert message["Message-ID"] == f"<{id}@ocop.example>"
    assert (delivery.state, delivery.attempts[0].reply) == ("sent", "250 Taken")


async def test_two_workers_on_one_server_send_each_message_once(server: Any, office: PostOffice, desk: Desk) -> None:
    for number in range(40):
        await desk.hear(example("CertificateIssued"), subject=f"subject-{number}")

    await asyncio.gather(*(desk.worker().round() for _ in range(2)))

    ids = [message["Message-ID"] for message in office.mail()]
    assert len(ids) == len(set(ids)) == 40


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_a_refusal_for_good_is_not_tried_again(server: Any, office: PostOffice, desk: Desk, command: str) -> None:
    office.answers[command] = ["550 <bacson@example.vn> is unknown here"]
    id = await desk.hear(example("CertificateIssued"))

    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.attempts[0].outcome) == ("undeliverable", "refused")
    assert delivery.attempts[0].reply == "550 <…@…> is unknown here"
    assert "bacson" not in repr(desk.port.documents)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "451 try later"),
        ("MAIL", "530 sign in first"),
        ("RCPT", "450 greylisted"),
        ("DATA", "452 no space"),
        ("MAIL", "421 closing"),
        ("DATA", "421 closing"),
    ],
)
async def test_a_refusal_for_now_is_tried_again(
    server: Any, office: PostOffice, desk: Desk, command: str, answer: str
) -> None:
    office.answers[command] = [answer]
    id = await desk.hear(example("CertificateIssued"))

    await desk.worker().round()
    between = await desk.delivery(id)
    desk.pass_time(timedelta(seconds=10))
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (between.state, between.attempts[0].outcome) == ("waiting", "deferred")
    assert (delivery.state, len(delivery.attempts), len(office.taken)) == ("sent", 2, 1)


async def test_one_refused_person_does_not_keep_the_others_from_their_mail(
    server: Any, office: PostOffice, desk: Desk
) -> None:
    office.answers["RCPT"] = ["550 unknown", "421 closing"]
    ids = [await desk.hear(example("CertificateIssued"), subject=f"subject-{n}") for n in range(4)]

    await desk.worker().round()

    states = sorted([(await desk.delivery(id)).state for id in ids])
    assert states == ["sent", "sent", "undeliverable", "waiting"]


async def test_while_the_server_is_away_messages_wait_and_then_go_out_once(
    office: PostOffice, port: int, desk: Desk
) -> None:
    id = await desk.hear(example("CertificateIssued"))

    with pytest.raises(ChannelAway):
        await desk.worker().round()
    waiting = await desk.delivery(id)
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    desk.pass_time(timedelta(seconds=10))
    await desk.worker().round()
    server.stop()

    assert (waiting.state, waiting.attempts) == ("waiting", ())
    assert waiting.delayed_by is not None
    assert len(office.taken) == 1


async def test_a_server_that_hangs_up_before_it_answered_leaves_an_unanswered_attempt(
    server: Any, office: PostOffice, desk: Desk
) -> None:
    def hang_up(connection: SMTP) -> None:
        assert connection.transport is not None
        connection.transport.abort()
        office.after = lambda _: None

    office.after = hang_up
    id = await desk.hear(example("CertificateIssued"))

    await desk.worker().round()
    desk.pass_time(timedelta(seconds=10))
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert [attempt.outcome for attempt in delivery.attempts] == ["unanswered", "accepted"]
    assert {message["Message-ID"] for message in office.mail()} == {f"<{id}@ocop.example>"}


async def test_a_server_that_is_too_slow_is_hung_up_on(server: Any, office: PostOffice, desk: Desk) -> None:
    office.delay = 3
    id = await desk.hear(example("CertificateIssued"))
    begun = time.monotonic()

    await desk.worker().round()

    assert time.monotonic() - begun < 2.5
    assert (await desk.delivery(id)).attempts[0].outcome == "unanswered"


async def test_a_worker_that_dies_while_the_server_answers_is_shown_as_interrupted(
    server: Any, office: PostOffice, desk: Desk
) -> None:
    office.delay = 0.5
    id = await desk.hear(example("CertificateIssued"))
    dying = asyncio.create_task(desk.worker().round())
    while (await desk.delivery(id)).state != "sending":
        await asyncio.sleep(0.01)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying

    desk.pass_time(LEASE)
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert [attempt.outcome for attempt in delivery.attempts] == ["interrupted", "accepted"]
    assert {message["Message-ID"] for message in office.mail()} == {f"<{id}@ocop.example>"}


async def test_the_envelope_goes_to_the_owner_alone(server: Any, office: PostOffice, desk: Desk) -> None:
    desk.office.know(OWNER, "A, B <b@example.vn>", "bacson@example.vn")
    await desk.hear(example("CertificateIssued"))

    await desk.worker().round()

    (message,) = office.mail()
    assert [each.addr_spec for each in message["To"].addresses] == ["bacson@example.vn"]


@pytest.mark.parametrize("url", ["", "127.0.0.1:25", "http://127.0.0.1", "smtp://"])
def test_an_address_that_is_no_mail_servers_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="OCOP_SMTP_URL"):
        SmtpChannel(url, "no-reply@ocop.example")

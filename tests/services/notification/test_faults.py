"""The fault tables: receivers of webhooks and a mail server misbehave in every way, and nobody else notices."""

import asyncio
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from services.notification.channels import SmtpChannel
from services.notification.domain.subscription import Subscription
from services.notification.endpoints import Endpoints
from services.notification.reach import Reach
from services.notification.recovery import resume
from shared.clock import system_clock
from shared.document import Decision
from shared.errors import Unavailable
from tests.services.notification.desk import NOW, Desk, example
from tests.services.notification.receiver import Receiver, as_table
from tests.services.notification.switchboard import Switchboard
from tests.services.notification.test_channels import PostOffice

FAULTS = {
    "500": "answers 500",
    "429": "answers 429 with Retry-After 600",
    "410": "answers 410, is verified again",
    "302": "redirects",
    "hangs": "hangs",
    "resets": "resets the connection",
    "large": "answers 200 and 10 MB",
    "down": "is down for a day",
    "flaps": "fails every other time",
}
CERTIFICATES = 6


@pytest.mark.real
async def test_every_fault_ends_in_one_delivery_of_each_event_and_delays_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoints = Endpoints(Reach(["127.0.0.0/8"]), seconds=3)
    rows = []
    async with Receiver().listening() as receiver:
        for fault, what in FAULTS.items():
            board = Switchboard(tmp_path / fault, endpoints, system_clock)
            board.folder.mkdir()
            well, sick = f"well-beside-{fault}", fault
            receiver.manners |= {well: "well", "down": "resets"}
            for name in (well, sick):
                await board.subscribe(name, receiver.url(name))
            for number in range(CERTIFICATES):
                await board.happens(example("CertificateIssued"), 1, subject=f"subject-{number}")
                await board.happens(example("CertificateHandedOver"), 2, subject=f"subject-{number}")

            begun, worker = perf_counter(), board.dispatcher()
            await worker.look()
            async with asyncio.timeout(20):
                while len(receiver.taken[well]) < 2 * CERTIFICATES:
                    await asyncio.sleep(0.005)
            others = perf_counter() - begun
            await worker.settled()
            if fault == "down":
                for _ in range(24):
                    board.pass_time(timedelta(hours=1))
                    await board.dispatch()
            if fault != "flaps":
                receiver.heal(sick)
            if fault == "410":
                before = await board.subscriptions.get(sick)
                now = board.clock()
                await board.subscriptions.change(sick, partial(_verified, now))
                await resume(before, board.dispatches, board.clock())
            await board.until_quiet(timedelta(minutes=5))

            told = [id for id in receiver.taken[sick] if id.startswith("subject-")]
            in_order = [told.index(f"subject-{n}.1") < told.index(f"subject-{n}.2") for n in range(CERTIFICATES)]
            rows.append(
                {
                    "receiver": what,
                    "events": 2 * CERTIFICATES,
                    "told": len(told),
                    "once": len(told) == len(set(told)) == 2 * CERTIFICATES,
                    "in order": all(in_order),
                    "requests": receiver.asked[sick],
                    "until all told": str(board.clock() - NOW),
                    "others told in s": f"{others:.2f}",
                }
            )
    await endpoints.close()
    with capsys.disabled():
        print(f"\n{as_table(rows)}")  # noqa: T201 - the table is what this test is for

    assert all(row["once"] and row["in order"] for row in rows), as_table(rows)
    assert receiver.redirected == 0


def _verified(now: datetime, held: Subscription) -> Decision[Subscription]:
    return held.verified(now)


def hang_up_once(office: PostOffice) -> None:
    """Takes one message and then says nothing more: whether it was taken nobody can know."""

    def hang_up(connection: SMTP) -> None:
        assert connection.transport is not None
        connection.transport.abort()
        office.after = lambda _: None

    office.after = hang_up


PERSONS: dict[str, dict[str, list[str]]] = {
    "is well": {},
    "refuses a sender for now": {"MAIL": ["451 later"] * 2},
    "greylists": {"RCPT": ["450 4.2.0 greylisted"] * 2},
    "answers 452 after DATA": {"DATA": ["452 full"] * 2},
    "says farewell after DATA": {"DATA": ["421 farewell"] * 2},
    "takes it and drops the connection": {},
    "knows no such mailbox": {"RCPT": ["550 no such mailbox"]},
    "(contacts unavailable)": {},
}
LOST = "takes it and drops the connection"
"""The one case in which a second copy leaves, under the same Message-ID: the risk that is stated in DECISIONS.md."""


@pytest.mark.real
async def test_every_fault_of_the_mail_ends_in_one_message_or_in_a_record_that_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = []
    for number, (what, answers) in enumerate(PERSONS.items()):
        office = PostOffice()
        port = _free_port()
        controller = Controller(office, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            desk = Desk(tmp_path / str(number), SmtpChannel(f"smtp://127.0.0.1:{port}", "no-reply@ocop.example", 1))
            desk.folder.mkdir()
            desk.office.know("other", "Cơ sở khác", "khac@example.vn")
            id = await desk.hear(example("CertificateIssued"))
            another = await desk.hear(example("CertificateIssued", owner_id="other"), 2, subject="subject-2")
            office.for_whom = "bacson@example.vn"
            office.answers = {command: list(said) for command, said in answers.items()}
            if what == LOST:
                hang_up_once(office)
            desk.office.status = 503 if what.startswith("(") else 200
            told = {}
            for _ in range(60):
                with suppress(Unavailable):
                    await desk.worker().round()
                desk.office.status = 200
                for each in (id, another):
                    if each not in told and (await desk.delivery(each)).due is None:
                        told[each] = desk.clock() - NOW
                if len(told) == 2:
                    break
                desk.pass_time(timedelta(seconds=10))
            delivery = await desk.delivery(id)
        finally:
            controller.stop()
        copies = [mail for mail in office.mail() if mail["To"].addresses[0].addr_spec == "bacson@example.vn"]
        others = [mail for mail in office.mail() if mail["To"].addresses[0].addr_spec == "khac@example.vn"]
        rows.append(
            {
                "mail server": what,
                "state": delivery.state,
                "tries": len(delivery.attempts),
                "messages": len({mail["Message-ID"] for mail in copies}),
                "copies": len(copies),
                "after": str(told[id]),
                "other owner told": len(others),
                "after ": str(told[another]),
            }
        )
    with capsys.disabled():
        print(f"\n{as_table(rows)}")  # noqa: T201 - the table is what this test is for

    refused = "knows no such mailbox"
    assert {row["mail server"]: (row["messages"], row["state"]) for row in rows} == {
        what: (0, "undeliverable") if what == refused else (1, "sent") for what in PERSONS
    }
    assert {row["mail server"] for row in rows if row["copies"] != 1} == {LOST, refused}
    assert all(row["other owner told"] == 1 for row in rows)
    # Before the recipient is named nobody can tell whose mail it is, and without contacts nobody can be told.
    assert {row["mail server"] for row in rows if row["after "] != "0:00:00"} <= {
        "refuses a sender for now",
        "(contacts unavailable)",
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

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


PERSONS = {
    "is well": {},
    "refuses a sender for now": {"MAIL": ["451 later"] * 2},
    "greylists": {"RCPT": ["450 4.2.0 greylisted"] * 2},
    "answers 452 after DATA": {"DATA": ["452 full"] * 2},
    "drops after DATA": {"DATA": ["421 farewell"] * 2},
    "knows no such mailbox": {"RCPT": ["550 no such mailbox"]},
    "(contacts unavailable)": {},
}


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
            office.answers = {command: list(said) for command, said in answers.items()}
            desk.office.status = 503 if what.startswith("(") else 200
            for _ in range(60):
                with suppress(Unavailable):
                    await desk.worker().round()
                desk.office.status = 200
                if (delivery := await desk.delivery(id)).due is None:
                    break
                desk.pass_time(timedelta(seconds=10))
            told = desk.clock() - NOW
            await desk.hear(example("CertificateIssued", owner_id="other"), subject="subject-2")
            await desk.worker().round()
        finally:
            controller.stop()
        mine = [mail for mail in office.mail() if mail["Message-ID"] == f"<{id}@ocop.example>"]
        rows.append(
            {
                "mail server": what,
                "state": delivery.state,
                "tries": len(delivery.attempts),
                "messages": len(mine),
                "after": str(told),
                "other owner told": len(office.taken) - len(mine),
            }
        )
    with capsys.disabled():
        print(f"\n{as_table(rows)}")  # noqa: T201 - the table is what this test is for

    expected = {what: (0, "undeliverable") if what.startswith("knows") else (1, "sent") for what in PERSONS}
    assert {row["mail server"]: (row["messages"], row["state"]) for row in rows} == expected
    assert all(row["other owner told"] == 1 for row in rows)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

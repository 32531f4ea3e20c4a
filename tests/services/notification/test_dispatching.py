"""Events carried to systems: each receives its own, in order, however the others fare."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.notification.dispatching import Webhooks
from services.notification.domain.delivery import LEASE
from services.notification.domain.subscription import FAILING, SCHEDULE_LENGTH
from services.notification.recovery import RECOVERED, resume
from tests.services.notification.desk import example
from tests.services.notification.switchboard import BROKEN, GONE, TAKEN, Answer, Receivers, Switchboard


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


async def test_a_subscriber_is_told_with_everything_the_event_says(board: Switchboard) -> None:
    await board.subscribe("shop")
    issued = example("CertificateIssued", "first")

    await board.happens(issued)
    await board.dispatch()

    (event,) = board.receivers.taken["https://shop"]
    assert event["data"] == issued.model_dump(mode="json")
    assert event["data"]["rule_set"] == "26-2026"
    assert (event["id"], event["type"], event["specversion"]) == ("subject-1.1", issued.TYPE, "1.0")


async def test_events_of_one_certificate_come_in_order_though_the_first_fails(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = BROKEN
    for sequence, name in enumerate(("CertificateIssued", "CertificateHandedOver", "CertificateExpired"), 1):
        await board.happens(example(name), sequence)

    await board.dispatch()
    asked = [event["id"] for event in board.receivers.requests["https://shop"]]
    board.receivers.answers["https://shop"] = TAKEN
    board.pass_time(timedelta(minutes=1))
    await board.dispatch()

    assert asked == ["subject-1.1"]
    assert board.receivers.ids("https://shop") == ["subject-1.1", "subject-1.2", "subject-1.3"]


async def test_a_dead_subscriber_delays_nobody(tmp_path: Path) -> None:
    hanging = asyncio.Event()

    class Hanging(Receivers):
        async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
            if url == "https://dead":
                await hanging.wait()
            return await super().post(url, headers, body, now)

    receivers = Hanging()
    board = Switchboard(tmp_path, receivers)
    await board.subscribe("dead")
    await board.subscribe("well")
    worker = board.dispatcher()
    for number in range(20):
        await board.happens(example("CertificateIssued"), subject=f"subject-{number}")
        await worker.look()
    async with asyncio.timeout(5):
        while len(receivers.taken["https://well"]) < 20:
            await asyncio.sleep(0)
            await worker.look()
    told_meanwhile = len(receivers.taken["https://dead"])
    hanging.set()
    await worker.settled()

    assert told_meanwhile == 0


async def test_an_endpoint_that_takes_nothing_is_tried_with_one_event_at_a_time(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = BROKEN
    for number in range(200):
        await board.happens(example("CertificateIssued"), subject=f"subject-{number}")

    await board.dispatch()
    first = len(board.receivers.requests["https://shop"])
    for _ in range(24):
        board.pass_time(timedelta(hours=1))
        await board.dispatch()

    assert first <= 10
    assert len(board.receivers.requests["https://shop"]) - first <= 12


async def test_after_three_days_it_is_disabled_and_its_operators_learn_it_by_mail(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = BROKEN
    for number in range(FAILING + 2):
        await board.happens(example("CertificateIssued"), subject=f"subject-{number}")

    await board.until_quiet(most=timedelta(days=5))
    await board.worker().round()

    shop = await board.subscriptions.get("shop")
    assert shop.state == "disabled" and shop.disabled_at is not None and shop.failing_since is not None
    assert timedelta(0) <= shop.disabled_at - shop.failing_since - SCHEDULE_LENGTH < timedelta(days=1)
    mails = [mail for mail in board.shown() if mail["To"] == "shop <ops@shop.example>"]
    assert len(mails) == 1 and "switched off" in mails[0]["Subject"]


async def test_what_was_said_while_it_was_disabled_is_sent_in_order_once_it_is_verified(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = GONE
    await board.happens(example("CertificateIssued"), 1)
    await board.dispatch()
    before = await board.subscriptions.get("shop")
    await board.happens(example("CertificateHandedOver"), 2)
    board.pass_time(timedelta(days=7))
    await board.dispatch()

    board.receivers.answers["https://shop"] = TAKEN
    await board.subscriptions.change("shop", lambda held: held.verified(board.clock()))
    await resume(before, board.dispatches, board.clock())
    await board.dispatch()

    assert before.state == "disabled"
    told = board.receivers.taken["https://shop"]
    assert [event["id"] for event in told if event["type"] != RECOVERED] == ["subject-1.1", "subject-1.2"]
    assert [event["type"] for event in told].count(RECOVERED) == 1


async def test_a_receiver_that_asks_for_patience_gets_it(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = Answer("failed", 429, "429", asked=timedelta(minutes=10))
    await board.happens(example("CertificateIssued"))
    await board.dispatch()

    board.receivers.answers["https://shop"] = TAKEN
    board.pass_time(timedelta(minutes=9))
    await board.dispatch()
    early = board.receivers.ids("https://shop")
    board.pass_time(timedelta(minutes=2))
    await board.dispatch()

    assert (early, board.receivers.ids("https://shop")) == ([], ["subject-1.1"])


async def test_one_event_that_a_receiver_cannot_take_does_not_hold_up_its_others(board: Switchboard) -> None:
    await board.subscribe("shop")
    board.receivers.answers["https://shop"] = lambda event: BROKEN if event["subject"] == "subject-0" else TAKEN
    for number in range(50):
        await board.happens(example("CertificateIssued"), subject=f"subject-{number}")

    await board.dispatch()

    assert len(board.receivers.ids("https://shop")) == 49
    assert not (await board.subscriptions.get("shop")).failing


async def test_five_workers_tell_each_event_once(board: Switchboard) -> None:
    await board.subscribe("shop")
    for number in range(40):
        await board.happens(example("CertificateIssued"), 1, subject=f"subject-{number}")
        await board.happens(example("CertificateHandedOver"), 2, subject=f"subject-{number}")

    workers = [board.dispatcher() for _ in range(5)]
    await asyncio.gather(*(worker.look() for worker in workers))
    await asyncio.gather(*(worker.settled() for worker in workers))

    ids = board.receivers.ids("https://shop")
    assert len(ids) == len(set(ids)) == 80


async def test_saying_everything_again_changes_nothing_and_sends_nothing(board: Switchboard) -> None:
    await board.subscribe("shop")
    names = ("CertificateIssued", "CertificateHandedOver", "CertificateExpiring", "CertificateExpired")
    for sequence, name in enumerate(names, 1):
        await board.happens(example(name), sequence)
    await board.dispatch()
    await board.worker().round()
    before, mails = repr(board.port.documents), len(board.shown())

    for sequence, name in enumerate(names, 1):
        await board.happens(example(name), sequence)
    await board.dispatch()
    await board.worker().round()

    assert repr(board.port.documents) == before
    assert (len(board.receivers.requests["https://shop"]), len(board.shown())) == (4, mails)


async def test_an_event_is_sent_again_when_the_subscriber_asks(board: Switchboard) -> None:
    await board.subscribe("shop")
    await board.happens(example("CertificateIssued"))
    await board.dispatch()
    (log,) = await board.log_of("shop")

    await board.dispatches.change(log.id, lambda held: held.resent("subject-1.1", board.clock()))
    await board.dispatch()

    assert board.receivers.ids("https://shop") == ["subject-1.1", "subject-1.1"]


class Killed(BaseException):
    """The process is gone; nothing after it runs."""


async def test_a_worker_killed_after_the_answer_tells_again_under_the_same_id(tmp_path: Path) -> None:
    class Dying(Receivers):
        async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
            await super().post(url, headers, body, now)
            raise Killed

    receivers = Dying()
    board = Switchboard(tmp_path, receivers)
    await board.subscribe("shop")
    await board.happens(example("CertificateIssued"), 1)
    await board.happens(example("CertificateHandedOver"), 2)

    await board.dispatch()
    at_once = board.dispatcher()
    await at_once.look()
    await at_once.settled()
    held_by_the_dead = receivers.ids("https://shop")
    board.webhooks = Webhooks(board.receivers, board.watch)
    board.pass_time(LEASE)
    await board.dispatch()

    assert held_by_the_dead == ["subject-1.1"]
    assert board.receivers.ids("https://shop") == ["subject-1.1", "subject-1.2"]


async def test_a_worker_killed_before_the_request_loses_nothing(board: Switchboard) -> None:
    await board.subscribe("shop")
    await board.happens(example("CertificateIssued"))
    (log,) = await board.log_of("shop")
    await board.dispatches.change(log.id, lambda held: held.claimed("dead", board.clock(), board.watch()))

    await board.dispatch()
    before = board.receivers.ids("https://shop")
    board.pass_time(LEASE)
    await board.dispatch()

    assert (before, board.receivers.ids("https://shop")) == ([], ["subject-1.1"])


async def test_what_another_worker_holds_is_left_to_it_when_the_clock_of_a_trial_jumps(board: Switchboard) -> None:
    await board.subscribe("shop")
    await board.happens(example("CertificateIssued"))
    (log,) = await board.log_of("shop")
    await board.dispatches.change(log.id, lambda held: held.claimed("other", board.clock(), board.watch()))
    board.clock.turn(timedelta(days=30))

    async with asyncio.timeout(5):
        await board.dispatch()

    assert board.receivers.ids("https://shop") == []

"""The sending loop: once per person, nothing lost when somebody is away, and an honest record."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.notification.channels import ChannelAway, ConsoleChannel, Outcome, Parcel
from services.notification.domain.delivery import LEASE, MOST_ATTEMPTS
from services.notification.handlers import plan_messages
from shared.errors import Unavailable
from shared.peers import PeerAway
from shared.telemetry import tracing
from tests.services.notification.desk import NOW, OWNER, Desk, example, received


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


class Scripted(ConsoleChannel):
    """A channel that answers as it is told, then as the console does. ``away`` lets nothing through."""

    def __init__(self, folder: Path, *answers: Outcome) -> None:
        super().__init__(folder)
        self.answers = list(answers)
        self.away = False
        self.offered = 0

    async def ready(self) -> None:
        if self.away:
            raise ChannelAway("the mail server: refused")
        await super().ready()

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        self.offered += 1
        return self.answers.pop(0) if self.answers else await super().send(parcel, mark)


class Dying(ConsoleChannel):
    """A channel whose process is killed as soon as the server has taken the message."""

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        await super().send(parcel, mark)
        raise Killed


class Killed(BaseException):
    """The process is gone; nothing after it runs."""


async def test_a_message_is_sent_and_the_record_says_what_when_and_how(desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued", "first"))

    await desk.worker().round()

    (message,) = desk.shown()
    delivery = await desk.delivery(id)
    assert message["To"] == "HTX Bắc Sơn <bacson@example.vn>"
    assert message["Message-ID"] == f"<{id}@ocop.example>"
    assert delivery.sent is not None
    assert (delivery.state, delivery.due, delivery.sent.channel, delivery.sent.attempt) == ("sent", None, "console", 1)
    assert "37-2026-1048-001" in delivery.sent.text
    assert [attempt.outcome for attempt in delivery.attempts] == ["accepted"]


async def test_the_record_holds_no_name_and_no_address(desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))

    await desk.worker().round()

    kept = repr(desk.port.documents[id])
    assert OWNER in kept
    assert "HTX Bắc Sơn" not in kept
    assert "bacson@example.vn" not in kept


async def test_a_person_reads_their_own_language(desk: Desk) -> None:
    desk.office.know(OWNER, "Bac Son Cooperative", "bacson@example.vn", "en")
    await desk.hear(example("CertificateExpired"))

    await desk.worker().round()

    (message,) = desk.shown()
    assert "has expired" in message["Subject"]
    assert message["Content-Language"] == "en"


async def test_five_workers_at_once_send_each_message_once(desk: Desk) -> None:
    for number in range(60):
        desk.office.know(f"owner-{number % 7}", f"Chủ thể {number % 7}", f"o{number % 7}@example.vn")
        await desk.hear(example("CertificateIssued", owner_id=f"owner-{number % 7}"), subject=f"subject-{number}")

    await asyncio.gather(*(desk.worker().round() for _ in range(5)))

    ids = [message["Message-ID"] for message in desk.shown()]
    assert len(ids) == len(set(ids)) == 60


async def test_an_owner_reads_what_happened_in_the_order_it_happened(tmp_path: Path) -> None:
    seen: list[str] = []

    class Watched(ConsoleChannel):
        async def send(self, parcel: Parcel, mark: str) -> Outcome:
            seen.append(parcel.title)
            return await super().send(parcel, mark)

    desk = Desk(tmp_path, Watched(None))
    for sequence, name in enumerate(("ResultAnnounced", "CertificateIssued", "CertificateHandedOver"), 1):
        await desk.hear(example(name), sequence)

    await desk.worker().round()

    assert [subject.split()[0] for subject in seen] == ["Kết", "Giấy", "Đã"]


async def test_without_contact_or_address_the_delivery_says_so(desk: Desk) -> None:
    desk.office.know("owner-mute", "Chủ thể", None)
    desk.office.know("owner-odd", "Chủ thể", "not an address")
    owners = ("owner-mute", "owner-odd", "owner-unknown")
    ids = [await desk.hear(example("CertificateIssued", owner_id=owner), subject=owner) for owner in owners]

    await desk.worker().round()

    states = [(await desk.delivery(id)).state for id in ids]
    assert states == ["no_address"] * 3
    assert not desk.shown()
    assert await desk.worker().round() == 0


async def test_while_contacts_are_away_nothing_is_tried_and_the_record_says_why(desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))
    desk.office.status = 0

    with pytest.raises(PeerAway):
        await desk.worker().round()
    waiting = await desk.delivery(id)
    desk.office.status = 200
    desk.pass_time(timedelta(seconds=6))
    await desk.worker().round()

    assert (waiting.state, waiting.attempts, waiting.claim) == ("waiting", (), None)
    assert waiting.delayed_by is not None and "dossier" in waiting.delayed_by
    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.delayed_by, len(delivery.attempts)) == ("sent", None, 1)


async def test_while_the_mail_server_is_away_no_attempt_is_used_up(tmp_path: Path) -> None:
    channel = Scripted(tmp_path / "mail")
    channel.away = True
    desk = Desk(tmp_path, channel)
    id = await desk.hear(example("CertificateIssued"))

    for _ in range(2 * MOST_ATTEMPTS):
        with pytest.raises(ChannelAway):
            await desk.worker().round()
        desk.pass_time(timedelta(seconds=6))
    channel.away = False
    await desk.worker().round()

    assert len((await desk.delivery(id)).attempts) == 1
    assert len(desk.shown()) == 1


async def test_a_deferred_message_is_tried_again_later_and_later(tmp_path: Path) -> None:
    busy = Outcome("deferred", "451 busy")
    desk = Desk(tmp_path, Scripted(tmp_path / "mail", busy, busy))
    id = await desk.hear(example("CertificateIssued"))
    pauses = []

    for _ in range(2):
        await desk.worker().round()
        delivery = await desk.delivery(id)
        assert delivery.due is not None
        pauses.append(delivery.due - desk.clock())
        assert await desk.worker().round() == 0
        desk.pass_time(pauses[-1])
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert pauses[1] > 1.9 * pauses[0]
    assert [attempt.outcome for attempt in delivery.attempts] == ["deferred", "deferred", "accepted"]
    assert delivery.sent is not None and delivery.sent.attempt == 3


async def test_a_refused_message_is_not_tried_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Scripted(tmp_path / "mail", Outcome("refused", "550 no such mailbox")))
    id = await desk.hear(example("CertificateIssued"))

    await desk.worker().round()
    desk.pass_time(timedelta(days=3))

    assert await desk.worker().round() == 0
    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.attempts[0].reply) == ("undeliverable", "550 no such mailbox")


async def test_attempts_are_used_up_at_last(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Scripted(tmp_path / "mail", *[Outcome("deferred", "451 busy")] * MOST_ATTEMPTS))
    id = await desk.hear(example("CertificateIssued"))

    while await desk.worker().round():
        desk.pass_time(timedelta(hours=8))

    delivery = await desk.delivery(id)
    assert (delivery.state, len(delivery.attempts)) == ("undeliverable", MOST_ATTEMPTS)


async def test_a_worker_that_dies_after_its_claim_loses_nothing(desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))
    now, watch = desk.clock(), desk.watch()
    await desk.deliveries.change(id, lambda held: held.claimed("dead worker", now, watch))

    early = await desk.worker().round()
    desk.pass_time(LEASE)
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert early == 0
    assert (delivery.state, len(delivery.attempts)) == ("sent", 1)
    assert len(desk.shown()) == 1


async def test_a_worker_that_dies_between_sending_and_recording_leaves_an_interrupted_attempt(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Dying(tmp_path / "mail"))
    id = await desk.hear(example("CertificateIssued"))
    with pytest.raises(Killed):
        await desk.worker().round()
    open_attempt = await desk.delivery(id)

    desk.channel = ConsoleChannel(desk.mail)
    desk.pass_time(LEASE)
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (open_attempt.state, open_attempt.attempts[0].outcome) == ("sending", None)
    assert [attempt.outcome for attempt in delivery.attempts] == ["interrupted", "accepted"]
    assert len({message["Message-ID"] for message in desk.shown()}) == 1


async def test_a_clock_that_is_moved_takes_no_message_out_of_a_workers_hands(desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))
    now, watch = desk.clock(), desk.watch()
    await desk.deliveries.change(id, lambda held: held.claimed("a", now, watch))
    await desk.deliveries.change(id, lambda held: held.begun("a", ("email",), now, watch))

    desk.clock.turn(timedelta(days=1100))
    await desk.worker().round()

    assert (await desk.delivery(id)).running("a") is not None
    assert not desk.shown()


async def test_the_database_going_away_after_the_send_does_not_forget_it(tmp_path: Path) -> None:
    cut = asyncio.Event()

    class Cutting(ConsoleChannel):
        async def send(self, parcel: Parcel, mark: str) -> Outcome:
            desk.port.away = True
            cut.set()
            return await super().send(parcel, mark)

    desk = Desk(tmp_path, Cutting(tmp_path / "mail"))
    id = await desk.hear(example("CertificateIssued"))

    sending = asyncio.create_task(desk.worker().round())
    await cut.wait()
    await asyncio.sleep(0.15)
    desk.port.away = False
    await sending

    assert (await desk.delivery(id)).state == "sent"
    assert len(desk.shown()) == 1


async def test_a_stopping_worker_finishes_the_message_in_hand_and_gives_back_the_rest(tmp_path: Path) -> None:
    taken, go_on = asyncio.Event(), asyncio.Event()

    class Slow(ConsoleChannel):
        async def send(self, parcel: Parcel, mark: str) -> Outcome:
            taken.set()
            await go_on.wait()
            return await super().send(parcel, mark)

    desk = Desk(tmp_path, Slow(tmp_path / "mail"))
    ids = [await desk.hear(example("CertificateIssued"), subject=f"subject-{n}") for n in range(3)]

    running = asyncio.create_task(desk.worker().run())
    await taken.wait()
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running

    states = sorted([(await desk.delivery(id)).state for id in ids])
    claims = [(await desk.delivery(id)).claim for id in ids]
    assert states == ["sent", "waiting", "waiting"]
    assert claims == [None] * 3


async def test_the_loop_goes_on_by_itself_when_the_database_comes_back(desk: Desk) -> None:
    await desk.hear(example("CertificateIssued"))
    desk.port.away = True

    with pytest.raises(Unavailable):
        await desk.worker().round()
    desk.port.away = False
    running = asyncio.create_task(desk.worker().run())
    async with asyncio.timeout(5):
        while not desk.shown():
            await asyncio.sleep(0.01)
    running.cancel()

    assert len(desk.shown()) == 1


async def test_what_is_not_due_yet_waits(desk: Desk) -> None:
    await desk.hear(example("CertificateIssued"))
    desk.clock.now = NOW - timedelta(minutes=2)

    assert await desk.worker().round() == 0


async def test_the_message_belongs_to_the_trace_of_its_event(desk: Desk) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await plan_messages(
        received(example("CertificateIssued"))._replace(traceparent=parent), desk.deliveries, desk.watch
    )
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    tracing.record_with(provider)

    await desk.worker().round()
    tracing.stop()

    (span,) = [each for each in seen.get_finished_spans() if each.name == "send message"]
    assert span.context is not None and span.parent is not None
    assert format(span.context.trace_id, "032x") == parent.split("-")[1]
    assert format(span.parent.span_id, "016x") == parent.split("-")[2]

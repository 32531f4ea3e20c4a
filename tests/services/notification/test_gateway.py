"""SMS and Zalo OA over HTTP, by the contract in contracts/gateway, against a gateway on a real port."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.notification.channels import ConsoleChannel
from services.notification.gateway import GatewayChannel
from services.notification.messages import AddressUnusable
from services.notification.ways import ByPhone, number
from tests.services.notification.desk import OWNER, Desk, example

TOKEN = "a-token-of-the-tests"


class Gateway:
    """Answers as it is told, then well; keeps every request, and sends each key once."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.sent: dict[str, str] = {}
        self.port = 0
        self._over = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/messages"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Gateway"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        self._over.set()
        server.close()
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.requests.append((headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if answer in (200, "sends and drops"):
            self.sent.setdefault(headers["idempotency-key"], body["text"])
        said = json.dumps({"id": f"provider-{len(self.sent)}"}).encode()
        if answer == "hangs":
            await self._over.wait()
        if answer == "speaks in riddles":
            answer, said = 200, b"OK"
        if answer == "sends 10 MB":
            answer, said = 200, b"x" * 10 * 1024 * 1024
        if isinstance(answer, int):
            place = "Location: /elsewhere\r\n" if answer == 302 else ""
            writer.write(f"HTTP/1.1 {answer} So\r\n{place}Content-Length: {len(said)}\r\n\r\n".encode() + said)
        writer.close()


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway().listening() as gateway:
        yield gateway


@pytest_asyncio.fixture
async def desk(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Desk]:
    """An owner without a mailbox, a gateway for SMS, and none for Zalo."""
    desk = Desk(tmp_path)
    desk.office.know(OWNER, "HTX Bắc Sơn", None, phone="0912 345 678")
    async with httpx.AsyncClient(trust_env=False) as client:
        desk.phones["sms"] = ByPhone(GatewayChannel("sms", gateway.url, TOKEN, client, seconds=0.5))
        yield desk


real = pytest.mark.real


@real
async def test_an_owner_without_a_mailbox_is_told_by_telephone(desk: Desk, gateway: Gateway) -> None:
    id = await desk.hear(example("CertificateRevoked"))

    await desk.worker().round()

    ((headers, body),) = gateway.requests
    delivery = await desk.delivery(id)
    assert (headers["authorization"], headers["idempotency-key"]) == (f"Bearer {TOKEN}", id)
    assert (body["to"], body["template"], body["data"]["number"]) == (
        "+84912345678",
        "certificate-revoked",
        "37-2026-1048-001",
    )
    assert body["text"].startswith("Giấy chứng nhận OCOP 37-2026-1048-001 đã bị thu hồi. ")
    assert "Bắc Sơn" not in json.dumps(body, ensure_ascii=False)
    assert delivery.sent is not None
    assert (delivery.state, delivery.sent.channel, delivery.attempts[0].reply) == ("sent", "sms", "200 provider-1")


@real
@pytest.mark.parametrize(
    "trouble", [302, 401, 408, 429, 500, 503, "hangs", "resets", "speaks in riddles", "sends 10 MB"]
)
async def test_whatever_goes_wrong_the_message_is_sent_once(desk: Desk, gateway: Gateway, trouble: int | str) -> None:
    gateway.answers = [trouble]
    id = await desk.hear(example("CertificateRevoked"))
    await desk.worker().round()
    between = await desk.delivery(id)

    desk.clock.now = between.due or desk.clock.now
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (between.state, delivery.state) == ("waiting", "sent")
    assert ([attempt.channel for attempt in delivery.attempts], len(gateway.sent)) == (["sms", "sms"], 1)


@real
async def test_what_was_sent_without_our_hearing_of_it_is_offered_under_the_same_key(
    desk: Desk, gateway: Gateway
) -> None:
    gateway.answers = ["sends and drops"]
    id = await desk.hear(example("CertificateRevoked"))
    await desk.worker().round()

    desk.clock.now = (await desk.delivery(id)).due or desk.clock.now
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert [attempt.outcome for attempt in delivery.attempts] == ["unanswered", "accepted"]
    assert {headers["idempotency-key"] for headers, _ in gateway.requests} == set(gateway.sent) == {id}


@real
@pytest.mark.parametrize("refusal", [400, 404, 410, 422])
async def test_a_number_that_is_refused_is_not_tried_again(desk: Desk, gateway: Gateway, refusal: int) -> None:
    gateway.answers = [refusal]
    id = await desk.hear(example("CertificateRevoked"))

    await desk.worker().round()

    assert ((await desk.delivery(id)).state, len(gateway.requests)) == ("undeliverable", 1)


@real
async def test_after_the_mailbox_and_zalo_comes_sms(desk: Desk, gateway: Gateway, tmp_path: Path) -> None:
    desk.office.know(OWNER, "HTX Bắc Sơn", "not an address", phone="+84 912 345 678")
    async with httpx.AsyncClient(trust_env=False) as client:
        desk.phones["zalo"] = ByPhone(GatewayChannel("zalo", gateway.url, TOKEN, client))
        gateway.answers = [404]
        id = await desk.hear(example("CertificateRevoked"))
        for _ in range(3):
            await desk.worker().round()

    delivery = await desk.delivery(id)
    assert [(attempt.channel, attempt.outcome) for attempt in delivery.attempts] == [
        ("zalo", "refused"),
        ("sms", "accepted"),
    ]
    assert delivery.state == "sent"


@real
async def test_a_gateway_that_is_away_has_a_budget_and_is_waited_for(desk: Desk, gateway: Gateway) -> None:
    gateway.answers = [503] * 20
    id = await desk.hear(example("CertificateRevoked"))

    while (delivery := await desk.delivery(id)).due is not None:
        desk.clock.now = max(delivery.due, desk.clock.now)
        desk.watch.now = desk.clock.now
        await desk.worker().round()

    assert (delivery.state, len(gateway.requests)) == ("undeliverable", 16)


async def test_the_console_shows_what_a_gateway_would_get(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.office.know(OWNER, "HTX Bắc Sơn", None, "en", phone="0912.345.678")
    desk.phones["zalo"] = ByPhone(ConsoleChannel(desk.mail, "json"))
    id = await desk.hear(example("CertificateRevoked"))

    await desk.worker().round()

    (file,) = desk.mail.glob("*.json")
    shown = json.loads(file.read_text())
    assert (shown["id"], shown["to"]) == (id, "+84912345678")
    assert shown["text"].endswith("Read it in full in your inbox of the OCOP system.")


@pytest.mark.parametrize("phone", ["", "912345678", "0084912345678", "+84", "+" + "9" * 16, "٠912345678"])
def test_what_is_no_number_is_refused(phone: str) -> None:
    with pytest.raises(AddressUnusable):
        number(phone)


@pytest.mark.parametrize("url", ["http://sms.example/messages", "sms.example", "ftp://127.0.0.1/"])
def test_a_token_is_not_shown_to_the_network(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        GatewayChannel("sms", url, TOKEN, httpx.AsyncClient())

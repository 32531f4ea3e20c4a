"""Notification on the real Kafka and MongoDB: an event goes in, a message comes out once, by whichever worker."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from deploy.local.bus import Bus
from deploy.ocop.issuer import issue
from services.notification.main import SERVICE, NotificationSettings
from shared.service import application
from shared.tokens import Appointment
from tests.services.notification.desk import OwnersOffice, example, read_mail
from tests.services.stand import say, settings

PROVINCE = "47"
"""An authority no other test uses, so that its topics hold only what this file says."""
Speak = Callable[..., Awaitable[None]]


class _Asked(BaseHTTPRequestHandler):
    office: OwnersOffice

    def do_POST(self) -> None:
        self._do("POST")

    def do_GET(self) -> None:
        self._do("GET")

    def _do(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = httpx.Request(method, f"http://dossier{self.path}", content=body, headers=dict(self.headers))
        answer = self.office.answer(request)
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *arguments: object) -> None:
        return None


@pytest.fixture
def office() -> OwnersOffice:
    return OwnersOffice()


@pytest.fixture
def dossier_url(office: OwnersOffice) -> Iterator[str]:
    """The dossier service's contacts, on a port of their own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), {"office": office}))
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def configured(bus: Bus, mongo_url: str, database: str, tmp_path: Path, dossier_url: str) -> NotificationSettings:
    configured = settings(
        NotificationSettings,
        bus,
        PROVINCE,
        mongo_url,
        database,
        tmp_path,
        service_token_file=tmp_path / "token",
        dossier_url=dossier_url,
        certification_url=dossier_url,
        mail_folder=tmp_path / "mail",
    )
    held = Appointment.model_validate({"id": "s", "role": "service", "authority": PROVINCE, "from": "2020-01-01"})
    (tmp_path / "token").write_text(issue(tmp_path / "issuer", "notification", (held,)))
    return configured


@pytest_asyncio.fixture
async def services(configured: NotificationSettings) -> AsyncIterator[list[FastAPI]]:
    """Two workers on one database and one consumer group."""
    apps = [application(SERVICE, configured) for _ in range(2)]
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield apps


@pytest_asyncio.fixture
async def speak(producer: AIOKafkaProducer) -> Speak:
    """Speaks as the certification service of the province would."""

    async def said(subject: str, name: str, sequence: int = 1, **changed: Any) -> None:
        data = example(name, province=PROVINCE, **changed)
        await say(producer, PROVINCE, "certification", subject, data, sequence=sequence)

    return said


def kept(folder: Path) -> list[EmailMessage]:
    return [read_mail(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]


@pytest.mark.real
async def test_every_fact_becomes_one_message_though_all_is_said_twice_and_two_workers_run(
    services: list[FastAPI], speak: Speak, office: OwnersOffice, tmp_path: Path
) -> None:
    for number in range(10):
        office.know(f"owner-{number}", f"Chủ thể {number}", f"o{number}@example.vn", ("vi", "en")[number % 2])
    for _ in range(2):
        for number in range(10):
            subject = f"recognition-{number}"
            await speak(subject, "ResultAnnounced", 1, owner_id=f"owner-{number}")
            await speak(subject, "CertificateIssued", 2, owner_id=f"owner-{number}")

    async with asyncio.timeout(40):
        while len(kept(tmp_path / "mail")) < 20:
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.5)

    messages = kept(tmp_path / "mail")
    assert len(messages) == len({message["Message-ID"] for message in messages}) == 20
    assert office.headers["Ocop-Appointment"] == "s"
    held = Appointment.model_validate({"id": "a", "role": "agency", "authority": PROVINCE, "from": "2020-01-01"})
    headers = {"Authorization": f"Bearer {issue(tmp_path / 'issuer', 'an', (held,))}", "Ocop-Appointment": "a"}
    transport = httpx.ASGITransport(services[0])
    async with httpx.AsyncClient(transport=transport, base_url="http://notification", headers=headers) as client:
        summary = json.loads((await client.get("/summary")).content)
    # The commune of each announced result has found it in its inbox.
    assert summary["states"]["sent"] == 30


@pytest.mark.real
async def test_what_could_not_be_delivered_while_contacts_were_away_goes_out_when_they_are_back(
    services: list[FastAPI], speak: Speak, office: OwnersOffice, tmp_path: Path
) -> None:
    office.status = 503
    await speak("recognition-away", "CertificateExpired")
    await asyncio.sleep(4)
    nothing_yet = kept(tmp_path / "mail")

    office.status = 200
    async with asyncio.timeout(40):
        while not kept(tmp_path / "mail"):
            await asyncio.sleep(0.1)

    assert nothing_yet == []
    assert len(kept(tmp_path / "mail")) == 1

"""A post desk for the tests: the service's parts on a store in memory, with owners who can be written to."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx

from services.notification.addressees import Addressees
from services.notification.channels import Channel, ConsoleChannel
from services.notification.contacts import ContactsOverHttp
from services.notification.domain.delivery import Delivery
from services.notification.domain.rules import RULES, ChannelName
from services.notification.events import CONSUMES, TOLD
from services.notification.events.concerning import Concerning
from services.notification.events.councils import BeforeCouncil
from services.notification.events.results import RevocationOverdue
from services.notification.handlers import plan_messages
from services.notification.messages import Messages
from services.notification.papers import Papers
from services.notification.sending import Sending
from services.notification.store import Deliveries, Offices, Subscriptions, Wordings
from services.notification.ways import ByMail, IntoInbox, Way
from shared.collection import Collection
from shared.envelope import Received
from shared.http import fresh_id
from shared.memory import MemoryPort
from shared.peers import Peer
from tests.shared.unplugged import Unplugged

EVENTS = Path(__file__).parents[3] / "contracts" / "events"
NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SENDER = "OCOP <no-reply@ocop.example>"
OWNER = "019a7f3a1e2b4c5d8f90a1b2c3d4e5f6"
About = Concerning | BeforeCouncil | RevocationOverdue
HEARD: dict[str, type[About]] = {heard.__name__: heard for heard in CONSUMES}


def example_files(heard: type[About]) -> list[Path]:
    """The passing examples of an event, as its contract shows them."""
    return sorted((EVENTS / heard.STREAM / f"{heard.__name__}.v1" / "examples").glob("*.json"))


def example(name: str, which: str = "", **changed: Any) -> About:
    """An event of the contract's examples, the first unless ``which`` names one."""
    files = [file for file in example_files(HEARD[name]) if file.stem.startswith(which)]
    return HEARD[name].model_validate(json.loads(files[0].read_text()) | changed)


def received(data: About, sequence: int = 1, subject: str = "subject-1", speaker: str = "37") -> Received[Any]:
    """``data`` as a handler gets it."""
    return Received(
        data=data,
        type=data.TYPE,
        id=f"{subject}.{sequence}",
        source=f"/authorities/{speaker}/certification",
        authority=speaker,
        addressee=data.addressed_to(speaker)[0],
        subject=subject,
        sequence=sequence,
        time=NOW - timedelta(minutes=1),
        correlation_id="correlation-1",
        traceparent="",
    )


def messages() -> Messages:
    return Messages(RULES, TOLD, SENDER)


class Clockwork:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


class OwnersOffice:
    """The other services as far as they are asked: contacts of the owners they know, and the papers laid out here."""

    def __init__(self) -> None:
        self.papers: dict[str, bytes] = {}
        self.owners: dict[str, dict[str, str | None]] = {}
        self.fetched: list[str] = []
        self.printing = True
        self.asked: list[list[str]] = []
        self.headers: httpx.Headers = httpx.Headers()
        self.status = 200
        self.know(OWNER, "HTX Bắc Sơn", "bacson@example.vn")

    def know(self, id: str, name: str, email: str | None, language: str = "vi", phone: str | None = None) -> None:
        self.owners[id] = {"owner_id": id, "name": name, "email": email, "phone": phone, "language": language}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.headers = request.headers
        if request.method == "GET":
            self.fetched.append(request.url.path)
        if self.status == 0:
            raise httpx.ConnectError("connection refused")
        if request.method == "GET":
            return self._paper(request.url.path)
        ids = json.loads(request.content)["owner_ids"]
        self.asked.append(ids)
        return httpx.Response(self.status, json={"items": [self.owners[id] for id in ids if id in self.owners]})

    def _paper(self, path: str) -> httpx.Response:
        if not self.printing:
            return httpx.Response(409)
        return httpx.Response(200, content=self.papers[path]) if path in self.papers else httpx.Response(404)

    def peer(self, folder: Path) -> Peer:
        token = folder / "token"
        token.write_text(service_token("37", "48"))
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://dossier")
        return Peer("the dossier service", client, token)

    def contacts(self, folder: Path) -> ContactsOverHttp:
        return ContactsOverHttp(self.peer(folder))


def service_token(*authorities: str) -> str:
    """A token as the issuer would shape it; whoever is asked would check its signature."""
    held = [{"id": f"svc-{each}", "role": "service", "authority": each, "from": "2020-01-01"} for each in authorities]
    payload = urlsafe_b64encode(json.dumps({"sub": "notification", "appointments": held}).encode()).rstrip(b"=")
    return f"e30.{payload.decode()}.c2ln"


class Desk:
    """Notification with everything in memory but the mail folder."""

    def __init__(self, folder: Path, channel: Channel | None = None, port: MemoryPort | None = None) -> None:
        self.folder = folder
        self.mail = folder / "mail"
        self.port = port or MemoryPort()
        self.clock, self.watch = Clockwork(), Clockwork()
        self.office = OwnersOffice()
        self.archive = OwnersOffice()
        self.channel = channel or ConsoleChannel(self.mail)
        self.phones: dict[ChannelName, Way] = {}
        collection = Collection(self.port, Unplugged(), clock=self.clock, new_correlation=fresh_id)
        self.deliveries = Deliveries(collection)
        self.offices, self.subscriptions = Offices(collection), Subscriptions(collection)
        self.wordings = Wordings(collection)

    def worker(self) -> Sending:
        """One more worker on the same store."""
        contacts = Addressees(self.office.contacts(self.folder), self.subscriptions, self.offices)
        peers = dict.fromkeys(("dossier", "certification"), self.archive.peer(self.folder))
        papers = Papers(peers, self.clock, self.watch)
        return Sending(
            self.deliveries, contacts, messages(), self.wordings, papers, self.ways(), self.clock, self.watch
        )

    def ways(self) -> dict[ChannelName, Way]:
        """The channels that are open."""
        return {"email": ByMail(self.channel, messages()), "inbox": IntoInbox(), **self.phones}

    async def hear(self, data: About, sequence: int = 1, subject: str = "subject-1") -> str:
        """Handle an event; the id of its first delivery, which is the owner's where several are told."""
        before = set(self.port.documents)
        await plan_messages(received(data, sequence, subject), self.deliveries, self.watch)
        return next((id for id in self.port.documents if id not in before), "")

    async def delivery(self, id: str) -> Delivery:
        return await self.deliveries.get(id)

    def pass_time(self, by: timedelta) -> None:
        self.clock.turn(by)
        self.watch.turn(by)

    def shown(self) -> list[EmailMessage]:
        """The messages the console channel has kept, oldest name first."""
        files = sorted(self.mail.glob("*.eml")) if self.mail.exists() else []
        return [read_mail(file.read_bytes()) for file in files]


def read_mail(content: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message

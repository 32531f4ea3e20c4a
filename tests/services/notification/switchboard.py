"""The part of notification that tells systems, for the tests: on a store in memory, with receivers that answer."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from services.notification.dispatching import Dispatching
from services.notification.domain.dispatch import Dispatch
from services.notification.domain.interest import Interest
from services.notification.domain.subscription import Secret, Subscription
from services.notification.endpoints import Answer, Posting
from services.notification.handlers import tell_everybody
from services.notification.matching import Matching
from services.notification.signing import new_secret
from services.notification.store import Dispatches, KnownCertificates
from services.notification.webhooks import Webhooks
from shared.clock import Clock
from shared.memory import MemoryPort
from tests.services.notification.desk import About, Desk, received

TAKEN = Answer("delivered", 204, "204")
BROKEN = Answer("failed", 500, "500 oops")
GONE = Answer("gone", 410, "410")
SECRET = new_secret("v1")

Answering = Callable[[Mapping[str, Any]], Answer]


class Receivers:
    """Systems that are told: each answers as it is set, and keeps what it took."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Answering] = {}
        self.requests: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.taken: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.headers: list[Mapping[str, str]] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        event = json.loads(body)
        self.headers.append(headers)
        self.requests[url].append(event)
        set_to = self.answers.get(url, TAKEN)
        answer = set_to if isinstance(set_to, Answer) else set_to(event)
        if answer.outcome == "delivered":
            self.taken[url].append(event)
        return answer

    def ids(self, url: str) -> list[str]:
        """The ids of what one system took, in the order it came."""
        return [event["id"] for event in self.taken[url]]


class Switchboard(Desk):
    """A desk that tells systems too."""

    def __init__(
        self, folder: Path, post: Posting | None = None, at: Clock | None = None, port: MemoryPort | None = None
    ) -> None:
        super().__init__(folder, port=port)
        collection = self.deliveries.collection
        self.dispatches = Dispatches(collection)
        self.certificates = KnownCertificates(collection)
        self.matching = Matching(self.subscriptions)
        self.receivers = Receivers()
        self.webhooks = Webhooks(post or self.receivers, at or self.watch)

    def dispatcher(self) -> Dispatching:
        """One more worker on the same store."""
        return Dispatching(self.subscriptions, self.dispatches, self.deliveries, self.webhooks, self.clock, self.watch)

    async def subscribe(
        self, name: str, url: str = "", active: bool = True, secret: str = SECRET, **interest: Any
    ) -> Subscription:
        """A subscription whose endpoint is ``https://<name>`` unless ``url`` says otherwise."""
        made = Subscription(
            id=name,
            authority="37",
            subscriber=name,
            name=name,
            url=url or f"https://{name}",
            notice_to=f"ops@{name}.example",
            language="en",
            interest=Interest(**interest),
            signature="v1",
            secrets=(Secret(value=secret, since=self.clock()),),
        )
        await self.subscriptions.add(made)
        if active:
            await self.subscriptions.change(name, lambda held: held.verified(self.clock()))
        return await self.subscriptions.get(name)

    async def happens(self, data: About, sequence: int = 1, subject: str = "subject-1") -> None:
        """Handle an event of a certificate."""
        event = received(data, sequence, subject)
        await tell_everybody(
            event, self.deliveries, self.certificates, self.matching, self.dispatches, self.clock, self.watch
        )

    async def dispatch(self) -> None:
        """Tell what is due now."""
        worker = self.dispatcher()
        await worker.look()
        await worker.settled()

    async def until_quiet(self, step: timedelta = timedelta(hours=1), most: timedelta = timedelta(days=4)) -> None:
        """Let time pass until nothing waits any more, or for ``most``."""
        end = self.clock() + most
        while self.clock() < end:
            await self.dispatch()
            if not any(raw.get("due") for raw in self.port.documents.values() if raw["kind"] == "Dispatch"):
                return
            self.pass_time(step)

    async def log_of(self, subscription: str) -> list[Dispatch]:
        return (await self.dispatches.find({"subscription": subscription}, limit=1_000)).items

    def verified(self, body: bytes, headers: Mapping[str, str], secret: str = SECRET) -> Any:
        """What the Standard Webhooks library makes of a request."""
        return Webhook(secret).verify(body, dict(headers))

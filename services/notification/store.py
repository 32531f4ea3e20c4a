"""What notification keeps: messages to persons and offices, and subscriptions with what goes to each."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from services.notification.domain.delivery import Delivery
from services.notification.domain.dispatch import Dispatch
from services.notification.domain.interest import KnownCertificate
from services.notification.domain.letter import Letter
from services.notification.domain.office import Office
from services.notification.domain.subscription import Subscription
from services.notification.domain.wording import Version, Wording, wording_key
from shared.errors import Language, NotFound
from shared.store import Store


class Deliveries(Store[Delivery]):
    model = Delivery
    indexes = (
        ("authority", "state", "_id"),
        ("authority", "template", "state"),
        ("authority", "recipient", "_id"),
        ("authority", "_id"),
    )


class KnownCertificates(Store[KnownCertificate]):
    model = KnownCertificate
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("authority", "active", "_id"),)


class Letters(Store[Letter]):
    model = Letter


class Offices(Store[Office]):
    model = Office
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("authority", "code"),)


class Wordings(Store[Wording]):
    model = Wording

    async def said(self, authority: str, template: str, language: Language) -> Version | None:
        """The words an authority uses now; None when it has none of its own."""
        try:
            return (await self.get(wording_key(authority, template, language))).versions[-1]
        except NotFound:
            return None


class Subscriptions(Store[Subscription]):
    model = Subscription
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("keys",), ("authority", "subscriber", "_id"))

    async def interested(self, keys: Sequence[str]) -> list[Subscription]:
        """The subscriptions that stand at any of these places of the index."""
        return [each async for each in self.every({"keys": {"$in": list(keys)}}, at_once=1_000)]


class Dispatches(Store[Dispatch]):
    model = Dispatch
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("subscription", "due"), ("subscription", "_id"))

    async def owed(self, now: datetime) -> list[str]:
        """The subscriptions to which something is due."""
        return [str(by[0]) for by, _ in await self.tally({"due": {"$lte": now}}, ["subscription"])]

    async def due_of(self, subscription: str, now: datetime, limit: int) -> list[str]:
        """What is due to one subscription, the longest waiting first."""
        return await self.due(now, limit, {"subscription": subscription})

"""Who wants to hear of an event: asked of the index of interests, for all events in flight at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from services.notification.domain.subscription import Subscription
from services.notification.store import Subscriptions
from shared.coalesce import Coalesced

MOST_AT_ONCE = 500

Places = tuple[str, ...]


class Interested(Protocol):
    """Whoever knows who wants to hear of an event."""

    async def wanting(self, type: str, places: Places) -> list[Subscription]: ...


class Matching:
    """Finds subscriptions by the places at which an event would stand in their index."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._asking = Coalesced[Places, Sequence[Subscription]](self._together, most=MOST_AT_ONCE)

    async def wanting(self, type: str, places: Places) -> list[Subscription]:
        """The subscriptions that want this type at one of these places, as they stand now. Raises ``Unavailable``."""
        return [each for each in await self._asking.ask(places) if each.interest.wants(type)]

    async def _together(self, questions: Sequence[Places]) -> list[Sequence[Subscription]]:
        asked = sorted({place for places in questions for place in places})
        standing: defaultdict[str, list[Subscription]] = defaultdict(list)
        for subscription in await self._subscriptions.interested(asked):
            for key in subscription.keys:
                standing[key].append(subscription)
        return [[each for place in places for each in standing.get(place, ())] for places in questions]


class Nobody:
    """Stands in where no subscriber is to be told."""

    async def wanting(self, type: str, places: Places) -> list[Subscription]:
        return []

"""The feed as a subscriber asks it, over any log; and a log of certificates events in memory."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from services.notification.courtesy import Courtesy
from services.notification.domain.cursor import Partition, Places
from services.notification.feed import KafkaLog, Said
from services.notification.manifests import Notary
from services.notification.routes import event_routes
from services.notification.routes import events as routes
from shared.clock import Clock
from shared.http import create_app
from tests.services.notification.desk import NOW, example
from tests.services.notification.routes.test_subscriptions import as_
from tests.services.notification.switchboard import Switchboard
from tests.shared.signing import gate

OpenLog = Callable[[Courtesy], KafkaLog]
"""Opens the real log, as the fixture ``open_log`` does."""


@asynccontextmanager
async def feed_of(
    log: routes.Log, board: Switchboard, province: str = "37", clock: Clock | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """The feed of a deployment of ``province``, asked by the subscriber ``shop``."""
    notary = Notary(board.deliveries.collection, province, clock or board.clock)
    app = create_app("notification", "1", [event_routes(log, notary, board.certificates)], gate=gate("37"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_("shop"))
        yield client


class Log:
    """Partitions that only grow. A record that is None is no event."""

    def __init__(self, *partitions: Partition) -> None:
        self.records: dict[Partition, list[tuple[datetime, Said | None]]] = {each: [] for each in partitions}
        self.read = 0
        self.courtesy = Courtesy(lambda: False)

    def say(self, at: Partition, name: str, subject: str, sequence: int, time: datetime = NOW, **changed: Any) -> None:
        """Append one event of the contract's examples."""
        data = json.loads(example(name).model_dump_json()) | changed
        said = Said(
            at,
            len(self.records[at]),
            f"{subject}.{sequence}",
            example(name).TYPE,
            f"/authorities/{at.authority}/certification",
            subject,
            time,
            f"{sequence:020d}",
            "correlation-1",
            data,
        )
        self.records[at].append((time, said))

    def garble(self, at: Partition, time: datetime = NOW) -> None:
        self.records[at].append((time, None))

    @asynccontextmanager
    async def reader(self, who: str) -> AsyncIterator["Log"]:
        with self.courtesy.seat(who):
            yield self

    async def ends(self) -> Places:
        return {each: len(records) for each, records in self.records.items()}

    async def since(self, instant: datetime) -> Places:
        return {
            each: next((n for n, (time, _) in enumerate(records) if time >= instant), len(records))
            for each, records in self.records.items()
        }

    async def events(self, starts: Places, ends: Places) -> AsyncIterator[tuple[Partition, int, Said | None]]:
        for each, records in self.records.items():
            for offset in range(starts.get(each, 0), ends[each]):
                self.read += 1
                yield each, offset, records[offset][1]

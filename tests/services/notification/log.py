"""A log of certificates events in memory, as the feed reads it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from services.notification.courtesy import Courtesy
from services.notification.domain.cursor import Partition, Places
from services.notification.feed import Said
from tests.services.notification.desk import NOW, example


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

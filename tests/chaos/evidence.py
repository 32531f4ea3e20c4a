"""What an independent reader finds: every record of every topic and every document, read with plain clients."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import AsyncMongoClient

from deploy.local.bus import Bus
from tests.chaos.client import Command

Raw = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A record of a topic as it lies there."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None

    def header(self, name: str) -> str:
        return next((value.decode(errors="replace") for key, value in self.headers if key == name), "")

    @property
    def source(self) -> str:
        return self.header("ce_source")

    @property
    def subject(self) -> str:
        return self.header("ce_subject")

    @property
    def type(self) -> str:
        return self.header("ce_type")

    @property
    def sequence(self) -> int:
        """0 for a record that is no event."""
        digits = self.header("ce_sequence")
        return int(digits) if digits.isdigit() else 0


@dataclass(frozen=True)
class Evidence:
    """Everything the proofs rest on."""

    records: Sequence[Seen]
    """Of each partition in its order."""
    documents: Mapping[str, Mapping[str, Raw]]
    """By service and id."""
    commands: Sequence[Command] = ()
    mail: Mapping[str, int] = field(default_factory=dict)
    """How often each Message-ID was taken."""
    authority: str = "37"

    def of_kind(self, service: str, kind: str) -> Iterator[Raw]:
        return (each for each in self.documents.get(service, {}).values() if each.get("kind") == kind)


async def read_topics(bus: Bus) -> list[Seen]:
    """Every record of every topic of ours, from the first to the last."""
    consumer = AIOKafkaConsumer(**bus.aiokafka(), enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        known = (await asyncio.to_thread(bus.admin().list_topics, timeout=10)).topics
        names = sorted(name for name in known if name.startswith("ocop."))
        places = [TopicPartition(name, number) for name in names for number in sorted(known[name].partitions)]
        ends = {place: end for place, end in (await consumer.end_offsets(places)).items() if end > 0}
        consumer.assign(list(ends))
        found: dict[TopicPartition, list[Seen]] = {place: [] for place in ends}
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                found[place] += [Seen(r.topic, r.partition, r.offset, r.key, tuple(r.headers), r.value) for r in batch]
        return [record for each in found.values() for record in each]
    finally:
        await consumer.stop()


async def read_databases(url: str) -> dict[str, dict[str, Raw]]:
    """Every document of every service's database."""
    client: AsyncMongoClient[Raw] = AsyncMongoClient(url, readConcernLevel="majority")
    try:
        documents: dict[str, dict[str, Raw]] = {}
        for name in await client.list_database_names():
            if name.startswith("ocop_"):
                service = documents.setdefault(name.removeprefix("ocop_"), {})
                for collection in await client[name].list_collection_names():
                    async for found in client[name][collection].find({}):
                        service[str(found["_id"])] = found
        return documents
    finally:
        await client.close()

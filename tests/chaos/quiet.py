"""Whether everything has settled: every group has read to the end, and no document waits for anything."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.local.bus import Bus

HEARD = {
    "dossier": ("scores", "certificates"),
    "scoring": ("dossiers", "scores"),
    "certification": ("dossiers", "scores", "certificates"),
    "notification": ("dossiers", "scores", "certificates"),
}


class Unsettled(AssertionError):
    """Something still waits after all the time there was."""


async def settled(bus: Bus, mongo_url: str, authority: str, now: Callable[[], datetime], within: float) -> float:
    """Wait until nothing is under way, seen twice; the seconds it took. Raises ``Unsettled`` with what still waits."""
    began = time.monotonic()
    quiet = 0
    while True:
        waits = await _waits(bus, mongo_url, authority, now())
        quiet = 0 if waits else quiet + 1
        if quiet == 2:
            return time.monotonic() - began
        if time.monotonic() - began > within:
            raise Unsettled(f"after {within:.0f} s: {'; '.join(waits[:20]) or 'not quiet for long enough'}")
        await asyncio.sleep(1.2)


async def _waits(bus: Bus, mongo_url: str, authority: str, now: datetime) -> list[str]:
    try:
        return [*await asyncio.to_thread(_behind, bus, authority), *await _under_way(mongo_url, now)]
    except (KafkaException, PyMongoError) as away:
        return [str(away)]


def _behind(bus: Bus, authority: str) -> list[str]:
    admin = AdminClient(bus.librdkafka())
    known = admin.list_topics(timeout=5).topics
    behind = []
    for service, streams in HEARD.items():
        for stream in streams:
            name = f"ocop.{authority}.{stream}"
            places = [TopicPartition(name, number) for number in known[name].partitions]
            latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # The library forgot this one.
            ends = {
                place.partition: answer.result().offset
                for place, answer in admin.list_offsets(dict.fromkeys(places, latest), request_timeout=5).items()
            }
            group = f"ocop.{authority}.{service}.{stream}"
            asked = [ConsumerGroupTopicPartitions(group, places)]
            [answer] = admin.list_consumer_group_offsets(asked, request_timeout=5).values()
            for place in answer.result().topic_partitions or ():
                lag = ends[place.partition] - max(place.offset, 0)
                if lag:
                    behind.append(f"{group} is {lag} records behind on partition {place.partition} of {name}")
    return behind


_WAITING: Sequence[tuple[str, dict[str, Any]]] = (
    ("outbox", {"outbox.0": {"$exists": True}}),
    ("decision", {"kind": "RecognitionDecision", "due": {"$exists": True}}),
    ("act", {"kind": "Act", "due": {"$exists": True}}),
    ("message", {"kind": "Delivery", "due": {"$exists": True}}),
)


async def _under_way(mongo_url: str, now: datetime) -> list[str]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        mongo_url, serverSelectionTimeoutMS=3_000, tz_aware=True
    )
    waits = []
    try:
        for database in await client.list_database_names():
            if not database.startswith("ocop_"):
                continue
            for name in await client[database].list_collection_names():
                collection = client[database][name]
                late = {"kind": "Recognition", "due": {"$lte": now}}
                for what, where in (*_WAITING, ("timer", late)):
                    if count := await collection.count_documents(where):
                        waits.append(f"{database}: {count} × {what}")
    finally:
        await client.close()
    return waits

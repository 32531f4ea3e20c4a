"""The topics of the country: one per authority and stream, each with its dead letters."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import NewTopic, OffsetSpec

from deploy.local.bus import Bus
from deploy.local.missing import StartFailed

STREAMS = ("dossiers", "scores", "certificates")
PARTITIONS = 2

_KEPT_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1"}
# A dead letter is the event with its causes around it.
_DEAD_LETTER = {"max.message.bytes": str(2 * 1024 * 1024)}
# With one node nobody else has the record yet when it is acknowledged: it must be on the disk.
_ONE_NODE = {"flush.messages": "1"}


class TopicSize(NamedTuple):
    """What a topic holds."""

    topic: str
    partitions: int
    records: int


def topic_names(authorities: Iterable[str], streams: Iterable[str] = STREAMS) -> Iterator[str]:
    """``ocop.<authority>.<stream>`` and its ``.dlq``, for each of both."""
    for authority in sorted(authorities):
        for stream in streams:
            yield f"ocop.{authority}.{stream}"
            yield f"ocop.{authority}.{stream}.dlq"


async def ensure_topics(
    admin: Bus,
    authorities: Iterable[str],
    streams: Iterable[str] = STREAMS,
    *,
    replication: int = 1,
    within: float = 30.0,
) -> list[str]:
    """Make the topics that are not there, wait until every partition takes records, and name those made."""
    client = admin.admin()
    wanted = list(topic_names(authorities, streams))
    present = (await asyncio.to_thread(client.list_topics, timeout=within)).topics
    missing = [name for name in wanted if name not in present]
    answers = client.create_topics([_topic(name, replication) for name in missing]) if missing else {}
    for answer in answers.values():
        try:
            await asyncio.wrap_future(answer)
        except KafkaException as refused:
            # Another launcher was quicker.
            if refused.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    if wanted:
        await _wait_for_leaders(admin, wanted, within)
    return missing


def _topic(name: str, replication: int) -> NewTopic:
    settings = _KEPT_FOR_EVER | (_DEAD_LETTER if name.endswith(".dlq") else {})
    if replication == 1:
        settings |= _ONE_NODE
    return NewTopic(name, PARTITIONS, replication, config=settings)


async def _wait_for_leaders(admin: Bus, topics: Iterable[str], within: float) -> None:
    """Ask each partition for its end: only a leader that is ready answers; metadata promises too early."""
    waiting = {(name, number) for name in topics for number in range(PARTITIONS)}
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # The library forgot this one.
    end = time.monotonic() + within
    while True:
        # A client remembers for long that a topic was unknown, so each round asks with a new one; it must outlive
        # its answers, or they never come.
        client = admin.admin()
        asked = {TopicPartition(name, number): latest for name, number in waiting}
        for partition, answer in client.list_offsets(asked, request_timeout=5).items():
            try:
                await asyncio.wrap_future(answer)
            except KafkaException as refused:
                cause = refused
                continue
            waiting.discard((partition.topic, partition.partition))
        if not waiting:
            return
        if time.monotonic() > end:
            raise StartFailed(f"{len(waiting)} partitions have no leader after {within:.0f} s: {cause}")
        await asyncio.sleep(0.1)


async def topic_sizes(reader: Bus) -> list[TopicSize]:
    """The topics of the country that ``reader`` may see, with the records they hold."""
    client = reader.admin()
    found = (await asyncio.to_thread(client.list_topics, timeout=10)).topics
    names = sorted(name for name in found if name.startswith("ocop."))
    partitions = [TopicPartition(name, number) for name in names for number in found[name].partitions]
    sizes = dict.fromkeys(names, 0)
    for sign, spec in ((1, OffsetSpec.latest()), (-1, OffsetSpec.earliest())):  # type: ignore[no-untyped-call]
        answers = client.list_offsets(dict.fromkeys(partitions, spec)) if partitions else {}
        for partition, answer in answers.items():
            sizes[partition.topic] += sign * (await asyncio.wrap_future(answer)).offset
    return [TopicSize(name, len(found[name].partitions), sizes[name]) for name in names]

"""How far each service is behind on each stream of each province, by the offsets its consumer group has committed."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from pydantic import BaseModel

from deploy.local.bus import Bus
from deploy.ocop.telling import NotRunning
from shared.kafka import heard_topics

_GROUP = re.compile(r"ocop\.\d\d\.([a-z-]+)\.([a-z0-9-]+)")
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # The library forgot this one.
WITHIN = 5.0
"""Seconds Kafka may take for an answer."""


class Behind(BaseModel):
    """How many records of one province's stream a service has still to read."""

    authority: str
    stream: str
    service: str
    records: int


async def behind(bus: Bus, authorities: Iterable[str]) -> list[Behind]:
    """The lag of every consumer group of ours. Raises ``NotRunning`` when Kafka does not answer."""
    admin = bus.admin()
    try:
        groups = await asyncio.wrap_future(admin.list_consumer_groups(request_timeout=WITHIN))
        topics = (await asyncio.to_thread(admin.list_topics, timeout=WITHIN)).topics
        found: list[Behind] = []
        for group in sorted(group.group_id for group in groups.valid):
            if match := _GROUP.fullmatch(group):
                service, stream = match.groups()
                pattern = re.compile(heard_topics(tuple(authorities), stream))
                places = [
                    (name, number)
                    for name in sorted(topics)
                    if pattern.match(name)
                    for number in topics[name].partitions
                ]
                for topic, records in (await _behind(admin, group, places)).items():
                    found.append(Behind(authority=topic.split(".")[1], stream=stream, service=service, records=records))
    except KafkaException as error:
        raise NotRunning(f"Kafka at {bus.servers} does not answer: {error.args[0].str()}") from error
    return sorted(found, key=lambda lag: (lag.authority, lag.stream, lag.service))


async def _behind(admin: AdminClient, group: str, places: list[tuple[str, int]]) -> dict[str, int]:
    if not places:
        return {}
    partitions = [TopicPartition(*place) for place in places]
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, partitions)], request_timeout=WITHIN)
    held = await asyncio.wrap_future(asked[group])
    ends = admin.list_offsets({place: LATEST for place in partitions}, request_timeout=WITHIN)
    committed = {(place.topic, place.partition): max(place.offset, 0) for place in held.topic_partitions or ()}
    records: dict[str, int] = defaultdict(int)
    for place, answer in ends.items():
        end = (await asyncio.wrap_future(answer)).offset
        records[place.topic] += max(end - committed.get((place.topic, place.partition), 0), 0)
    return records

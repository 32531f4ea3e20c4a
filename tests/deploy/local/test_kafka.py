"""The local broker: it comes up, keeps what it was given, and lets nobody over the wall."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from confluent_kafka import KafkaError

from deploy.local.bus import Bus
from deploy.local.kafka import Kafka

pytestmark = pytest.mark.real

Deployment = Callable[..., Awaitable[Bus]]
MakeTopics = Callable[..., Awaitable[list[str]]]


async def test_a_province_writes_and_reads_its_own_topics(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("37", streams=(stream,))
    bus = await deployment("37")
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True, acks="all")
    consumer = AIOKafkaConsumer(
        f"ocop.37.{stream}", **bus.aiokafka(), group_id=f"ocop.37.{stream}", auto_offset_reset="earliest"
    )

    await producer.start()
    await producer.send_and_wait(f"ocop.37.{stream}", b"one", key=b"k")
    await producer.stop()
    await consumer.start()
    record = await consumer.getone()
    await consumer.commit()
    await consumer.stop()

    assert record.value == b"one"


async def test_a_province_cannot_write_what_another_province_says(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("37", "48", streams=(stream,))
    bus = await deployment("37")
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True, acks="all")
    await producer.start()

    with pytest.raises(TopicAuthorizationFailedError):
        await producer.send_and_wait(f"ocop.48.{stream}", b"forged")
    own = await producer.send_and_wait(f"ocop.37.{stream}", b"mine")
    await producer.stop()

    assert own.topic == f"ocop.37.{stream}"


async def test_a_province_cannot_read_another_province(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("48", streams=(stream,))
    bus = await deployment("37")
    client = bus.admin()

    everything = await asyncio.to_thread(client.list_topics, timeout=10)
    foreign = await asyncio.to_thread(client.list_topics, f"ocop.48.{stream}", timeout=10)

    assert f"ocop.48.{stream}" not in everything.topics
    assert foreign.topics[f"ocop.48.{stream}"].error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


async def test_a_province_cannot_enter_the_group_of_another(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("37", streams=(stream,))
    consumer = AIOKafkaConsumer(
        f"ocop.37.{stream}", **(await deployment("37")).aiokafka(), group_id=f"ocop.48.{stream}"
    )

    with pytest.raises(GroupAuthorizationFailedError):
        await consumer.start()
        await consumer.getone()

    await consumer.stop()


async def test_the_centre_reads_every_province_and_writes_only_its_own(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("00", "37", streams=(stream,))
    centre = await deployment("00")
    producer = AIOKafkaProducer(**centre.aiokafka())
    consumer = AIOKafkaConsumer(f"ocop.37.{stream}", **centre.aiokafka())
    await producer.start()
    await consumer.start()

    await producer.send_and_wait(f"ocop.00.{stream}", b"to all")
    with pytest.raises(TopicAuthorizationFailedError):
        await producer.send_and_wait(f"ocop.37.{stream}", b"forged")
    await producer.stop()
    readable = consumer.partitions_for_topic(f"ocop.37.{stream}")
    await consumer.stop()

    assert readable == {0, 1}


async def test_passwords_are_readable_for_their_owner_alone(kafka: Kafka, deployment: Deployment) -> None:
    await deployment("37")

    kept = [file for file in kafka.folder.iterdir() if file.is_file() and "credentials" in file.name]

    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600]
    assert (kafka.folder / "server.properties").stat().st_mode & 0o777 == 0o600


async def test_asking_twice_for_a_deployment_gives_the_same_principal(deployment: Deployment) -> None:
    first = await deployment("37", "00")
    second = await deployment("00", "37")

    assert first == second

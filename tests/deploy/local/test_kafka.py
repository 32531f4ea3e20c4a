"""The local broker: it comes up, keeps what it was given, and lets nobody over the wall."""

from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

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
    consumer = AIOKafkaConsumer(**(await deployment("37")).aiokafka())
    await consumer.start()
    consumer.assign([TopicPartition(f"ocop.48.{stream}", 0)])

    with pytest.raises(TopicAuthorizationFailedError):
        await consumer.getone()

    await consumer.stop()


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
    consumer = AIOKafkaConsumer(**centre.aiokafka())
    await producer.start()
    await consumer.start()

    ends = await consumer.end_offsets([TopicPartition(f"ocop.37.{stream}", 0)])
    await producer.send_and_wait(f"ocop.00.{stream}", b"to all")
    with pytest.raises(TopicAuthorizationFailedError):
        await producer.send_and_wait(f"ocop.37.{stream}", b"forged")
    await producer.stop()
    await consumer.stop()

    assert list(ends.values()) == [0]


async def test_passwords_are_readable_for_their_owner_alone(kafka: Kafka, deployment: Deployment) -> None:
    await deployment("37")

    kept = [file for file in kafka.folder.iterdir() if file.is_file() and "credentials" in file.name]

    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600]
    assert (kafka.folder / "server.properties").stat().st_mode & 0o777 == 0o600


async def test_asking_twice_for_a_deployment_gives_the_same_principal(deployment: Deployment) -> None:
    first = await deployment("37", "00")
    second = await deployment("00", "37")

    assert first == second

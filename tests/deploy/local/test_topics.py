"""The topics: made once, for ever, and ready when they are promised."""

import time
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import ConfigResource, ResourceType

from deploy.local.kafka import Kafka
from deploy.local.topics import topic_names

MakeTopics = Callable[..., Awaitable[list[str]]]


def test_each_authority_has_three_streams_and_their_dead_letters() -> None:
    names = list(topic_names(["37"]))

    assert names == [
        "ocop.37.dossiers",
        "ocop.37.dossiers.dlq",
        "ocop.37.scores",
        "ocop.37.scores.dlq",
        "ocop.37.certificates",
        "ocop.37.certificates.dlq",
    ]


@pytest.mark.real
async def test_topics_are_made_once(make_topics: MakeTopics, stream: str) -> None:
    made = await make_topics("37", "48", streams=(stream,))
    start = time.monotonic()
    again = await make_topics("37", "48", streams=(stream,))

    assert sorted(made) == sorted(topic_names(["37", "48"], (stream,)))
    assert again == []
    assert time.monotonic() - start < 2


@pytest.mark.real
async def test_topics_are_kept_for_ever_and_dead_letters_may_be_large(
    kafka: Kafka, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("37", streams=(stream,))
    topics = [f"ocop.37.{stream}", f"ocop.37.{stream}.dlq"]

    admin = kafka.admin.admin()
    answers = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in topics])
    settings = {asked.name: answer.result() for asked, answer in answers.items()}

    for name in topics:
        assert settings[name]["retention.ms"].value == "-1"
        assert settings[name]["cleanup.policy"].value == "delete"
        assert settings[name]["flush.messages"].value == "1"
    assert settings[topics[1]]["max.message.bytes"].value == str(2 * 1024 * 1024)


@pytest.mark.real
async def test_a_new_topic_takes_a_burst_at_once(kafka: Kafka, make_topics: MakeTopics, stream: str) -> None:
    await make_topics("37", "48", "00", streams=(stream,))
    producer = AIOKafkaProducer(**kafka.admin.aiokafka(), enable_idempotence=True, acks="all")
    await producer.start()
    start = time.monotonic()

    for name in topic_names(["37", "48", "00"], (stream,)):
        for partition in (0, 1):
            await producer.send_and_wait(name, b"x", partition=partition)
    took = time.monotonic() - start
    await producer.stop()

    assert took < 3

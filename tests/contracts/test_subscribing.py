"""The examples for systems outside work as they are printed."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from deploy.local.bus import Bus
from deploy.local.kafka import Kafka
from services.notification.domain.interest import Interest
from services.notification.domain.subscription import Secret, Subscription
from services.notification.recovery import CHALLENGE, about
from services.notification.signing import new_secret, signed_headers
from shared.envelope import Outgoing, topic

HERE = Path(__file__).parents[2] / "contracts" / "subscribing"
EXAMPLE = HERE.parent / "events/certificates/CertificateIssued.v1/examples/first.json"
PROVINCE = "42"
"""An authority no other test uses."""


def in_python(jars: Path) -> list[str]:
    return [sys.executable, str(HERE / "kafka_subscriber.py")]


def in_java(jars: Path) -> list[str]:
    return ["java", "-cp", str(jars / "libs" / "*"), str(HERE / "KafkaSubscriber.java")]


@pytest.mark.real
@pytest.mark.parametrize("command", [in_python, in_java])
async def test_the_kafka_subscriber_reads_certificates_once_and_may_read_nothing_else(
    command: Callable[[Path], list[str]],
    jars: Path,
    kafka: Kafka,
    make_topics: Callable[..., Awaitable[list[str]]],
    deployment: Callable[..., Awaitable[Bus]],
) -> None:
    await make_topics(PROVINCE)
    outside = await kafka.subscriber(command.__name__.replace("_", "-"), [PROVINCE])
    producer = AIOKafkaProducer(**(await deployment(PROVINCE)).aiokafka())
    await producer.start()
    data = EXAMPLE.read_bytes()
    subject = command.__name__
    for sequence in (1, 2, 1, 2, 3):
        event = Outgoing(sequence, "vn.ocop.certificate.issued.v1", "certificates", datetime.now(UTC), data, "", "", "")
        headers = event.headers(f"/authorities/{PROVINCE}/certification", subject)
        await producer.send_and_wait(topic(PROVINCE, "certificates"), data, key=subject.encode(), headers=headers)
    await producer.stop()

    process = await asyncio.create_subprocess_exec(
        *command(jars),
        PROVINCE,
        env={**os.environ, **outside.environment()},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        read = [json.loads(await process.stdout.readline())]
        while read[-1]["id"] != f"{subject}.3":
            read.append(json.loads(await process.stdout.readline()))
    process.terminate()
    await process.wait()
    forbidden = AIOKafkaConsumer(topic(PROVINCE, "dossiers"), **outside.aiokafka())
    with pytest.raises(TopicAuthorizationFailedError):
        await forbidden.start()
    await forbidden.stop()

    # What the other example's test has said lies on the same topic.
    told = [each for each in read if each["id"].startswith(subject)]
    assert [each["id"] for each in told] == [f"{subject}.{sequence}" for sequence in (1, 2, 3)]
    assert told[0]["data"] == json.loads(data)


@pytest.mark.real
async def test_the_receiver_for_node_echoes_the_challenge_and_refuses_what_is_not_signed(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm and node, "Node 20+ is needed for this test, as for the AsyncAPI parser"
    shutil.copy(HERE / "receiver.mjs", tmp_path)
    install = [npm, "install", "--silent", "--no-save", "--prefix", str(tmp_path), "standardwebhooks@1.1.1"]
    await asyncio.to_thread(subprocess.run, install, check=True)
    secret = new_secret("v1")
    now = datetime.now(UTC)
    subscription = Subscription(
        id="s",
        authority=PROVINCE,
        subscriber="s",
        name="s",
        url="https://s",
        notice_to="ops@example.vn",
        language="vi",
        interest=Interest(),
        signature="v1",
        secrets=(Secret(value=secret, since=now),),
    )
    body = about(subscription, "event-1", CHALLENGE, now, challenge="Đố bạn")
    process = await asyncio.create_subprocess_exec(
        node, "receiver.mjs", cwd=tmp_path, env={**os.environ, "OCOP_SECRET": secret}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        port = int(await process.stdout.readline())

    async with httpx.AsyncClient(trust_env=False) as client:
        url, sent = f"http://127.0.0.1:{port}/", body.encode()
        echoed = await client.post(url, content=sent, headers=signed_headers("event-1", now, body, [secret]))
        refused = await client.post(url, content=sent, headers=signed_headers("event-1", now, body, [new_secret("v1")]))
    process.terminate()
    await process.wait()

    assert (echoed.json(), refused.status_code) == ({"challenge": "Đố bạn"}, 400)

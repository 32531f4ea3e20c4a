"""Case ``feed``: a topic read page by page with a cursor, beside a bare consumer; and what live webhooks lose by it."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.topics import ensure_topics
from services.notification.courtesy import Courtesy
from services.notification.domain.cursor import checked, cursor, places
from services.notification.feed import STREAM, KafkaLog
from shared.envelope import Outgoing, topic
from shared.kafka import KafkaAccess
from tests.bench import beside
from tests.bench.stage import Stage
from tests.bench.work import NOW

EVENTS = 20_000
PAGE = 1_000
PROVINCE = "38"


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    await ensure_topics(stage.kafka.admin, [PROVINCE, "00"])
    await fill(stage)
    baseline = await by_hand(stage)
    ours, cpu = await by_cursor(stage)
    return [
        {
            "case": f"feed: events by cursor in pages of {PAGE}, against one bare consumer",
            "ours": ours,
            "baseline": baseline,
            "ratio": ours / baseline,
            "unit": "events/s",
            "detail": {"ours": {"cpu_us_per_event": {"service": cpu}}},
        },
        *await beside.rows(stage, PROVINCE),
    ]


async def fill(stage: Stage) -> None:
    """Events that the feed gives and that set nothing off."""
    producer = AIOKafkaProducer(bootstrap_servers=stage.kafka.servers, enable_idempotence=True, linger_ms=5)
    await producer.start()
    data = json.dumps({"province": PROVINCE, "number": "38-2026-1-001", "note": "x" * 480}).encode()
    event = Outgoing(1, "vn.ocop.recognition.decided.v1", STREAM, NOW, data, "c", "", "")
    sends = [
        await producer.send(
            topic(PROVINCE, STREAM),
            data,
            key=f"subject-{number}".encode(),
            headers=event.headers(f"/authorities/{PROVINCE}/certification", f"subject-{number}"),
        )
        for number in range(EVENTS)
    ]
    await asyncio.gather(*sends)
    await producer.stop()


async def by_cursor(stage: Stage) -> tuple[float, float]:
    """A connection and a cursor for every page, as each HTTP request has."""
    log = KafkaLog(KafkaAccess(stage.kafka.servers), {PROVINCE}, Courtesy(lambda: False))
    found, word, complete = 0, cursor({}), False
    begun, used = time.perf_counter(), time.process_time()
    while not complete:
        async with log.reader("bench") as reader:
            ends = await reader.ends()
            at = dict(checked(places(word), ends))
            page = []
            async for partition, offset, said in reader.events(dict(at), ends):
                at[partition] = offset + 1
                if said is not None:
                    page.append(said.event())
                if len(page) >= PAGE:
                    break
        json.dumps(page)
        found += len(page)
        word, complete = cursor(at), all(at[each] >= end for each, end in ends.items())
    taken, spent = time.perf_counter() - begun, time.process_time() - used
    assert found == EVENTS
    return EVENTS / taken, 1e6 * spent / EVENTS


async def by_hand(stage: Stage) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.kafka.servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic(PROVINCE, STREAM), number) for number in (0, 1)])
    begun, found = time.perf_counter(), 0
    while found < EVENTS:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += len([json.loads(record.value) for record in records])
    taken = time.perf_counter() - begun
    await consumer.stop()
    return EVENTS / taken

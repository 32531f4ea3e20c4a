"""Case ``relay``: outboxes handed over, acknowledged and cleared, beside the same records sent one by one."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer

from deploy.local.topics import ensure_topics
from shared.clock import system_clock
from shared.driver import connect
from shared.envelope import Outgoing, topic
from shared.kafka import KafkaAccess
from shared.port import Insert, Raw
from shared.relay import Relay
from tests.bench.stage import Stage
from tests.bench.work import NOW, Packed

EVENTS = 20_000
STREAM = "relayed"


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    await ensure_topics(stage.kafka.admin, ["37"], [STREAM])
    data = Packed(basket="basket", number=1, articles=6, remark="x" * 480).model_dump_json().encode()
    event = Outgoing(1, Packed.TYPE, STREAM, NOW, data, "c", "", "")
    baseline = await by_hand(stage, event)
    ours = await relayed(stage, event)
    return [
        {
            "case": "relay alone: sent, acknowledged and cleared, against sends without a database",
            "ours": ours,
            "baseline": baseline,
            "ratio": ours / baseline,
            "unit": "events/s",
            "detail": {},
        }
    ]


async def relayed(stage: Stage, event: Outgoing) -> float:
    """Outboxes that lie in MongoDB, handed over as a write would; until the last one is empty."""
    port = connect("motor", stage.mongo.url, stage.fresh_database(), "relayed")
    await port.prepare_indexes([])
    entry: Raw = event._asdict() | {"saved": system_clock()}
    ids = [f"document-{number}" for number in range(EVENTS)]
    whole: Raw = {
        "kind": "Box",
        "version": 1,
        "spoken": 1,
        "authority": "37",
        "outbox": [entry],
        "seen": {},
        "done": [],
    }
    for begin in range(0, EVENTS, 1_000):
        await port.write([port.prepare(Insert(id, {"_id": id, **whole})) for id in ids[begin : begin + 1_000]])
    relay = Relay("shop", KafkaAccess(stage.kafka.servers))
    relay.clear_in(port)
    running = asyncio.create_task(relay.run())
    await relay.connected()
    begun = time.perf_counter()
    for id in ids:
        relay.hand_over(id, "37", [entry])
    while await port.oldest_unsent() is not None:
        await asyncio.sleep(0.02)
    taken = time.perf_counter() - begun
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await port.close()
    return EVENTS / taken


async def by_hand(stage: Stage, event: Outgoing) -> float:
    producer = AIOKafkaProducer(
        bootstrap_servers=stage.kafka.servers,
        enable_idempotence=True,
        linger_ms=5,
        compression_type="lz4",
        max_batch_size=131_072,
    )
    await producer.start()
    name = topic("37", STREAM)
    await producer.partitions_for(name)
    begun = time.perf_counter()
    sends = []
    for number in range(EVENTS):
        subject = f"document-{number}"
        headers = event.headers("/authorities/37/shop", subject)
        sends.append(await producer.send(name, event.data, key=subject.encode(), headers=headers))
    await asyncio.gather(*sends)
    taken = time.perf_counter() - begun
    await producer.stop()
    return EVENTS / taken

"""The chain by hand with nothing to spare: one read, one bulk write and one burst of sends per batch, no safety."""

import asyncio
import gc
import os
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne

from tests.bench.work import TOPIC_IN, TOPIC_OUT, Basket, Ordered


async def main() -> None:
    client: Any = AsyncIOMotorClient(os.environ["BENCH_MONGO"], w="majority", journal=True)
    baskets = client[os.environ["BENCH_DATABASE"]]["baskets"]
    servers = os.environ["BENCH_KAFKA"]
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, enable_idempotence=True, linger_ms=5, compression_type="lz4", max_batch_size=131072
    )
    consumer = AIOKafkaConsumer(
        TOPIC_IN, bootstrap_servers=servers, group_id="floor", auto_offset_reset="earliest", enable_auto_commit=False
    )
    await producer.start()
    await consumer.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    while True:
        polled = await consumer.getmany(timeout_ms=200, max_records=1_000)
        orders = [Ordered.model_validate_json(r.value or b"") for records in polled.values() for r in records]
        if not orders:
            continue
        ids = list({order.basket for order in orders})
        held = {raw["_id"]: raw for raw in await baskets.find({"_id": {"$in": ids}}).to_list(None)}
        now = {
            id: Basket.model_validate({**held[id], "id": id} if id in held else {"id": id, "authority": "37"})
            for id in ids
        }
        facts = []
        for order in orders:
            now[order.basket], spoken = now[order.basket].fill(order)
            facts.extend(spoken)
        writes = [
            UpdateOne({"_id": id}, {"$set": basket.model_dump(mode="json", exclude={"id"})}, upsert=True)
            for id, basket in now.items()
        ]
        await baskets.bulk_write(writes, ordered=False)
        sends = [
            await producer.send(
                TOPIC_OUT,
                fact.model_dump_json().encode(),
                key=fact.basket.encode(),  # type: ignore[attr-defined]
                headers=[("ce_type", fact.TYPE.encode())],
            )
            for fact in facts
        ]
        await asyncio.gather(*sends)
        await consumer.commit()


if __name__ == "__main__":
    uvloop.run(main())

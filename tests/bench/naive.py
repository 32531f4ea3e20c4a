"""The chain as the tutorials write it: FastStream's defaults, one read, one write and one publish per message."""

import asyncio
import os
from typing import Any

import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient

from tests.bench.work import TOPIC_IN, TOPIC_OUT, Basket, Ordered

broker = KafkaBroker(os.environ["BENCH_KAFKA"], logger=None)


@broker.subscriber(TOPIC_IN, group_id="naive", auto_offset_reset="earliest")
async def fill_basket(order: Ordered) -> None:
    baskets = database()["baskets"]
    raw = await baskets.find_one({"_id": order.basket})
    basket = Basket.model_validate({**raw, "id": raw["_id"]} if raw else {"id": order.basket, "authority": "37"})
    filled, facts = basket.fill(order)
    fields = filled.model_dump(mode="json", exclude={"id"})
    await baskets.update_one({"_id": order.basket}, {"$set": fields}, upsert=True)
    for fact in facts:
        await broker.publish(fact, TOPIC_OUT, key=order.basket.encode(), headers={"ce_type": fact.TYPE})


_client: list[Any] = []


def database() -> Any:
    if not _client:
        _client.append(AsyncIOMotorClient(os.environ["BENCH_MONGO"], w="majority", journal=True))
    return _client[0][os.environ["BENCH_DATABASE"]]


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(FastStream(broker).run())

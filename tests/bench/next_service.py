"""Whoever reads the chain's events: says on standard output when it has seen as many different ones as asked for."""

import json
import os
import sys
import time

import uvloop
from aiokafka import AIOKafkaConsumer
from pydantic import BaseModel

from tests.bench.work import TOPIC_OUT


class Parcel(BaseModel):
    basket: str
    number: int
    articles: int


async def main(wanted: int) -> None:
    consumer = AIOKafkaConsumer(
        TOPIC_OUT, bootstrap_servers=os.environ["BENCH_KAFKA"], auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    print("ready", flush=True)  # noqa: T201 - the harness reads it
    seen: set[tuple[str, int]] = set()
    records = 0
    told = False
    while len(seen) < wanted:
        for batch in (await consumer.getmany(timeout_ms=100, max_records=2_000)).values():
            for record in batch:
                parcel = Parcel.model_validate_json(record.value or b"")
                seen.add((parcel.basket, parcel.number))
                records += 1
        if records and not told:
            told = True
            tell(len(seen), records)
    tell(len(seen), records)
    await consumer.stop()


def tell(seen: int, records: int) -> None:
    print(json.dumps({"at": time.time(), "seen": seen, "records": records}), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))

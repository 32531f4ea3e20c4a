"""Case ``chain``: events through a whole service, ours beside the defaults and beside bare hands."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from itertools import count
from typing import Any

import psutil
from aiokafka import AIOKafkaProducer

from deploy.local.topics import ensure_topics
from shared.envelope import Outgoing, topic
from tests.bench.stage import Stage
from tests.bench.work import NOW, Ordered, order

_runs = count()

EVENTS = 40_000
ROUNDS = 7
"""An odd number, so that one of them stands in the middle."""
FEW = 2_000
"""As many as the slow way is given: its rate is what counts."""


async def measure(stage: Stage, way: str, documents: int, events: int) -> dict[str, Any]:
    """Run one way over ``events`` events on ``documents`` documents; rate and CPU per event of each process."""
    run = f"x{next(_runs)}"
    await ensure_topics(stage.kafka.admin, ["37", "00"], [f"orders{run}", f"parcels{run}"])
    await feed(stage, f"orders{run}", documents, events)
    environment = os.environ | {
        "BENCH_RUN": run,
        "BENCH_KAFKA": stage.kafka.servers,
        "BENCH_MONGO": stage.mongo.url,
        "BENCH_DATABASE": stage.fresh_database(),
        "BENCH_NEW": "1" if documents == events else "0",
    }
    reader = await process(environment, "next_service", str(events))
    assert reader.stdout is not None
    await reader.stdout.readline()
    service = await process(environment, way)
    try:
        # From the first event that came out to the last: how long it takes to start is measured elsewhere.
        first = json.loads(await asyncio.wait_for(reader.stdout.readline(), 60))
        before = stage.cpu(service.pid, reader.pid)
        last = json.loads(await asyncio.wait_for(reader.stdout.readline(), 180))
        used = {name: value - before[name] for name, value in stage.cpu(service.pid, reader.pid).items()}
        memory = psutil.Process(service.pid).memory_info().rss
    finally:
        for running in (service, reader):
            if running.returncode is None:
                running.kill()
            await running.wait()
    counted = last["seen"] - first["seen"]
    return {
        "events": events,
        "documents": documents,
        "per_second": counted / (last["at"] - first["at"]),
        "cpu_us_per_event": {name: value / counted * 1e6 for name, value in used.items()},
        "duplicates_out": last["records"] - events,
        "memory_mb": memory / 2**20,
    }


async def process(environment: Mapping[str, str], module: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )


async def feed(stage: Stage, stream: str, documents: int, events: int) -> None:
    """Lay the whole input ready, each basket's orders in order."""
    producer = AIOKafkaProducer(
        bootstrap_servers=stage.kafka.servers, enable_idempotence=True, linger_ms=5, max_batch_size=262_144
    )
    await producer.start()
    sends = []
    per_document = events // documents
    for number in range(events):
        basket = f"basket-{number // per_document}"
        data = order(basket, number).model_dump_json().encode()
        event = Outgoing(number % per_document + 1, Ordered.TYPE, stream, NOW, data, "c", "", "")
        headers = event.headers("/authorities/37/till", basket)
        sends.append(await producer.send(topic("37", stream), data, key=basket.encode(), headers=headers))
    await asyncio.gather(*sends)
    await producer.stop()


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    """The two shapes, each way; ours beside the floor and beside naive."""
    # A broker that has just started is slow, and whoever came first would pay for it.
    await measure(stage, "floor", FEW // 10, FEW)
    rows: list[Mapping[str, Any]] = []
    for documents, shape in ((EVENTS // 10, "10 events per document"), (EVENTS, "1 event per document")):
        floor, ours = await in_turns(stage, documents)
        rows.append(row(f"chain, {shape}, against the floor", ours, floor))
    naive = await measure(stage, "naive", FEW // 10, FEW)
    ours = await measure(stage, "ours", EVENTS // 10, EVENTS)
    rows.append(row("chain, 10 events per document, against naive", ours, naive))
    return rows


async def in_turns(stage: Stage, documents: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The floor and ours one after the other, several times over; the turn whose ratio stands in the middle.

    A machine's pace drifts, which two neighbours share and two medians may not.
    """
    turns = [
        (await measure(stage, "floor", documents, EVENTS), await measure(stage, "ours", documents, EVENTS))
        for _ in range(ROUNDS)
    ]
    turns.sort(key=lambda turn: turn[1]["per_second"] / turn[0]["per_second"])
    return turns[ROUNDS // 2]


def row(case: str, ours: Mapping[str, Any], baseline: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "case": case,
        "ours": ours["per_second"],
        "baseline": baseline["per_second"],
        "ratio": ours["per_second"] / baseline["per_second"],
        "unit": "events/s",
        "detail": {"ours": ours, "baseline": baseline},
    }

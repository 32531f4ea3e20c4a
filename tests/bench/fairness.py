"""The fairness part of case ``peak``: one province publishes fifty times the others; how much later are they heard?"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.envelope import topic
from tests.bench.country import PROVINCES, Country

SECONDS = 8
EACH = 40
"""Dossiers each province submits in this time, evenly."""
TIMES = 50
BURSTS = 4
"""The flood does not come evenly either: so many bursts of equal size."""
FLOODING, *OTHERS = PROVINCES


async def rows(held: Country) -> list[Mapping[str, Any]]:
    """The others' delay from the dossier submitted to the evaluation opened, in quiet and beside a flood."""
    # The first round of a worker that has just taken over is slow, and quiet would pay for it.
    await delays(held, flood=False)
    quiet = await delays(held, flood=False)
    beside = await delays(held, flood=True)
    detail = {
        "dossiers": {"others": EACH * len(OTHERS), "flood": EACH * TIMES, "seconds": SECONDS},
        "p50_ms": {"quiet": at(quiet, 0.5), "beside": at(beside, 0.5)},
        "p99_ms": {"quiet": at(quiet, 0.99), "beside": at(beside, 0.99)},
        "longest_ms": {"quiet": quiet[-1], "beside": beside[-1]},
    }
    return [
        {
            "case": f"fairness: others' {name} delay, one province publishing {TIMES} times as much, against quiet",
            "ours": at(beside, share),
            "baseline": at(quiet, share),
            "ratio": at(beside, share) / at(quiet, share),
            "unit": "ms",
            "detail": detail,
        }
        for name, share in (("median", 0.5), ("p99", 0.99))
    ]


def at(ordered: list[float], share: float) -> float:
    return ordered[int(len(ordered) * share)]


async def delays(held: Country, *, flood: bool) -> list[float]:
    """Milliseconds from publishing to hearing, of every dossier of the other provinces, in order."""
    sent: dict[str, float] = {}
    waits: list[float] = []
    servers = held.stage.kafka.servers
    reader = AIOKafkaConsumer(
        *(topic(province, "scores") for province in OTHERS), bootstrap_servers=servers, auto_offset_reset="latest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, linger_ms=5)
    await reader.start()
    await reader.seek_to_end()
    await producer.start()

    async def hear() -> None:
        while len(waits) < EACH * len(OTHERS):
            for records in (await reader.getmany(timeout_ms=20)).values():
                heard = time.perf_counter()
                waits.extend((heard - sent[key]) * 1e3 for r in records if r.key and (key := r.key.decode()) in sent)

    async def publish(province: str, times: list[float]) -> None:
        begun = time.perf_counter()
        for moment in times:
            await asyncio.sleep(max(0.0, begun + moment - time.perf_counter()))
            id, record = held.submission(province)
            sent[id] = time.perf_counter()
            await producer.send(**record)

    evenly = [n * SECONDS / EACH for n in range(EACH)]
    bursts = [n * BURSTS // (EACH * TIMES) * SECONDS / BURSTS for n in range(EACH * TIMES)]
    hearing = asyncio.create_task(hear())
    publishing = [publish(province, [moment + n / 100 for moment in evenly]) for n, province in enumerate(OTHERS)]
    await asyncio.gather(*publishing, *([publish(FLOODING, bursts)] if flood else []))
    await asyncio.wait_for(hearing, 60)
    await producer.stop()
    await reader.stop()
    return sorted(waits)

"""Case ``peak``: every province's council signs its sheets at once, over HTTP, on a real Kafka and a real MongoDB.

The whole afternoon would be 34 provinces of 71 products and 10 members, 24,140 sheets of 32 marks; here each province
has ``71 // SCALE`` products before it.
"""

import asyncio
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from deploy.local.ports import choose_port
from tests.bench import fairness
from tests.bench.country import MEMBERS, PROVINCES, SHEET_HASH, Country, Member, country
from tests.bench.stage import Stage, seconds
from tests.bench.submissions import plain

SCALE = int(os.environ.get("PEAK_SCALE", "3"))
"""1 is the size of the issue; 3 keeps a run within some minutes."""
PRODUCTS = 71 // SCALE
BACKLOG = 40_000
"""Dossiers that wait in Kafka when the first worker starts: enough for a second one to come in time."""
FEW = 4
"""Products per province for the baseline, whose rate is what counts."""

Agendas = dict[str, list[str]]


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    async with country(stage) as held:
        agendas, rows = await backlog(held)
        url = held.url("scoring-api")
        for agenda in agendas:
            await held.convene(agenda, url)
        single, one_by_one = await signed(held, agendas[0], by_one)
        rows.append(await by_mark(held, single))
        rows.append(row("peak: sheets, a request each", one_by_one))
        _, together = await signed(held, agendas[1], by_pile)
        rows.append(row(f"peak: sheets, {PRODUCTS} in a request", together))
        rows.append(await with_a_second(held, agendas[2]))
        rows += await fairness.rows(held)
        return rows


async def backlog(held: Country) -> tuple[list[Agendas], list[Mapping[str, Any]]]:
    """Dossiers waiting in Kafka are opened: by one worker, half-way by two, then one of the two is killed."""
    everybody = await held.submit(dict.fromkeys(PROVINCES, BACKLOG // len(PROVINCES)))
    total = sum(map(len, everybody.values()))
    progress: list[tuple[float, int]] = []

    async def reached(count: int) -> None:
        while not progress or progress[-1][1] < count:
            progress.append((time.perf_counter(), await held.opened()))
            await asyncio.sleep(0.1)

    await held.stack.start("scoring-worker-1")
    await reached(1)
    alone = len(progress)
    await reached(total // 3)
    second = asyncio.create_task(held.stack.start("scoring-worker-2"))
    await second
    joined = len(progress)
    await reached(total * 3 // 4)
    held.stack.kill("scoring-worker-1")
    killed = len(progress)
    await reached(total)
    assert await held.opened() == total, "an evaluation was opened twice, or lost"
    detail = {
        "dossiers": total,
        "one worker": rate(progress[alone - 1 : joined]),
        "two workers": rate(progress[joined:killed]),
        "after one was killed": rate(progress[killed:]),
        "seconds": progress[-1][0] - progress[0][0],
    }
    agendas = [{province: ids[n * PRODUCTS :][:PRODUCTS] for province, ids in everybody.items()} for n in range(3)]
    opened = plain(
        "peak: dossiers opened from a backlog, a second worker half-way, one killed",
        total / detail["seconds"],
        "events/s",
    )
    return agendas, [{**opened, "detail": detail}]


def rate(progress: Sequence[tuple[float, int]]) -> float | None:
    """How many a second were opened meanwhile; ``None`` when there was no time, because the rest was done before."""
    if len(progress) < 2 or progress[-1][1] == progress[0][1]:
        return None
    return (progress[-1][1] - progress[0][1]) / (progress[-1][0] - progress[0][0])


Signing = Callable[[Member, str, Sequence[str], list[float]], Awaitable[None]]


async def by_one(member: Member, url: str, agenda: Sequence[str], waits: list[float]) -> None:
    """One product after the other, without a pause."""
    asker, body = member.asker(url), member.sheet()
    for id in agenda:
        begun = time.perf_counter()
        answer = await asker.post(f"/evaluations/{id}/sheets", body, f"{member.person}{id}")
        waits.append(time.perf_counter() - begun)
        assert answer.status == 201, answer.body.decode()
    asker.close()


async def by_pile(member: Member, url: str, agenda: Sequence[str], waits: list[float]) -> None:
    """All products in one request."""
    pile = [{"evaluation": id, "sheet_hash": SHEET_HASH, "ticks": member.ticks} for id in agenda]
    body = json.dumps({"sheets": pile}).encode()
    asker, begun = member.asker(url), time.perf_counter()
    answer = await asker.post("/sheets", body, f"{member.person}pile")
    waits.append(time.perf_counter() - begun)
    assert answer.status == 200, answer.body.decode()
    assert all(one["received"] for one in json.loads(answer.body)["sheets"]), answer.body[:500]
    asker.close()


async def signed(held: Country, agendas: Agendas, how: Signing, url: str = "") -> tuple[float, Mapping[str, Any]]:
    """All members of all provinces sign at once; sheets a second, waits, and processor time per sheet."""
    url = url or held.url("scoring-api")
    waits: list[float] = []
    sheets = sum(map(len, agendas.values())) * MEMBERS
    before, begun = spent(held), time.perf_counter()
    await asyncio.gather(*(how(member, url, agendas[member.province], waits) for member in held.members))
    taken = time.perf_counter() - begun
    used = {name: (value - before[name]) / sheets * 1e6 for name, value in spent(held).items()}
    await complete(held, agendas)
    waits.sort()
    return sheets / taken, {
        "sheets": sheets,
        "per_second": sheets / taken,
        "cpu_us_per_event": used,
        "p50_ms": statistics.median(waits) * 1e3,
        "p99_ms": waits[int(len(waits) * 0.99)] * 1e3,
    }


async def complete(held: Country, agendas: Agendas) -> None:
    """Every evaluation has every member's sheet, and each once."""
    for agenda in agendas.values():
        async for raw in held.evaluations.find({"_id": {"$in": agenda}}, {"sheets.member": 1}):
            assert len({sheet["member"] for sheet in raw["sheets"]}) == len(raw["sheets"]) == MEMBERS, raw


def spent(held: Country) -> dict[str, float]:
    stage = held.stage
    pids = {"scoring": held.pid("scoring-api"), "mongo": stage.mongo.process.pid, "load": os.getpid()}
    return {name: seconds(pid) for name, pid in pids.items() if pid is not None}


async def by_mark(held: Country, ours: float) -> Mapping[str, Any]:
    """The baseline: one write per mark, on ``FEW`` products of each province."""
    port = choose_port()
    environment = os.environ | {
        "BENCH_MONGO": held.stage.mongo.url,
        "BENCH_DATABASE": held.stage.fresh_database(),
        "BENCH_PORT": str(port),
    }
    server = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.markwise", env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            await answering(client)
        agenda = [f"product-{n}" for n in range(FEW)]
        waits: list[float] = []
        before, begun = seconds(server.pid), time.perf_counter()
        await asyncio.gather(
            *(by_one(member, url, [f"{member.province}-{id}" for id in agenda], waits) for member in held.members)
        )
        sheets, taken = len(waits), time.perf_counter() - begun
        used = {"service": (seconds(server.pid) - before) / sheets * 1e6}
    finally:
        server.kill()
        await server.wait()
    baseline = sheets / taken
    return {
        "case": "peak: sheets, a request each, against one write per mark",
        "ours": ours,
        "baseline": baseline,
        "ratio": ours / baseline,
        "unit": "sheets/s",
        "detail": {"baseline": {"sheets": sheets, "cpu_us_per_event": used}},
    }


async def answering(client: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            await client.get("/ready")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the baseline does not answer")


async def with_a_second(held: Country, agendas: Agendas) -> Mapping[str, Any]:
    """A second process joins after a third of the sheets, and the first is killed after two thirds.

    Whoever loses the connection sends the same sheet again under the same key, to the other. The members of a council
    are sent to one process, as a balancer does that goes by the address: on two they would write the same documents.
    """
    total = sum(map(len, agendas.values())) * MEMBERS
    urls = [held.url("scoring-api")]
    done: list[float] = []
    joined = killed = 0

    async def sign(n: int, member: Member) -> None:
        body, url = member.sheet(), urls[0]
        asker = member.asker(url)
        for id in agendas[member.province]:
            while True:
                if url != (wanted := urls[n // MEMBERS % len(urls)]):
                    asker.close()
                    url, asker = wanted, member.asker(wanted)
                try:
                    answer = await asker.post(f"/evaluations/{id}/sheets", body, f"{member.person}{id}")
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                assert answer.status == 201, answer.body.decode()
                break
            done.append(time.perf_counter())
        asker.close()

    async def reached(count: int) -> None:
        while len(done) < count:
            await asyncio.sleep(0.02)

    async def manage() -> None:
        nonlocal joined, killed
        await reached(total // 3)
        await held.stack.start("scoring-api-2")
        urls.append(held.url("scoring-api-2"))
        joined = len(done)
        await reached(total * 2 // 3)
        urls.pop(0)
        held.stack.kill("scoring-api")
        killed = len(done)

    managing = asyncio.create_task(manage())
    begun = time.perf_counter()
    await asyncio.gather(*(sign(n, member) for n, member in enumerate(held.members)))
    await managing
    await complete(held, agendas)
    times = [begun, *done]
    detail = {
        "sheets": total,
        "one process": pace(times[: joined + 1]),
        "two processes": pace(times[joined : killed + 1]),
        "after one was killed": pace(times[killed:]),
        "longest silence, s": max(later - earlier for earlier, later in itertools.pairwise(times)),
    }
    made = plain(
        "peak: a second process half-way, then one killed; none lost, none twice",
        total / (times[-1] - begun),
        "sheets/s",
    )
    return {**made, "detail": detail}


def pace(times: Sequence[float]) -> float | None:
    """How many a second there were between the first and the last moment; ``None`` when there was no time."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else None


def row(case: str, measured: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**plain(case, measured["per_second"], "sheets/s"), "detail": {"ours": measured}}

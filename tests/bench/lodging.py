"""Case ``lodging``: dossiers lodged with evidence of a real size, beside bare hands, and 200 MB in one upload."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import choose_port
from deploy.local.processes import Process
from deploy.local.service import ServiceProcess, common_settings
from deploy.local.topics import ensure_topics
from deploy.ocop.issuer import ensure_issuer, issue
from shared.tokens import Appointment
from tests.bench.stage import ROOT, Stage, seconds
from tests.bench.submissions import FORM, Desk, plain

PROVINCE = "37"
DOSSIERS = 24
CLIENTS = 6
PAPERS = (5 << 20, *[1 << 20] * 5)
"""Bytes of the papers of one file: a scanned file of some 300 pages, and five certificates."""
PIECE = 1 << 16
LARGE = 199 << 20
HEAD = b"%PDF-1.7\n"

Grown = tuple[float, float]
"""MB a process takes up before the large file, and at most while it passes through."""
Lodge = Callable[[httpx.AsyncClient, int], Awaitable[None]]


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="ocop-bench-") as folder:
        bare, bare_cpu, bare_grown = await by_bare_hands(stage, Path(folder))
        ours, cpu, grown = await by_the_service(stage, Path(folder))
    spent = {"ours": {"cpu_us_per_event": {"dossier": cpu, "bare hands": bare_cpu}}}
    row = {"ours": ours, "baseline": bare, "ratio": ours / bare, "unit": "dossiers/s", "detail": spent}
    size = sum(PAPERS) >> 20
    return [
        {"case": f"lodging: {len(PAPERS)} papers of {size} MB each dossier, against bare hands", **row},
        plain("lodging: memory before 200 MB are streamed", grown[0], "MB"),
        plain("lodging: memory at most while they are", grown[1], "MB"),
        plain("lodging: the same of bare hands", bare_grown[1], "MB"),
        plain("lodging: evidence taken in", ours * size, "MB/s"),
    ]


async def by_the_service(stage: Stage, folder: Path) -> tuple[float, float, Grown]:
    await ensure_topics(stage.kafka.admin, [PROVINCE, "00"])
    ensure_issuer(folder / "issuer")
    service = ServiceProcess("dossier", choose_port(), log=folder / "dossier.log")
    service.settings = common_settings(stage.kafka.admin, [PROVINCE], stage.mongo.url, folder, {})
    await service.start()
    post = Appointment.model_validate(
        {"id": "agency", "role": "agency", "authority": PROVINCE, "from": date(2026, 1, 1)}
    )
    officer = post.model_copy(update={"id": "officer", "role": "commune_officer"})
    token = issue(folder / "issuer", "clerk", [post, officer])
    try:
        async with _client(service.url, {"Authorization": f"Bearer {token}", "Ocop-Appointment": "agency"}) as client:
            pid = service.process.pid
            assert pid is not None
            rate, cpu = await _measured(client, pid, _lodged)
            id = await Desk(client).opened(DOSSIERS)
            paper = (await Desk(client).ask(f"/dossiers/{id}/evidence", {"kind": "market"}, "large"))[0]["id"]
            address = f"/dossiers/{id}/evidence/{paper}/content?file_name=phim.pdf"
            return rate, cpu, await _grown(client, service.process, address)
    finally:
        await service.stop()


async def by_bare_hands(stage: Stage, folder: Path) -> tuple[float, float, Grown]:
    files, port = folder / "bare", choose_port()
    files.mkdir()
    process = Process("bare-desk", [sys.executable, "-m", "tests.bench.bare_desk"], folder / "bare.log", directory=ROOT)
    process.environment = {"BENCH_FILES": str(files), "BENCH_MONGO": stage.mongo.url, "BENCH_PORT": str(port)}
    process.spawn()
    try:
        async with _client(f"http://127.0.0.1:{port}", {}) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/ready")).is_success
                except httpx.TransportError:
                    return False

            await process.ready(is_ready, 60)
            pid = process.pid
            assert pid is not None
            rate, cpu = await _measured(client, pid, _by_hand)
            return rate, cpu, await _grown(client, process, "/files")
    finally:
        await process.stop()


async def _lodged(client: httpx.AsyncClient, number: int) -> None:
    """The whole way of a clerk: owner, product, draft, a description and a file for each paper, lodging."""
    desk = Desk(client)
    id = await desk.opened(number)
    for place, size in enumerate(PAPERS):
        new = {"kind": "market", "title": f"Tài liệu {place}"}
        paper = (await desk.ask(f"/dossiers/{id}/evidence", new, f"e{number}-{place}"))[0]["id"]
        path = f"/dossiers/{id}/evidence/{paper}/content?file_name=tai-lieu.pdf"
        (await client.put(path, content=_paper(size, f"{number}-{place}"))).raise_for_status()
    as_officer = {"Ocop-Appointment": "officer"}
    (await client.post(f"/dossiers/{id}/lodging", json={}, headers=as_officer)).raise_for_status()


async def _by_hand(client: httpx.AsyncClient, number: int) -> None:
    hashes = [
        (await client.put("/files", content=_paper(size, f"{number}-{place}"))).raise_for_status().json()["sha256"]
        for place, size in enumerate(PAPERS)
    ]
    (await client.post("/dossiers", json={**FORM, "number": number, "papers": hashes})).raise_for_status()


async def _measured(client: httpx.AsyncClient, pid: int, lodge: Lodge) -> tuple[float, float]:
    """Dossiers a second, and the processor time of one in µs."""
    gate = asyncio.Semaphore(CLIENTS)

    async def one(number: int) -> None:
        async with gate:
            await lodge(client, number)

    spent, begun = seconds(pid), time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(DOSSIERS)))
    taken = time.perf_counter() - begun
    return DOSSIERS / taken, (seconds(pid) - spent) / DOSSIERS * 1e6


async def _grown(client: httpx.AsyncClient, process: Process, address: str) -> Grown:
    before = process.memory()
    most = before

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory())
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    (await client.put(address, content=_paper(LARGE, "large"))).raise_for_status()
    watching.cancel()
    return before / 2**20, most / 2**20


async def _paper(size: int, name: str) -> AsyncIterator[bytes]:
    """A paper nobody has sent before."""
    head = HEAD + name.encode().ljust(64)
    yield head
    whole, rest = divmod(size - len(head), PIECE)
    piece = bytes(PIECE)
    for _ in range(whole):
        yield piece
    yield piece[:rest]


def _client(url: str, headers: Mapping[str, str]) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CLIENTS)
    return httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=120, trust_env=False)

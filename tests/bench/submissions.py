"""Cases ``submissions`` and ``processes``: dossiers lodged over HTTP, and what each process takes to start and live."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from deploy.local.stack import Addresses, Stack
from deploy.ocop.issuer import issue
from shared.tokens import Appointment
from tests.bench.stage import ROOT, Stage, seconds

DOSSIERS = 600
CLIENTS = 48
FORM = {
    "description": "Dứa sấy dẻo.",
    "material_origin": "Dứa của 42 hộ trong xã.",
    "local_labour": "16 lao động trong xã.",
    "idea_origin": "Chủ thể tự phát triển.",
    "local_identity": "Đặc sản của vùng.",
    "evidence": ["business_registration", "test_results"],
}


class Desk:
    """One agency's clerks at the dossier service."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, path: str, body: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], float]:
        begun = time.perf_counter()
        answer = await self._client.post(path, json=body, headers={"Idempotency-Key": key})
        taken = time.perf_counter() - begun
        answer.raise_for_status()
        return answer.json(), taken

    async def opened(self, number: int) -> str:
        owner = {"name": f"HTX {number}", "kind": "cooperative", "commune": "14362", "language": "vi"}
        registered, _ = await self.ask("/owners", owner | {"email": f"o{number}@vidu.vn"}, f"o{number}")
        product = {"owner_id": registered["id"], "name": f"Dứa {number}", "product_set": "processed-produce"}
        made, _ = await self.ask("/products", product | {"commune": "14362"}, f"p{number}")
        dossier, _ = await self.ask(
            "/dossiers", {"product_id": made["id"], "case_kind": "first", "form": FORM}, f"d{number}"
        )
        return str(dossier["id"])


async def run(_: Stage) -> list[Mapping[str, Any]]:
    """The whole system in a folder of its own: how it starts, what it weighs, how fast it takes dossiers."""
    with tempfile.TemporaryDirectory(prefix="ocop-bench-") as folder:
        began: dict[str, float] = {}
        ready: dict[str, float] = {}

        def told(member: str, news: str) -> None:
            # Other news, of jars that are looked for, is no measure.
            if news in ("starting", "ready"):
                (began if news == "starting" else ready).setdefault(member, time.perf_counter())

        stack = Stack(Path(folder), ["37"], usual_ports=False, jars=ROOT / ".local/kafka", told=told)
        addresses = await stack.up()
        try:
            rows = [await submissions(stack, addresses)]
            for name, member in stack.members.items():
                memory = member.process.memory()
                rows.append(plain(f"{name}: seconds until ready", ready[name] - began[name], "s"))
                rows.append(plain(f"{name}: memory", memory / 2**20, "MB"))
            return rows
        finally:
            await stack.down()


async def submissions(stack: Stack, addresses: Addresses) -> Mapping[str, Any]:
    post = Appointment.model_validate({"id": "agency", "role": "agency", "authority": "37", "from": date(2026, 1, 1)})
    headers = {"Authorization": f"Bearer {issue(addresses.issuer, 'clerk', [post])}", "Ocop-Appointment": "agency"}
    # The server closes a connection that was idle for five seconds; ours are given up before.
    limits = httpx.Limits(max_connections=CLIENTS)
    url = addresses.services["dossier"]
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60) as client:
        desk = Desk(client)
        gate = asyncio.Semaphore(CLIENTS)

        async def open_one(number: int) -> str:
            async with gate:
                return await desk.opened(number)

        async def submit(id: str) -> float:
            async with gate:
                return (await desk.ask(f"/dossiers/{id}/submission", {}, f"s{id}"))[1]

        ids = await asyncio.gather(*(open_one(number) for number in range(DOSSIERS)))
        spent, begun = cpu(stack), time.perf_counter()
        waits = sorted(await asyncio.gather(*(submit(id) for id in ids)))
        taken = time.perf_counter() - begun
        row = plain("HTTP submissions, load generator on the same cores", DOSSIERS / taken, "requests/s")
        detail = {
            "cpu_us_per_event": {name: (now - spent[name]) / DOSSIERS * 1e6 for name, now in cpu(stack).items()},
            "p50_ms": statistics.median(waits) * 1e3,
            "p99_ms": waits[int(len(waits) * 0.99)] * 1e3,
        }
        return {**row, "detail": {"ours": detail}}


def cpu(stack: Stack) -> dict[str, float]:
    """Seconds of processor each member has used so far: what a submission sets off elsewhere runs on the same cores."""
    return {name: seconds(pid) for name, each in stack.members.items() if (pid := each.process.pid) is not None}


def plain(case: str, value: float, unit: str) -> dict[str, Any]:
    """A figure that has no baseline."""
    return {"case": case, "ours": value, "baseline": None, "ratio": None, "unit": unit, "detail": {}}

"""Case ``history``: 20,000 certificates of before taken over, and sent once more, beside bare inserts of as many."""

import os
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from services.certification.catalogue import load
from services.certification.routes import history_routes
from services.certification.store import LegalNumbers, Recognitions
from shared.clock import system_clock
from shared.collection import Collection
from shared.driver import connect
from shared.http import create_app, fresh_id
from shared.identity import Gate
from tests.bench.stage import Stage, seconds
from tests.shared.signing import claims, sign, verifier
from tests.shared.unplugged import Unplugged

ROWS = int(os.environ.get("OCOP_BENCH_HISTORY", "20000"))
AT_ONCE = 500
"""What one request takes at most."""
AGENCY = {"id": "agency", "role": "agency", "authority": "37", "from": "2020-01-01"}


def line(n: int) -> dict[str, Any]:
    return {
        "printed_number": f"{n}/GCN-OCOP",
        "product": {"id": f"product-{n:05d}", "name": f"Dứa sấy dẻo số {n}"},
        "product_code": f"37-370-14362-{n}-2024",
        "owner_id": f"owner-{n % 8_000}",
        "owner_kind": "cooperative",
        "province": "37",
        "commune": "14362",
        "product_set": "processed-produce",
        "rule_set": "148-2023",
        "stars": 3,
        "issuer": "UBND thành phố Tam Điệp",
        "decision_number": f"{n // 100}/QĐ-UBND",
        "decided_on": (date(2023, 3, 1) + timedelta(days=n % 800)).isoformat(),
    }


async def run(stage: Stage) -> list[Mapping[str, Any]]:
    """Rows a second: the first time, the second time in which nothing is left to do, and bare inserts."""
    database = stage.fresh_database()
    port = connect("motor", stage.mongo.url, database, "certificates")
    collection = Collection(port, Unplugged(), clock=system_clock, new_correlation=fresh_id)
    recognitions, numbers = Recognitions(collection), LegalNumbers(collection)
    await port.prepare_indexes(Recognitions.indexes)
    gate = Gate(verifier(), frozenset({"37"}), system_clock)
    router = history_routes(recognitions, numbers, load(), system_clock)
    app = create_app("certification", "1", [router], gate=gate)
    used = seconds(os.getpid())
    first, taken = await _sent(app)
    spent = seconds(os.getpid()) - used
    again, none = await _sent(app)
    assert (taken, none) == (ROWS, 0), "each is taken over once"
    assert await recognitions.count({}) == await port.unsent_documents(ROWS) == ROWS
    bare = await _inserted(stage.mongo.url, database)
    await port.close()
    return [
        {
            "case": "certificates of before taken over, beside bare inserts",
            "ours": ROWS / first,
            "baseline": ROWS / bare,
            "ratio": bare / first,
            "unit": "rows/s",
            "detail": {"ours": {"cpu_us_per_event": {"service": spent / ROWS * 1e6}}},
        },
        {
            "case": "the same sent again",
            "ours": ROWS / again,
            "baseline": None,
            "ratio": None,
            "unit": "rows/s",
            "detail": {},
        },
    ]


async def _sent(app: Any) -> tuple[float, int]:
    """How long all of them took, and how many were taken over."""
    token = sign(claims(AGENCY, sub="agency"))
    headers = {"Authorization": f"Bearer {token}", "Ocop-Appointment": "agency"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://certification", headers=headers) as client:
        begun, taken = time.perf_counter(), 0
        for start in range(0, ROWS, AT_ONCE):
            body = {"certificates": [line(n) for n in range(start, min(start + AT_ONCE, ROWS))]}
            answer = await client.post("/history", json=body)
            assert answer.status_code == 200, answer.text
            taken += answer.json()["taken_over"]
        return time.perf_counter() - begun, taken


async def _inserted(mongo_url: str, database: str) -> float:
    """The same documents put into an empty collection without asking anything, as many in a trip."""
    client: Any = AsyncIOMotorClient(mongo_url, w="majority", journal=True)
    kept = await client[database]["certificates"].find({"kind": "Recognition"}).to_list(None)
    begun = time.perf_counter()
    for start in range(0, ROWS, AT_ONCE):
        await client[database]["bare"].insert_many(kept[start : start + AT_ONCE], ordered=False)
    took = time.perf_counter() - begun
    client.close()
    return took

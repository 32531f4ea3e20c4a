"""Cases ``verify``, ``issue`` and ``expire``: look-ups beside a bare one, all that is signed, and the worst day."""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.signing import ensure_keys, keys_folder
from services.certification.catalogue import load
from services.certification.domain.certificate import Certificate, Product, Subject
from services.certification.domain.recognition import Recognition
from services.certification.publication import Publication, publication
from services.certification.store import Decisions, Recognitions
from services.certification.throttle import Throttle
from services.certification.timers import ringing
from services.certification.together import together
from shared.clock import midnight, system_clock
from shared.collection import Collection
from shared.command import Command
from shared.driver import connect
from shared.http import create_app, fresh_id
from shared.identity import Gate
from shared.timers import ClockGuard, ring_once
from tests.bench.stage import Stage, seconds
from tests.bench.submissions import plain
from tests.shared.signing import verifier
from tests.shared.unplugged import Unplugged

CERTIFICATES = 2_000
LOOK_UPS = 4_000
AT_ONCE = 32
ROUNDS = 3
ISSUED = 150
ENDING = 5_000
"""Certificates of the largest rounds of several provinces that end on one day."""
UNTHROTTLED = 1e9


class Named:
    """A dossier service that answers at once."""

    async def name(self, authority: str, owner_id: str) -> str:
        return "Hợp tác xã Nông nghiệp Đồng Giao"


def recognition(n: int) -> Recognition:
    """A product with one certificate in effect."""
    id = f"product-{n:05d}"
    subject = Subject(
        dossier_id=f"dossier-{n}",
        province="37",
        owner_id=f"owner-{n % 500}",
        product=Product(id=id, name=f"Dứa sấy dẻo số {n}"),
        commune="14362",
        product_set="processed-produce",
        case_kind="first",
    )
    certificate = Certificate(
        number=number(n),
        evaluation_id=f"evaluation-{n}",
        subject=subject,
        stars=3 + n % 2,
        rule_set="26-2026",
        decision_number=f"{1 + n // 100}/QĐ-UBND",
        decided_on=date(2026, 6, 20),
        valid_from=date(2026, 6, 20),
        valid_until=date(2029, 6, 20),
    )
    return Recognition(id=f"recognition-{n}", authority="37", product_id=id, certificates=(certificate,))


def number(n: int) -> str:
    return f"37-2026-{1 + n // 100}-{1 + n % 100:03d}"


def at_the_end() -> datetime:
    """The first instant after their last day, as a clock that stands still."""
    return midnight(date(2029, 6, 21))


class Hall(NamedTuple):
    """The public side of certification on a database full of certificates."""

    public: Publication
    recognitions: Recognitions
    database: str


@asynccontextmanager
async def hall(stage: Stage) -> AsyncIterator[Hall]:
    with tempfile.TemporaryDirectory(prefix="ocop-bench-") as folder:
        ensure_keys(Path(folder), ["37"])
        database = stage.fresh_database()
        port = connect("motor", stage.mongo.url, database, "certificates")
        collection = Collection(port, Unplugged(), clock=system_clock, new_correlation=fresh_id)
        recognitions = Recognitions(collection)
        await port.prepare_indexes(Recognitions.indexes)
        await asyncio.gather(*(recognitions.add(recognition(n)) for n in range(CERTIFICATES)))
        public = publication(
            recognitions,
            Decisions(collection),
            load(),
            system_clock,
            keys=keys_folder(Path(folder)),
            address="https://ocop.vn",
            owners=Named(),
            lookups=Throttle(UNTHROTTLED, int(UNTHROTTLED), time.monotonic),
            searches=Throttle(UNTHROTTLED, int(UNTHROTTLED), time.monotonic),
        )
        yield Hall(public, recognitions, database)
        await port.close()


def bare(mongo_url: str, database: str) -> FastAPI:
    """The same look-up without our code: a route, a query, the dates compared, a dictionary answered."""
    app = FastAPI()
    certificates = AsyncIOMotorClient(mongo_url)[database]["certificates"]

    @app.get("/certificates/{number}")
    async def look_up(number: str) -> dict[str, Any]:
        found = await certificates.find_one({"certificates.number": number})
        if found is None:
            return {"number": number, "validity": "unknown"}
        held = next(each for each in found["certificates"] if each["number"] == number)
        valid = held["replaced"] is None and str(held["valid_until"])[:10] >= date.today().isoformat()
        return {"number": number, "validity": "valid" if valid else "ended", "product": held["subject"]["product"]}

    return app


async def verify(stage: Stage) -> list[Mapping[str, Any]]:
    """Look-ups a second in turns, each application in this process and nothing between it and its caller."""
    async with hall(stage) as held:
        gate = Gate(verifier(), frozenset({"37"}), system_clock)
        apps = {
            "ours": create_app("certification", "1", held.public.routers, gate=gate),
            "bare": bare(stage.mongo.url, held.database),
        }
        rates: dict[str, list[float]] = {name: [] for name in apps}
        waits: list[float] = []
        for _ in range(ROUNDS):
            for name, app in apps.items():
                rate, took = await _asked(app)
                rates[name].append(rate)
                waits += took if name == "ours" else []
    waits.sort()
    mine, theirs = (statistics.median(each) for each in rates.values())
    row = {
        "case": "public look-up by number, beside a bare one",
        "ours": mine,
        "baseline": theirs,
        "ratio": mine / theirs,
        "unit": "look-ups/s",
        "detail": {"ours": {"p50_ms": waits[len(waits) // 2] * 1e3, "p99_ms": waits[int(len(waits) * 0.99)] * 1e3}},
    }
    return [row]


async def _asked(app: FastAPI) -> tuple[float, list[float]]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://certification") as client:
        todo = iter(range(LOOK_UPS))
        took: list[float] = []

        async def ask() -> None:
            for n in todo:
                begun = time.perf_counter()
                answer = await client.get(f"/certificates/{number(n % CERTIFICATES)}")
                took.append(time.perf_counter() - begun)
                assert json.loads(answer.content)["validity"] == "valid"

        begun = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
        return LOOK_UPS / (time.perf_counter() - begun), took


async def expire(stage: Stage) -> list[Mapping[str, Any]]:
    """Events a second on a day on which thousands of certificates end at once, by the timers on a real database."""
    rates: list[float] = []
    spent: list[float] = []
    for _ in range(ROUNDS):
        port = connect("motor", stage.mongo.url, stage.fresh_database(), "certificates")
        collection = Collection(port, Unplugged(), clock=at_the_end, new_correlation=fresh_id)
        recognitions = Recognitions(collection)
        await port.prepare_indexes(Recognitions.indexes)
        await together(recognitions.add(recognition(n).but(due=at_the_end())) for n in range(ENDING))
        ring, guard = ringing(load().ladder), ClockGuard(collection, at_the_end, "37")
        begun, used = time.perf_counter(), seconds(os.getpid())
        rung = 0
        while ended := await ring_once(recognitions, ring, guard):
            rung += ended
        rates.append(ENDING / (time.perf_counter() - begun))
        spent.append((seconds(os.getpid()) - used) / ENDING * 1e6)
        assert rung == await port.unsent_documents(ENDING) == ENDING
        await port.close()
    row = plain("certificates that end on the worst day", statistics.median(rates), "events/s")
    return [{**row, "detail": {"ours": {"cpu_us_per_event": {"timers": statistics.median(spent)}}}}]


async def issue(stage: Stage) -> list[Mapping[str, Any]]:
    """Certificates with credential, QR claim, PDF and PAdES seal, kept; in a minute of one core's time."""
    async with hall(stage) as held:
        now = system_clock()

        async def one(n: int) -> None:
            found = await held.recognitions.of_certificate(number(n))
            assert found is not None
            (certificate,) = found.certificates
            await held.public.credentials.credential("37", certificate)
            await held.public.printing.seal("37", certificate, now, Command(f"seal-{n}", "", "bench"))

        await one(CERTIFICATES - 1)
        spent = seconds(os.getpid())
        for n in range(ISSUED):
            await one(n)
        spent = seconds(os.getpid()) - spent
    row = plain("issued with credential, QR claim, PDF/A and seal", ISSUED / spent * 60, "per minute and core")
    return [{**row, "detail": {"ours": {"cpu_us_per_event": {"issuing": spent / ISSUED * 1e6}}}}]

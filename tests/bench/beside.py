"""The live part of case ``feed``: webhooks of what is said now, alone and beside subscribers who read what was said."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.ports import choose_port
from deploy.local.service import ServiceProcess, common_settings
from deploy.ocop.issuer import ensure_issuer, issue
from services.notification.courtesy import MOST_READERS
from services.notification.feed import STREAM
from services.notification.store import Subscriptions
from shared.collection import Collection
from shared.driver import connect
from shared.envelope import Outgoing, topic
from shared.http import fresh_id
from shared.tokens import Appointment
from tests.bench.fairness import at
from tests.bench.fanout import subscription, taker
from tests.bench.stage import ROOT, Stage, seconds
from tests.bench.submissions import plain
from tests.shared.unplugged import Unplugged

SUBSCRIBERS = 10
READERS = 2 * MOST_READERS
BURST = 150
"""Certificates told of at once, to learn how many deliveries a second there are."""
EACH_SECOND = 5
SECONDS = 8
"""Then so many certificates a second, to learn how long each delivery takes."""


async def rows(stage: Stage, province: str) -> list[Mapping[str, Any]]:
    """What live webhooks lose beside a backfill, and how fast that is meanwhile."""
    async with taker() as url, _service(stage, province) as (service, tokens):
        await _subscribe(stage, url)
        live = _Live(stage, province, service)
        await live.told("warm-up")
        alone = await live.told("alone")
        async with _backfill(service.url, tokens) as read:
            beside = await live.told("beside")
    detail = {"alone": alone, "ours": beside, "backfill": read}
    return [
        {
            "case": f"feed: live webhooks, {name}, beside a backfill, against alone",
            "ours": beside[key],
            "baseline": alone[key],
            "ratio": beside[key] / alone[key],
            "unit": unit,
            "detail": detail,
        }
        for name, key, unit in (
            ("in a burst", "per_second", "deliveries/s"),
            ("median delay", "p50_ms", "ms"),
            ("p99 delay", "p99_ms", "ms"),
        )
    ] + [plain("feed: events read by the backfill meanwhile", read["events_per_second"], "events/s")]


@asynccontextmanager
async def _service(stage: Stage, province: str) -> AsyncIterator[tuple[ServiceProcess, list[str]]]:
    """One whole process of notification, and the token of each who reads its feed."""
    with tempfile.TemporaryDirectory(prefix="ocop-bench-") as name:
        folder = Path(name)
        ensure_issuer(folder / "issuer")
        service = ServiceProcess("notification", choose_port(), log=folder / "notification.log")
        settings = common_settings(stage.kafka.admin, [province], stage.mongo.url, folder, {})
        service.settings = settings | {"OCOP_LOG_LEVEL": "warning"}
        await service.start()
        try:
            yield service, [_token(folder / "issuer", province, f"reader-{number}") for number in range(READERS)]
        finally:
            await service.stop()


def _token(issuer: Path, province: str, who: str) -> str:
    given = {"id": "shop", "role": "subscriber", "authority": province, "organisation": who}
    return issue(issuer, who, [Appointment.model_validate(given | {"from": date(2026, 1, 1)})])


async def _subscribe(stage: Stage, url: str) -> None:
    port = connect("motor", stage.mongo.url, "ocop_notification", "notifications")
    subscriptions = Subscriptions(Collection(port, Unplugged(), new_correlation=fresh_id))
    for number in range(SUBSCRIBERS):
        await subscriptions.add(subscription(f"s-{number}", f"{url}/{number}", datetime.now(UTC)))
    await port.close()


class _Live:
    """What is said now, and when it was delivered."""

    def __init__(self, stage: Stage, province: str, service: ServiceProcess) -> None:
        self._servers, self._province = stage.kafka.servers, province
        self._service = service
        self._kept: Any = AsyncIOMotorClient(stage.mongo.url)["ocop_notification"]["notifications"]

    async def told(self, phase: str) -> dict[str, Any]:
        """The rate of a burst, and the delays from the event to the receiver's answer of what is said evenly."""
        pid = self._service.process.pid
        assert pid is not None
        used = seconds(pid)
        await self._say(f"burst-{phase}", BURST, pause=0)
        done = await self._delivered(f"burst-{phase}", BURST)
        per_second = len(done) / (max(end for _, end in done) - min(said for said, _ in done))
        spent = 1e6 * (seconds(pid) - used) / len(done)
        await self._say(f"evenly-{phase}", EACH_SECOND * SECONDS, pause=1 / EACH_SECOND)
        even = await self._delivered(f"evenly-{phase}", EACH_SECOND * SECONDS)
        delays = sorted(1e3 * (end - said) for said, end in even)
        return {
            "per_second": per_second,
            "p50_ms": at(delays, 0.5),
            "p99_ms": at(delays, 0.99),
            "cpu_us_per_event": {"service": spent},
        }

    async def _say(self, phase: str, many: int, pause: float) -> None:
        """Events of which no person is told."""
        data = {
            "province": self._province,
            "owner_id": "o",
            "product": {"id": "p", "name": "Dứa"},
            "number": "38-2026-1-001",
        }
        body = json.dumps(data).encode()
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, enable_idempotence=True)
        await producer.start()
        begun = time.perf_counter()
        for number in range(many):
            await asyncio.sleep(max(0.0, begun + number * pause - time.perf_counter()))
            subject, now = f"{phase}-{number}", datetime.now(UTC)
            event = Outgoing(1, "vn.ocop.certificate.replaced.v1", STREAM, now, body, "c", "", "")
            headers = event.headers(f"/authorities/{self._province}/certification", subject)
            await producer.send(topic(self._province, STREAM), body, key=subject.encode(), headers=headers)
        await producer.stop()

    async def _delivered(self, phase: str, many: int) -> list[tuple[float, float]]:
        """When each was said and when its receiver had answered, in seconds, once all of them are."""
        of_phase = {"kind": "Dispatch", "subject": {"$regex": f"^{phase}-"}}
        async with asyncio.timeout(120):
            while await self._kept.count_documents({**of_phase, "waiting": 0}) < many * SUBSCRIBERS:
                await asyncio.sleep(0.2)
        return [
            (_instant(raw["entries"][0]["time"]), _instant(tried["at"]) + tried["milliseconds"] / 1e3)
            async for raw in self._kept.find(of_phase)
            for tried in raw["tries"]
        ]


@asynccontextmanager
async def _backfill(url: str, tokens: list[str]) -> AsyncIterator[dict[str, float]]:
    """The readers in a process of their own; what they were given is known once they have ended."""
    command = (sys.executable, "-m", "tests.bench.backfill", url, *tokens)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    read: dict[str, float] = {}
    begun = time.perf_counter()
    await asyncio.sleep(1)
    yield read
    told, _ = await process.communicate(b"")
    counts = json.loads(told)
    read |= {**counts, "events_per_second": counts.get("events", 0) / (time.perf_counter() - begun)}


def _instant(kept: str | datetime) -> float:
    at = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

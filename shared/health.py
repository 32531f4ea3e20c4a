"""Whether a process is alive, whether it is ready, and how far behind it is."""

import asyncio
import time
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from shared.clock import system_clock
from shared.delivery import Delivery
from shared.errors import Unavailable
from shared.http import Router
from shared.identity import PUBLIC
from shared.metrics import gauge
from shared.port import Port
from shared.relay import Relay
from shared.telemetry import log_for
from shared.timers import ClockGuard

log = log_for(__name__)

WATCH_SECONDS = 2.0
SILENT_SECONDS = 15.0
"""A broker that answered no fetch for so long is away; nothing else would tell."""
UNSENT_SECONDS = 15.0
"""An event that waits so long in an outbox says that Kafka is not taking any."""

MOST_COUNTED = 10_000
"""Documents with unsent events are counted up to here; more is as bad."""


class Tasks(Protocol):
    def alive(self) -> dict[str, bool]: ...


class Lag(BaseModel):
    """How far one partition is behind."""

    topic: str
    partition: int
    position: int
    end: int
    paused: bool


class Status(BaseModel):
    """What a process knows of itself."""

    service: str
    role: str
    since: datetime
    now: datetime
    ready: bool
    troubles: list[str]
    applied: int
    sent: int
    outbox_oldest_seconds: float | None
    outbox_documents: int
    parked_lanes: int
    lag: list[Lag]
    paused_topics: dict[str, str]
    clock_stopped_at: datetime | None


class Health:
    """Looks every few seconds, so that asking costs nothing and never hangs on what is away."""

    def __init__(
        self,
        service: str,
        role: str,
        port: Port,
        relay: Relay,
        delivery: Delivery,
        guard: ClockGuard,
        stuck_seconds: float = 90,
    ) -> None:
        # A batch, or a backlog that does not move, for so long means that the consume loop is dead.
        self._stuck_seconds = stuck_seconds
        self.service = service
        self.role = role
        self.prepared = False
        self._port = port
        self._relay = relay
        self._delivery = delivery
        self._guard = guard
        self._since = system_clock()
        self._tasks: Tasks | None = None
        self._database_away: str | None = "not asked yet"
        self._unsent_seconds: float | None = None
        self._unsent_documents = 0
        self._parked_lanes = 0
        self._lag: list[Lag] = []
        self._moved: dict[tuple[str, int], tuple[int, float]] = {}
        gauge("ocop_outbox_oldest_age", "Seconds the oldest unsent event has waited", self._observe_outbox)
        gauge("ocop_outbox_documents", "Documents that hold unsent events", self._observe_depth)
        gauge("ocop_parked_lanes", "Subjects whose events are parked", self._observe_lanes)
        gauge("ocop_consumer_lag", "Records a partition is behind", self._observe_lag)

    def follow(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def watch(self) -> None:
        """Look, until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(WATCH_SECONDS)

    def dead(self) -> list[str]:
        """Why this process should be restarted; empty while it lives."""
        reasons: list[str] = []
        if self._tasks is not None:
            ended = [name for name, alive in self._tasks.alive().items() if not alive]
            reasons.extend(f"{name} has ended" for name in ended if name not in ("start", "begin"))
        for consumer in self._delivery.consumers:
            if (seconds := consumer.working_for()) > self._stuck_seconds:
                reasons.append(f"a batch of {consumer.stream} has been worked on for {seconds:.0f} s")
        now = time.monotonic()
        for lag in self._lag:
            _, since = self._moved.get((lag.topic, lag.partition), (0, now))
            if lag.end > lag.position and not lag.paused and now - since > self._stuck_seconds:
                reasons.append(f"{lag.topic}/{lag.partition} has a backlog and does not move")
        return reasons

    def troubles(self) -> list[str]:
        """What keeps this process from doing all of its work now."""
        found = self.dead()
        if self._database_away:
            found.append(f"MongoDB: {self._database_away}")
        elif not self.prepared:
            found.append("start: indexes and data are not ready yet")
        if self._unsent_seconds is not None and self._unsent_seconds > UNSENT_SECONDS:
            found.append(f"Kafka: the oldest unsent event has waited {self._unsent_seconds:.0f} s")
        for consumer in self._delivery.consumers:
            silence = consumer.silence()
            if silence is None:
                found.append(f"Kafka: no partition of {consumer.stream} is assigned yet")
            elif silence > SILENT_SECONDS:
                found.append(f"Kafka: silent for {silence:.0f} s on {consumer.stream}")
            found.extend(f"{topic}: paused, {why}" for topic, why in consumer.paused_topics.items())
        if self._guard.stopped_at is not None:
            found.append("clock: it has jumped; accept it with `ocop clock accept`")
        return found

    def ready(self) -> bool:
        """Whether to send work here. An API that can save is ready though Kafka is away: its events wait."""
        if self.role == "api":
            return self.prepared and not self._database_away
        return not [each for each in self.troubles() if not each.startswith(("clock:", "ocop."))]

    def status(self) -> Status:
        paused: dict[str, str] = {}
        for consumer in self._delivery.consumers:
            paused |= consumer.paused_topics
        return Status(
            service=self.service,
            role=self.role,
            since=self._since,
            now=system_clock(),
            ready=self.ready(),
            troubles=self.troubles(),
            applied=self._delivery.applied,
            sent=self._relay.sent,
            outbox_oldest_seconds=self._unsent_seconds,
            outbox_documents=self._unsent_documents,
            parked_lanes=self._parked_lanes,
            lag=self._lag,
            paused_topics=paused,
            clock_stopped_at=self._guard.stopped_at,
        )

    async def _look(self) -> None:
        try:
            oldest = await self._port.oldest_unsent()
            self._unsent_seconds = None if oldest is None else (system_clock() - oldest).total_seconds()
            self._unsent_documents = 0 if oldest is None else await self._port.unsent_documents(MOST_COUNTED)
            self._parked_lanes = await self._delivery.parked_lanes()
            self._database_away = None
        except Unavailable as error:
            if self._database_away is None:
                log.warning("database_away", reason=str(error))
            self._database_away = str(error)
        self._lag = [lag for consumer in self._delivery.consumers for lag in await _lag(consumer.consumer)]
        now = time.monotonic()
        for lag in self._lag:
            place = (lag.topic, lag.partition)
            if place not in self._moved or self._moved[place][0] != lag.position or lag.end <= lag.position:
                self._moved[place] = (lag.position, now)

    def _observe_outbox(self) -> list[tuple[float, dict[str, str]]]:
        return [(self._unsent_seconds or 0.0, {"service": self.service})]

    def _observe_depth(self) -> list[tuple[float, dict[str, str]]]:
        return [(float(self._unsent_documents), {"service": self.service})]

    def _observe_lanes(self) -> list[tuple[float, dict[str, str]]]:
        return [(float(self._parked_lanes), {"service": self.service})]

    def _observe_lag(self) -> list[tuple[float, dict[str, str]]]:
        return [
            (float(lag.end - lag.position), {"topic": lag.topic, "partition": str(lag.partition)}) for lag in self._lag
        ]


async def _lag(consumer: Any) -> list[Lag]:
    found = []
    for at in consumer.assignment() if consumer is not None else ():
        end = consumer.highwater(at)
        if end is None:
            continue
        position = await consumer.position(at)
        paused = at in consumer.paused()
        found.append(Lag(topic=at.topic, partition=at.partition, position=position, end=end, paused=paused))
    return found


def health_routes(health: Health) -> APIRouter:
    """For whoever keeps the process running."""
    router = Router(tags=["health"])

    @router.get("/live", dependencies=[PUBLIC])
    async def live(response: Response) -> dict[str, list[str]]:
        reasons = health.dead()
        response.status_code = 503 if reasons else 200
        return {"dead": reasons}

    @router.get("/ready", dependencies=[PUBLIC])
    async def ready(response: Response) -> dict[str, list[str]]:
        response.status_code = 200 if health.ready() else 503
        return {"troubles": health.troubles()}

    @router.get("/metrics", dependencies=[PUBLIC], include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router

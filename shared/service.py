"""The life of a service: what it is made of, how it starts, what it says of its health, and how it stops."""

import asyncio
import contextlib
import gc
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from shared.clock import Clock, MovedClock, system_clock
from shared.collection import Collection
from shared.delivery import Delivery, Handler
from shared.document import Heard
from shared.driver import connect
from shared.errors import Unavailable
from shared.health import Health, health_routes
from shared.http import create_app, fresh_id
from shared.http_telemetry import RequestTelemetry
from shared.identity import open_gate
from shared.kafka import KafkaAccess
from shared.operations import operations_routes
from shared.parked import Lanes, Parking
from shared.relay import Relay
from shared.settings import Settings
from shared.store import Store
from shared.telemetry import log_for, set_up, tracing
from shared.timers import ClockGuard, Ring, ring_for_ever

log = log_for(__name__)

Role = Literal["all", "api", "worker"]

DRAIN_SECONDS = 5.0

IDLE_SECONDS = 75
"""How long a connection may lie unused. More than those who ask keep theirs (httpx 5 s, aiohttp 15, nginx 60): a
service that hangs up first may do so while the next request is on its way, and that request is lost unanswered."""


@dataclass(frozen=True)
class Plumbing:
    """What a service's ``main.py`` builds on."""

    settings: Settings
    clock: Clock
    collection: Collection


@dataclass(frozen=True)
class Timer:
    """Documents that do something when they are due."""

    store: Store[Any]
    ring: Ring[Any]
    every: float = 1.0
    """Seconds between two looks."""


@dataclass(frozen=True)
class Wiring:
    """A service put together: its handlers, its routes, its timers, and what else its worker does."""

    stores: Sequence[Store[Any]]
    routers: Sequence[APIRouter]
    handlers: dict[type[Heard], Handler] = field(default_factory=dict)
    timers: Sequence[Timer] = ()
    prepare: Sequence[Callable[[], Awaitable[None]]] = ()
    """Done once at the start, before anything is handled; repeated until the database is there."""
    work: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Runs for as long as the worker does."""
    close: Sequence[Callable[[], Awaitable[None]]] = ()
    """Done at the very end, for connections of the service's own."""


@dataclass(frozen=True)
class Service:
    """A service by its name, and how it is put together."""

    name: str
    collection: str
    wire: Callable[[Plumbing], Wiring]
    settings: type[Settings] = Settings
    version: str = "1"


def main(service: Service) -> None:
    """``python -m services.<name> [--role api|worker]``."""
    arguments = ArgumentParser(prog=f"python -m services.{service.name}")
    arguments.add_argument("--role", choices=["all", "api", "worker"], default="all")
    role: Role = arguments.parse_args().role
    settings = service.settings()
    set_up(service.name, settings.telemetry, settings.log_format, settings.log_level)
    # What is made at the start lives to the end; the collector need not look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    uvicorn.run(
        application(service, settings, role),
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=10,
    )


def application(service: Service, settings: Settings, role: Role = "all") -> FastAPI:
    """A service as an ASGI application; starting it starts whatever the role does."""
    clock = MovedClock(settings.clock_file) if settings.clock_file else system_clock
    kafka = KafkaAccess(settings.kafka, settings.kafka_user, settings.kafka_password)
    relay = Relay(service.name, kafka)
    port = connect(
        settings.mongo_driver, settings.mongo_url, settings.database or f"ocop_{service.name}", service.collection
    )
    relay.clear_in(port)
    collection = Collection(port, relay, clock=clock, epoch=settings.epoch, new_correlation=fresh_id)
    wiring = service.wire(Plumbing(settings, clock, collection))
    lanes = Lanes(collection)
    parking = Parking(lanes, service.name, settings.authorities, clock)
    delivery = Delivery(service.name, settings.authorities, wiring.handlers, collection, parking)
    guard = ClockGuard(collection, clock, min(settings.authorities))
    health = Health(service.name, role, port, relay, delivery, guard, settings.stuck_seconds)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        background = _Background()
        background.start("relay", relay.run)
        background.start("health", health.watch)
        background.start("start", starting)
        log.info("service_started", role=role, authorities=sorted(settings.authorities))
        health.follow(background)

        async def begin() -> None:
            await started.wait()
            health.prepared = True
            if role != "api":
                if wiring.handlers:
                    background.start("delivery", partial(delivery.run, kafka, settings.replica))
                for timer in wiring.timers:
                    name = f"timer {timer.store.model.__name__}"
                    background.start(name, partial(ring_for_ever, timer.store, timer.ring, guard, timer.every))
                for number, work in enumerate(wiring.work):
                    background.start(f"work {number}", work)

        background.start("begin", begin)
        try:
            yield
        finally:
            # First nothing new is taken, then what was saved is sent, then the connections are closed.
            await background.stop(but=("relay",))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await relay.drained()
            await background.stop()
            for close in wiring.close:
                await close()
            await port.close()
            tracing.stop()
            log.info("service_stopped", role=role)

    started = asyncio.Event()

    async def starting() -> None:
        indexes = sorted({index for store in (*wiring.stores, lanes) for index in store.indexes})
        alphabetical = sorted({index for store in wiring.stores for index in store.alphabetical})
        while True:
            try:
                await port.prepare_indexes(indexes, alphabetical)
                for prepare in wiring.prepare:
                    await prepare()
                break
            except Unavailable as error:
                log.warning("start_waits", reason=str(error))
                await asyncio.sleep(1)
        started.set()

    routers: list[APIRouter] = [health_routes(health), operations_routes(health, parking, lanes, delivery, guard)]
    if role != "worker":
        routers.extend(wiring.routers)
    return create_app(
        f"OCOP Hub: {service.name}",
        service.version,
        routers,
        gate=open_gate(settings, clock),
        lifespan=life,
        middleware=[Middleware(RequestTelemetry)],
    )


class _Background:
    """The tasks beside the API. One that ends by itself is started again, and says so."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._tasks[name] = asyncio.create_task(self._kept(name, run), name=name)

    def alive(self) -> dict[str, bool]:
        return {name: not task.done() for name, task in self._tasks.items()}

    async def stop(self, but: Sequence[str] = ()) -> None:
        stopping = [task for name, task in self._tasks.items() if name not in but]
        for task in stopping:
            task.cancel()
        await asyncio.gather(*stopping, return_exceptions=True)

    async def _kept(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await run()
                return
            except Exception as error:
                log.error("task_failed", task=name, error=repr(error), exc_info=True)
                await asyncio.sleep(1)

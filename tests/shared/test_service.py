"""The life of a service on the real Kafka and MongoDB: roles, health, and an end that leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from fastapi import Depends

from deploy.local.bus import Bus
from shared.command import Command
from shared.delivery import bind
from shared.document import Decision, Heard
from shared.envelope import Outgoing, Received, topic
from shared.http import Router, command
from shared.identity import PUBLIC
from shared.service import Plumbing, Role, Service, Wiring, application
from shared.settings import Settings
from tests.shared.cups import NOW, Cup, Cups, Poured, Rained
from tests.shared.test_relay import heard

pytestmark = pytest.mark.real

Made = Callable[..., Any]


class Kitchen:
    """A service that pours rain, and whatever is asked for over HTTP, into cups."""

    def __init__(self, bus: Bus, mongo_url: str, database: str, stream: str) -> None:
        self.bus = bus
        self.stream = stream
        self.said = f"{stream}cups"
        self.hangs = False
        self.closed = 0
        self.settings = Settings(
            authorities=frozenset({"37"}),
            kafka=bus.servers,
            kafka_user=bus.principal.name if bus.principal else None,
            kafka_password=bus.principal.password if bus.principal else None,
            mongo_url=mongo_url,
            database=database,
            stuck_seconds=2,
        )
        self.heard: type[Heard] = type("HeardRain", (Rained,), {"STREAM": stream})
        self.told: type[Poured] = type("SaidPoured", (Poured,), {"STREAM": self.said})
        self.service = Service("tea", "cups", self.wire)

    def wire(self, plumbing: Plumbing) -> Wiring:
        cups = Cups(plumbing.collection)
        router = Router(tags=["cups"])

        def pour(drops: int) -> Callable[[Cup | None], Decision[Cup]]:
            def decide(cup: Cup | None) -> Decision[Cup]:
                held = cup or Cup(id="cup", authority="37")
                return held.but(drops=held.drops + drops), (self.told(drops=drops),)

            return decide

        @router.post("/cups", dependencies=[PUBLIC])
        async def ask(command: Annotated[Command, Depends(command)]) -> dict[str, str]:
            await cups.settle("cup", pour(1), command=command)
            return {"id": "cup"}

        @router.get("/cups", dependencies=[PUBLIC])
        async def look() -> dict[str, int]:
            return {"drops": (await cups.get("cup")).drops}

        async def rain(event: Received[Rained]) -> None:
            if self.hangs:
                await asyncio.Event().wait()
            await cups.settle("cup", pour(event.data.drops), because=event)

        async def close() -> None:
            self.closed += 1

        return Wiring(stores=(cups,), routers=(router,), handlers=bind({self.heard: rain}), close=(close,))

    @asynccontextmanager
    async def running(self, role: Role = "all") -> AsyncIterator[httpx.AsyncClient]:
        """One process of the service, and a client of it."""
        app = application(self.service, self.settings, role)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://tea") as http,
        ):
            yield http

    async def rain(self, drops: int, sequence: int) -> None:
        producer = AIOKafkaProducer(**self.bus.aiokafka())
        await producer.start()
        data = b'{"drops":%d}' % drops
        event = Outgoing(sequence, Rained.TYPE, self.stream, NOW, data, "c", "", "")
        headers = event.headers("/authorities/37/weather", "sky")
        await producer.send_and_wait(topic("37", self.stream), data, key=b"sky", headers=headers)
        await producer.stop()


@pytest_asyncio.fixture
async def kitchen(
    deployment: Callable[..., Awaitable[Bus]],
    make_topics: Callable[..., Awaitable[list[str]]],
    mongo_url: str,
    database: str,
    stream: str,
) -> Kitchen:
    await make_topics("00", "37", streams=(stream, f"{stream}cups"))
    return Kitchen(await deployment("37"), mongo_url, database, stream)


async def answers(client: httpx.AsyncClient, path: str, status: int, within: float = 60) -> dict[str, Any]:
    """The answer at ``path``, once it has this status."""
    async with asyncio.timeout(within):
        while (answer := await client.get(path)).status_code != status:
            await asyncio.sleep(0.1)
    told: dict[str, Any] = answer.json()
    return told


async def holds(client: httpx.AsyncClient, drops: int) -> None:
    async with asyncio.timeout(60):
        while (await client.get("/cups")).json().get("drops") != drops:
            await asyncio.sleep(0.1)


async def test_a_whole_service_answers_handles_and_says_when_it_is_ready(kitchen: Kitchen) -> None:
    async with kitchen.running() as client:
        assert await answers(client, "/ready", 200) == {"troubles": []}
        await kitchen.rain(5, 1)
        await client.post("/cups")

        await holds(client, 6)
        assert (await client.get("/live")).json() == {"dead": []}
        assert len(await heard(kitchen.bus, kitchen.said, 2)) == 2


async def test_a_worker_has_no_routes_of_its_own_and_an_api_handles_nothing(kitchen: Kitchen) -> None:
    async with kitchen.running("api") as api:
        await answers(api, "/ready", 200)
        await kitchen.rain(5, 1)
        await api.post("/cups")
        await holds(api, 1)

        async with kitchen.running("worker") as worker:
            await holds(api, 6)
            assert (await worker.get("/cups")).status_code == 404
            assert (await worker.get("/live")).status_code == 200


async def test_what_was_saved_is_sent_before_the_process_ends_and_closes_what_it_holds(kitchen: Kitchen) -> None:
    async with kitchen.running("api") as api:
        await answers(api, "/ready", 200)
        await asyncio.gather(*(api.post("/cups") for _ in range(20)))
        open_until_the_end = kitchen.closed

    assert (open_until_the_end, kitchen.closed) == (0, 1)
    assert sorted(await heard(kitchen.bus, kitchen.said, 20)) == [("cup", number) for number in range(1, 21)]


async def test_a_handler_that_never_comes_back_shows_as_a_dead_process_and_the_next_one_takes_over(
    kitchen: Kitchen,
) -> None:
    kitchen.hangs = True
    async with kitchen.running("worker") as worker:
        await kitchen.rain(5, 1)
        told = await answers(worker, "/live", 503)
        assert any("has been worked on" in reason for reason in told["dead"])

    kitchen.hangs = False
    async with kitchen.running() as client:
        await holds(client, 5)


async def test_a_database_that_is_not_there_keeps_a_service_waiting_and_not_dying(kitchen: Kitchen) -> None:
    kitchen.settings = kitchen.settings.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?replicaSet=rs0"})

    async with kitchen.running() as client:
        async with asyncio.timeout(30):
            while True:
                troubles = (await client.get("/ready")).json()["troubles"]
                if any(each.startswith("MongoDB: ") and "not asked" not in each for each in troubles):
                    break
                await asyncio.sleep(0.1)
        refused = await client.post("/cups")

        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/live")).status_code == 200


async def test_a_broker_that_is_not_there_does_not_keep_an_api_from_saving(kitchen: Kitchen) -> None:
    reachable = kitchen.settings
    kitchen.settings = kitchen.settings.model_copy(update={"kafka": "127.0.0.1:9"})
    async with kitchen.running("api") as api:
        await answers(api, "/ready", 200)
        assert (await api.post("/cups")).status_code == 200

    kitchen.settings = reachable
    async with kitchen.running("api"):
        assert await heard(kitchen.bus, kitchen.said, 1) == [("cup", 1)]

"""A service with nothing but its operations, in memory, and a client of the command line that reaches it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.ocop.client import Client
from deploy.ocop.issuer import AUDIENCE, ISSUER, ensure_issuer
from deploy.ocop.system import System
from shared.collection import Collection
from shared.delivery import Delivery
from shared.envelope import Outgoing, Received, Record
from shared.health import Health, health_routes
from shared.http import create_app, fresh_id
from shared.identity import Gate
from shared.kafka import KafkaAccess
from shared.memory import MemoryPort
from shared.operations import operations_routes
from shared.parked import Lanes, Parking
from shared.relay import Relay
from shared.timers import ClockGuard
from shared.tokens import KeysInFile, Verifier
from tests.shared.cups import Rained
from tests.shared.signing import Hands
from tests.shared.unplugged import Unplugged


class Room:
    """The operations of a service called ``scoring``, and who may ask for them."""

    def __init__(self, folder: Path) -> None:
        self.clock = Hands()
        self.drops = 0
        self.port = MemoryPort()
        self.issuer = folder / "issuer"
        collection = Collection(self.port, Unplugged(), clock=self.clock, new_correlation=fresh_id)
        lanes = Lanes(collection)
        self.parking = Parking(lanes, "scoring", frozenset({"37"}), self.clock)
        self.delivery = Delivery("scoring", {"37"}, {Rained: self.rain}, collection, self.parking)
        self.guard = ClockGuard(collection, self.clock, "37")
        relay = Relay("scoring", KafkaAccess("nowhere:9"))
        self.health = Health("scoring", "all", self.port, relay, self.delivery, self.guard)
        self.app = create_app(
            "scoring",
            "1",
            [
                health_routes(self.health),
                operations_routes(self.health, self.parking, lanes, self.delivery, self.guard),
            ],
            gate=Gate(
                Verifier(KeysInFile(ensure_issuer(self.issuer)), ISSUER, AUDIENCE), frozenset({"37"}), self.clock
            ),
        )

    @property
    def system(self) -> System:
        return System({"scoring": "http://scoring", "notification": "http://nobody"}, ("37",), issuer=self.issuer)

    @asynccontextmanager
    async def client(self, *services: str) -> AsyncIterator[Client]:
        """A client of the named services, of this one alone when none is named."""
        system = self.system
        only = System(
            {name: system.services[name] for name in services or ("scoring",)}, system.authorities, issuer=self.issuer
        )
        mounts: dict[str, httpx.AsyncBaseTransport] = {
            "http://scoring": httpx.ASGITransport(self.app),
            "http://nobody": httpx.MockTransport(_nobody),
        }
        async with httpx.AsyncClient(mounts=mounts) as http:
            yield Client(only, http, patience=0)

    async def rain(self, event: Received[Any]) -> None:
        self.drops += event.data.drops

    async def park(self, subject: str = "sky-1", reason: str = "it is malformed", body: bytes = b"{not json") -> None:
        """An event of this subject that could not be applied."""
        event = Outgoing(1, Rained.TYPE, Rained.STREAM, self.clock(), body, "c", "", "")
        headers = event.headers("/authorities/37/weather", subject)
        record = Record(f"ocop.37.{Rained.STREAM}", 0, 7, subject.encode(), headers, body)
        await self.parking.park(record, "malformed", reason)


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens", request=request)

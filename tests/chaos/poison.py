"""Records that nobody can read, written straight to a topic by a principal that may, and what an operator does then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.local.bus import Bus
from tests.chaos.client import JSON, Client
from tests.chaos.people import Person

_KINDS: Sequence[tuple[list[tuple[str, bytes]], bytes | None]] = (
    ([], b"\x00\xff not an event"),
    ([("ce_type", b"vn.ocop.dossier.submitted.v1"), ("ce_subject", b"\xff\xfe")], b"{}"),
    ([("ce_specversion", b"1.0")], None),
)


async def poison(bus: Bus, topic: str, keys: Sequence[str]) -> None:
    """Write one unreadable record for each key, of one kind after the other."""
    for n, key in enumerate(keys):
        headers, value = _KINDS[n % len(_KINDS)]
        await _write(bus, topic, key, headers, value)


async def _write(bus: Bus, topic: str, key: str, headers: list[tuple[str, bytes]], value: bytes | None) -> None:
    while True:
        producer = AIOKafkaProducer(**bus.aiokafka(), acks="all", request_timeout_ms=5_000)
        try:
            async with asyncio.timeout(10):
                await producer.start()
                await producer.send_and_wait(topic, value, key=key.encode(), headers=headers)
            return
        except (KafkaError, TimeoutError):
            # Should it have gone in nevertheless, there are two of them; that is poison too.
            await asyncio.sleep(0.5)
        finally:
            await producer.stop()


@dataclass
class Operator:
    """Empties parked lanes through the operations API: what cannot be read is discarded, the rest replayed."""

    client: Client
    person: Person
    services: Sequence[str]
    passes: int = 0
    discarded: int = 0
    replayed: int = 0
    most: dict[str, int] = field(default_factory=dict)
    """Events in each lane when it was emptied."""
    refused: list[str] = field(default_factory=list)

    async def empty_lanes(self) -> int:
        """Discard and replay until nothing is parked; how many lanes there were."""
        count = 0
        self.passes += 1
        for service in self.services:
            for lane in await self.client.pages(self.person, service, "/operations/parked", limit=200):
                count += 1
                self.most[f"{service} {lane['id']}"] = len(lane["events"])
                await self._empty(service, lane["id"])
        return count

    async def _empty(self, service: str, id: str) -> None:
        while (lane := await self._lane(service, id)) is not None:
            unreadable = lane["events"][0]["cause"] == "malformed"
            body: JSON = {"reason": f"chaos, pass {self.passes}"}
            if unreadable:
                body["offset"] = lane["events"][0]["offset"]
            done = await self.client.command(
                self.person,
                service,
                f"/operations/parked/{id}/{'discard' if unreadable else 'replay'}",
                body,
                kind="operate",
                expected="either",
            )
            if not done.passed:
                self.refused.append(f"{service} {id}: {done.status} {done.answer}")
                if len(self.refused) > 20:
                    return
            elif unreadable:
                self.discarded += 1
            else:
                self.replayed += int(done.answer["applied"])

    async def _lane(self, service: str, id: str) -> JSON:
        found = await self.client.pages(self.person, service, "/operations/parked", limit=200)
        return next((lane for lane in found if lane["id"] == id), None)

"""Whom an event is addressed to: its handler is run once for each of them whom the deployment acts for."""

from typing import Any, ClassVar

import pytest

from shared.clock import system_clock
from shared.collection import Collection
from shared.delivery import AddressedElsewhere, Delivery
from shared.document import Heard
from shared.envelope import Outgoing, Received, Record, topic
from shared.http import fresh_id
from shared.memory import MemoryPort
from shared.parked import Lanes, Parking
from tests.shared.cups import NOW
from tests.shared.unplugged import Unplugged


class Flooded(Heard):
    """A province tells somebody, and has to do with it itself."""

    TYPE: ClassVar[str] = "vn.ocop.sky.flooded.v1"
    STREAM: ClassVar[str] = "skies"

    to: str

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.to, speaker)))


async def told(*authorities: str, to: str) -> list[str]:
    """As whom a deployment of these authorities handles what 37 tells ``to``."""
    addressees: list[str] = []

    async def handle(event: Received[Any]) -> None:
        addressees.append(event.addressee)

    collection = Collection(MemoryPort(), Unplugged(), clock=system_clock, new_correlation=fresh_id)
    parking = Parking(Lanes(collection), "tea", frozenset(authorities), lambda: NOW)
    delivery = Delivery("tea", authorities, {Flooded: handle}, collection, parking)
    data = Flooded(to=to).model_dump_json().encode()
    headers = Outgoing(1, Flooded.TYPE, "skies", NOW, data, "c", "", "").headers("/authorities/37/weather", "sky")
    await delivery.handle(Record(topic("37", "skies"), 0, 0, b"sky", tuple(headers), data), None)
    return addressees


@pytest.mark.parametrize(
    ("authorities", "to", "as_whom"),
    [
        (("37",), "00", ["37"]),
        (("00",), "00", ["00"]),
        (("00", "37"), "00", ["00", "37"]),
        (("37",), "37", ["37"]),
        (("48",), "00", []),
    ],
)
async def test_each_deployment_handles_it_for_whom_it_acts(
    authorities: tuple[str, ...], to: str, as_whom: list[str]
) -> None:
    assert await told(*authorities, to=to) == as_whom


async def test_a_province_still_speaks_to_no_other() -> None:
    with pytest.raises(AddressedElsewhere):
        await told("37", "48", to="48")

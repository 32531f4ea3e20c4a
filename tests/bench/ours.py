"""The chain by our own plumbing: the process a service's worker is, without its HTTP side."""

from __future__ import annotations

import asyncio
import gc
import os

import uvloop

from shared.collection import Collection
from shared.delivery import Delivery, bind
from shared.document import Decision
from shared.driver import connect
from shared.envelope import Received
from shared.kafka import KafkaAccess
from shared.parked import Lanes, Parking
from shared.relay import Relay
from tests.bench.work import NOW, Basket, Baskets, Ordered

NEW = os.environ["BENCH_NEW"] == "1"
"""Whether each event makes a document of its own."""


async def fill_basket(event: Received[Ordered], baskets: Baskets) -> None:
    def fill(basket: Basket | None) -> Decision[Basket]:
        return (basket or Basket(id=event.data.basket, authority="37")).fill(event.data)

    if NEW:
        document, facts = fill(None)
        await baskets.add(document, *facts, because=event)
    else:
        await baskets.settle(event.data.basket, fill, because=event)


async def main() -> None:
    kafka = KafkaAccess(os.environ["BENCH_KAFKA"])
    port = connect("motor", os.environ["BENCH_MONGO"], os.environ["BENCH_DATABASE"], "baskets")
    relay = Relay("shop", kafka)
    relay.clear_in(port)
    collection = Collection(port, relay, new_correlation=lambda: "timer")
    parking = Parking(Lanes(collection), "shop", frozenset({"37"}), lambda: NOW)
    handlers = bind({Ordered: fill_basket}, baskets=Baskets(collection))
    delivery = Delivery("shop", {"37"}, handlers, collection, parking)
    await port.prepare_indexes([])
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    await asyncio.gather(relay.run(), delivery.run(kafka, "0"))


if __name__ == "__main__":
    uvloop.run(main())

"""The work every case does: an event of some 700 bytes changes a document and causes an event."""

import os
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel

from shared.document import Decision, Document, Fact, Heard
from shared.store import Store

RUN = os.environ.get("BENCH_RUN", "")
"""Each run speaks on topics of its own."""
STREAM_IN, STREAM_OUT = f"orders{RUN}", f"parcels{RUN}"
TOPIC_IN, TOPIC_OUT = f"ocop.37.{STREAM_IN}", f"ocop.37.{STREAM_OUT}"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
FILLING = "x" * 480


class Line(BaseModel):
    article: str
    count: int
    price: str


class Ordered(Heard):
    TYPE: ClassVar[str] = "vn.ocop.order.placed.v1"
    STREAM: ClassVar[str] = STREAM_IN

    basket: str
    number: int
    customer: str
    lines: tuple[Line, ...]
    remark: str


class Packed(Fact):
    TYPE: ClassVar[str] = "vn.ocop.parcel.packed.v1"
    STREAM: ClassVar[str] = STREAM_OUT

    basket: str
    number: int
    articles: int
    remark: str


class Basket(Document):
    articles: int = 0
    numbers: tuple[int, ...] = ()
    customer: str = ""
    remark: str = ""

    def fill(self, order: Ordered) -> Decision["Basket"]:
        count = sum(line.count for line in order.lines)
        filled = self.but(
            articles=self.articles + count,
            numbers=(*self.numbers, order.number),
            customer=order.customer,
            remark=order.remark[:40],
        )
        return filled, (Packed(basket=self.id, number=order.number, articles=count, remark=order.remark),)


class Baskets(Store[Basket]):
    model = Basket


def order(basket: str, number: int) -> Ordered:
    lines = tuple(Line(article=f"a{number % 7}{n}", count=n + 1, price="12.50") for n in range(3))
    return Ordered(basket=basket, number=number, customer=f"c{number % 100}", lines=lines, remark=FILLING)

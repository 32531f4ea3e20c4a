"""Throttling: each address gets its share, whatever others do."""

import httpx
import pytest
from fastapi import Depends

from services.certification.throttle import MOST_REMEMBERED, Throttle
from shared.http import Router, create_app
from shared.identity import PUBLIC, Gate
from tests.shared.signing import Hands, verifier


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_an_address_gets_its_burst_and_then_its_rate(watch: Watch) -> None:
    throttle = Throttle(2, 4, watch)

    assert [throttle.take("10.0.0.1") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    watch.now += 0.5
    assert [throttle.take("10.0.0.1") for _ in range(2)] == [0, 0.5]
    watch.now += 3_600
    assert [throttle.take("10.0.0.1") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_others_are_not_held_up(watch: Watch) -> None:
    throttle = Throttle(1, 1, watch)

    assert [throttle.take(each) for each in ("10.0.0.1", "10.0.0.2", "10.0.0.1")] == [0, 0, 1]


def test_a_customer_of_ipv6_counts_once(watch: Watch) -> None:
    throttle = Throttle(1, 1, watch)

    assert [throttle.take(each) for each in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "unix")] == [0, 1, 0, 0]


def test_the_memory_of_it_is_bounded(watch: Watch) -> None:
    throttle = Throttle(1, 1, watch)

    for n in range(MOST_REMEMBERED + 100):
        throttle.take(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")

    assert len(throttle._left) == MOST_REMEMBERED


async def test_whoever_asks_too_often_is_told_when_to_come_back(watch: Watch) -> None:
    router = Router()
    throttle = Throttle(0.5, 1, watch)

    @router.get("/tea", dependencies=[PUBLIC, Depends(throttle)])
    async def tea() -> str:
        return "tea"

    app = create_app("tea", "1", [router], gate=Gate(verifier(), frozenset({"37"}), Hands()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tea") as client:
        answers = [await client.get("/tea") for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "2"
    assert answers[1].json()["type"] == "/problems/too-many-requests"

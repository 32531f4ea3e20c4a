"""Where webhooks may go, and that nothing can change between the check and the connection."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio

from services.notification.endpoints import MOST_READ, Answer, Endpoints
from services.notification.reach import CheckedNames, EndpointRefused, Reach
from tests.services.notification.desk import NOW
from tests.services.notification.receiver import Receiver

BODY = b'{"id": "event-1"}'


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "not an address",
    ],
)
def test_an_address_that_is_not_public_is_out_of_reach(address: str) -> None:
    assert not Reach().allows(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_in_reach(address: str) -> None:
    assert Reach().allows(address)


def test_a_network_that_is_explicitly_allowed_is_in_reach_and_no_other() -> None:
    reach = Reach(["127.0.0.0/8"])

    assert reach.allows("127.0.0.1")
    assert not reach.allows("10.0.0.1") and not reach.allows("::1")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.vn/",
        "ftp://hooks.example.vn/",
        "https://",
        "https://user:word@hooks.example.vn/",
        "https://hooks.example.vn/#part",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://hooks.example.vn:0/",
        "https://hooks.example.vn:99999/",
        "https://hooks.example.vn/\r\nHost: other",
        "https://hooks example.vn/",
        "hooks.example.vn",
        "http://127.0.0.1:8000/",
        "http://localhost:8000/",
    ],
)
def test_an_address_no_webhook_may_go_to_is_refused_at_once(url: str) -> None:
    with pytest.raises(EndpointRefused):
        Reach().check(url)


@pytest.mark.parametrize("url", ["https://hooks.example.vn/ocop?key=1", "https://hooks.example.vn:8443/"])
def test_a_web_address_in_public_is_taken(url: str) -> None:
    Reach().check(url)


def test_plain_http_is_taken_for_what_is_explicitly_allowed() -> None:
    reach = Reach(["127.0.0.0/8"])

    reach.check("http://127.0.0.1:8000/")
    with pytest.raises(EndpointRefused):
        reach.check("http://hooks.example.vn/")


class Names:
    """A name service whose answers change."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return list(self._answers.pop(0))


async def test_a_connection_is_opened_to_the_very_addresses_that_were_checked() -> None:
    names = CheckedNames(Reach(), Names(["1.1.1.1", "2606:4700:4700::1111"]))

    found = await names.resolve("hooks.example.vn", 443)

    assert [(each["hostname"], each["host"], each["port"]) for each in found] == [
        ("hooks.example.vn", "1.1.1.1", 443),
        ("hooks.example.vn", "2606:4700:4700::1111", 443),
    ]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["169.254.169.254"], []])
async def test_one_forbidden_address_closes_the_door(addresses: list[str]) -> None:
    with pytest.raises(OSError, match="private"):
        await CheckedNames(Reach(), Names(addresses)).resolve("hooks.example.vn", 443)


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as receiver:
        yield receiver


async def posted(endpoints: Endpoints, url: str) -> Answer:
    return await endpoints.post(url, {"Content-Type": "application/json"}, BODY, NOW)


@pytest.mark.real
async def test_a_name_that_is_moved_into_the_private_network_is_not_followed_there(receiver: Receiver) -> None:
    endpoints = Endpoints(Reach(["127.0.0.0/8"]), Names(["127.0.0.1"], ["10.0.0.1"]))
    receiver.manners["moved"] = "closes"
    url = receiver.url("moved").replace("127.0.0.1", "localhost")

    before, after = await posted(endpoints, url), await posted(endpoints, url)
    await endpoints.close()

    assert (before.outcome, receiver.asked["moved"]) == ("delivered", 1)
    assert after.outcome == "failed" and "private network" in after.said


@pytest.mark.real
async def test_one_after_the_other_goes_over_one_connection_and_together_each_has_its_own(receiver: Receiver) -> None:
    endpoints = Endpoints(Reach(["127.0.0.0/8"]))

    for _ in range(3):
        await posted(endpoints, receiver.url("well"))
    alone = receiver.connections
    await asyncio.gather(*(posted(endpoints, receiver.url("well")) for _ in range(3)))
    await endpoints.close()

    assert (alone, receiver.connections, receiver.asked["well"]) == (1, 3, 6)


@pytest.mark.real
async def test_whoever_says_more_than_is_looked_at_is_hung_up_on(receiver: Receiver) -> None:
    endpoints = Endpoints(Reach(["127.0.0.0/8"]))

    answers = [await posted(endpoints, receiver.url("large")) for _ in range(2)]
    await endpoints.close()

    assert [(each.outcome, len(each.body)) for each in answers] == [("delivered", MOST_READ)] * 2
    assert receiver.connections == 2


@pytest.mark.real
async def test_after_a_reset_the_next_request_connects_again(receiver: Receiver) -> None:
    endpoints = Endpoints(Reach(["127.0.0.0/8"]))
    receiver.manners["shop"] = "resets"

    broken = await posted(endpoints, receiver.url("shop"))
    receiver.heal("shop")
    mended = await posted(endpoints, receiver.url("shop"))
    await endpoints.close()

    assert (broken.outcome, mended.outcome) == ("failed", "delivered")

"""Where webhooks may go, and that nothing can change between the check and the connection."""

from collections.abc import Iterable
from typing import Any

import httpcore
import pytest

from services.notification.endpoints import EndpointRefused, PinnedNetwork, Reach


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


class Dialled(httpcore.AsyncNetworkBackend):
    """Keeps to what address a connection would have been opened."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, *arguments: Any) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        raise httpcore.ConnectError("nobody there")


class Names:
    """A name service whose answers change."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return list(self._answers.pop(0))


async def test_the_connection_goes_to_the_very_address_that_was_checked() -> None:
    dialled = Dialled()
    network = PinnedNetwork(Reach(), Names(["1.1.1.1"], ["127.0.0.1"]), dialled)

    for _ in range(2):
        with pytest.raises(httpcore.ConnectError):
            await network.connect_tcp("hooks.example.vn", 443)

    assert dialled.addresses == ["1.1.1.1"]


async def test_one_private_address_among_public_ones_closes_the_door() -> None:
    dialled = Dialled()
    network = PinnedNetwork(Reach(), Names(["1.1.1.1", "10.0.0.1"]), dialled)

    with pytest.raises(httpcore.ConnectError, match="private"):
        await network.connect_tcp("hooks.example.vn", 443)

    assert dialled.addresses == []

"""How a webhook leaves: to a public address that is checked and then connected to, without redirects or proxies."""

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

import httpcore

from services.notification.lines import Lines
from shared.errors import Refusal

SECONDS = 15.0
"""How long a receiver may take for one answer."""
BODY_SECONDS = 2.0
MOST_READ = 4096
"""Bytes of an answer that are looked at; the rest is not waited for."""
IDLE_SECONDS = 30.0
"""How long a connection is kept for the next request."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text."""


class EndpointRefused(Refusal):
    status = 422
    vi = "Không thể gửi tới địa chỉ này: {vi}"
    en = "Nothing can be sent to this address: {en}"


class Answer(NamedTuple):
    """What became of one request. ``asked`` is the pause the receiver asks for."""

    outcome: Literal["delivered", "failed", "gone"]
    status: int | None
    said: str
    body: bytes = b""
    asked: timedelta | None = None


class Reach:
    """Which addresses may be connected to: public ones, and the networks that a deployment explicitly allows."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in allowed)

    def allows(self, address: str) -> bool:
        """Whether ``address`` lies in an allowed network, or is public whatever it is wrapped in."""
        try:
            ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        return self.excepts(ip) or (ip.is_global and not ip.is_multicast and not ip.is_reserved)

    def excepts(self, ip: Address) -> bool:
        return any(ip in network for network in self._allowed if network.version == ip.version)

    def check(self, url: str) -> None:
        """Raises ``EndpointRefused`` for an address no webhook may ever go to, before its name is resolved."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if not url.isascii() or not url.isprintable() or " " in url or not host or port == 0:
            raise EndpointRefused(vi="đây không phải là một địa chỉ web.", en="it is not a web address.")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise EndpointRefused(
                vi="hãy bỏ tên đăng nhập, mật khẩu và phần sau dấu #.",
                en="leave out user name, password and fragment.",
            )
        try:
            literal: Address | None = ipaddress.ip_address(host)
        except ValueError:
            literal = None
        if literal is not None and not self.allows(host):
            raise EndpointRefused(vi="địa chỉ mạng riêng không được dùng.", en="it lies in a private network.")
        locally = (literal is not None and self.excepts(literal)) or (host == "localhost" and bool(self._allowed))
        if parts.scheme != "https" and not (parts.scheme == "http" and locally):
            raise EndpointRefused(vi="địa chỉ phải bắt đầu bằng https://.", en="it must begin with https://.")


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses it has itself resolved and checked, so that nothing can change in between.

    The name stays what TLS verifies and what the ``Host`` header says.
    """

    def __init__(self, reach: Reach, resolve: Resolve, inner: httpcore.AsyncNetworkBackend) -> None:
        self._reach = reach
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library asks for it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"the name is not known: {error}") from error
        if not addresses or not all(self._reach.allows(each) for each in addresses):
            # One forbidden address among public ones is a trap, not a choice.
            raise httpcore.ConnectError("the name leads to an address in a private network")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of ``host`` as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Posting(Protocol):
    """Whatever carries a webhook to its receiver."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Send once; what went wrong is an answer, never an error."""
        ...


class Endpoints:
    """Posts to receivers over the network."""

    def __init__(self, reach: Reach, resolve: Resolve = resolved, seconds: float = SECONDS) -> None:
        self.reach = reach
        self._seconds = seconds
        secured = ssl.create_default_context()
        network = PinnedNetwork(reach, resolve, httpcore.AnyIOBackend())

        def dial(origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
            return httpcore.AsyncHTTPConnection(
                origin, ssl_context=secured, keepalive_expiry=IDLE_SECONDS, network_backend=network
            )

        self._lines = Lines(dial)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Send once, and read no more of the answer than its beginning."""
        try:
            self.reach.check(url)
            async with asyncio.timeout(self._seconds):
                return await self._exchanged(url, headers, body, now)
        except EndpointRefused as refused:
            return Answer("failed", None, str(refused))
        except TimeoutError:
            return Answer("failed", None, f"no answer within {self._seconds:g} s")
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            return Answer("failed", None, f"{type(error).__name__}: {error}"[:300])

    async def _exchanged(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        async with self._lines.post(url, {"Host": urlsplit(url).netloc, **headers}, body) as response:
            said = b""
            # The status decides; what follows is for the record and for the challenge, so it may break off.
            with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
                async with asyncio.timeout(BODY_SECONDS):
                    async for chunk in response.aiter_stream():
                        said += chunk[: MOST_READ - len(said)]
                        if len(said) >= MOST_READ:
                            break
            return _judged(response.status, dict(response.headers), said, now)

    async def close(self) -> None:
        await self._lines.close()


def _judged(status: int, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Answer:
    given = {name.lower(): value for name, value in headers.items()}
    said = f"{status} {' '.join(body[:200].decode(errors='replace').split())}".strip()
    if 200 <= status < 300:
        return Answer("delivered", status, said, body)
    if status == 410:
        return Answer("gone", status, said)
    asked = _asked(given.get(b"retry-after", b"").decode("ascii", "replace"), now)
    return Answer("failed", status, said if status >= 400 else f"{status}: redirects are not followed", asked=asked)


def _asked(retry_after: str, now: datetime) -> timedelta | None:
    """A ``Retry-After`` in seconds or as a date."""
    if retry_after.isdigit() and len(retry_after) < 8:
        return timedelta(seconds=int(retry_after))
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - now, timedelta())

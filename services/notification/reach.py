"""Which addresses a webhook may go to: public ones, looked at again in the moment of connecting."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from shared.errors import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text."""


class EndpointRefused(Refusal):
    status = 422
    vi = "Không thể gửi tới địa chỉ này: {vi}"
    en = "Nothing can be sent to this address: {en}"


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


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of ``host`` as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class CheckedNames(AbstractResolver):
    """Gives the addresses a connection is opened to, so that nothing can change between the check and the connection.

    The name stays what TLS verifies and what the ``Host`` header says.
    """

    def __init__(self, reach: Reach, resolve: Resolve = resolved) -> None:
        self._reach = reach
        self._resolve = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises ``OSError`` for a name that is unknown, or that leads where no webhook may go."""
        addresses = await self._resolve(host, port)
        if not addresses or not all(self._reach.allows(each) for each in addresses):
            # One forbidden address among public ones is a trap, not a choice.
            raise OSError(errno.EACCES, "the name leads to an address in a private network")
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """There is nothing to be closed."""

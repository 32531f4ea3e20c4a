"""How often one address may ask what is open to everybody; kept in memory, and only for as long as it matters."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil

from starlette.requests import Request

from shared.errors import Refusal

MOST_REMEMBERED = 20_000


class TooManyRequests(Refusal):
    status = 429
    vi = "Địa chỉ này hỏi quá nhanh. Hãy thử lại sau {seconds} giây."
    en = "This address asks too often. Try again in {seconds} s."


class Throttle:
    """``dependencies=[PUBLIC, Depends(throttle)]``: each address gets ``rate`` requests a second, ``burst`` at once."""

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, request: Request) -> None:
        wait = self.take(request.client.host if request.client is not None else "")
        if wait > 0:
            raise TooManyRequests(seconds=ceil(wait))

    def take(self, address: str) -> float:
        """Count one request; seconds until the next is answered when this one is not, else 0."""
        key, now = _network(address), self._monotonic()
        left, at = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._rate)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_REMEMBERED:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate


def _network(address: str) -> str:
    """An IPv6 customer holds a whole /64, so that is what is counted."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return found.packed[:8].hex() if isinstance(found, IPv6Address) else address

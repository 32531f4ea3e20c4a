"""Papers that a mail brings with it: fetched from the service that keeps them just before the mail leaves."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from services.notification.domain.delivery import Delivery, SentPaper
from services.notification.domain.rules import PaperName
from shared.clock import Clock
from shared.errors import NotFound
from shared.peers import FileTooLarge, Peer, PeerAway, PeerRefuses

LARGEST = 3 * 1024 * 1024
"""Bytes of a paper; with the third that mail adds, four megabytes pass everywhere."""
PATIENCE = timedelta(hours=1)
"""For so long after its event a mail waits for a paper that cannot be had; then it goes without."""
REST = timedelta(seconds=30)
"""A service that is away is not asked again for so long, so that the mails behind do not wait for its silence."""


class Paper(NamedTuple):
    """A PDF by the name its reader sees, or why there is none."""

    name: str
    content: bytes = b""
    lacking: str | None = None

    def sent(self) -> SentPaper | None:
        """What the record keeps of it."""
        if self.lacking is not None:
            return None
        return SentPaper(name=self.name, size=len(self.content), digest=sha256(self.content).hexdigest())


class Place(NamedTuple):
    """Where a paper lies, and how its file is called."""

    service: str
    path: str
    name: str


def _letter(code: str, name: str) -> Callable[[Delivery], Place]:
    def place(delivery: Delivery) -> Place:
        # Events of a dossier have it as their subject, those about its result name it.
        dossier = str(delivery.facts.get("dossier_id", delivery.cause.subject))
        return Place("dossier", f"/dossiers/{quote(dossier, safe='')}/letters/{code}", name)

    return place


def _signed_print(delivery: Delivery) -> Place:
    number = str(delivery.facts["number"])
    path = f"/certificates/{quote(number, safe='')}/print/signed"
    return Place("certification", path, f"Giấy chứng nhận {number}.pdf")


PLACES: Mapping[PaperName, Callable[[Delivery], Place]] = {
    "result": _letter("result", "Thông báo kết quả.pdf"),
    "supplement-request": _letter("supplement-request", "Yêu cầu bổ sung.pdf"),
    "signed-print": _signed_print,
}


class Papers:
    """Asks the other services, by their names, with the service token."""

    def __init__(self, peers: Mapping[str, Peer], clock: Clock, watch: Clock) -> None:
        self._peers = peers
        self._clock = clock
        self._watch = watch
        self._rests = dict.fromkeys(peers, watch())

    async def of(self, delivery: Delivery) -> Paper | None:
        """The paper its rule asks for, if any.

        Raises ``PeerAway`` as long as it is worth waiting for. One that is not there or too large is not waited for.
        """
        if delivery.paper is None:
            return None
        place = PLACES[delivery.paper](delivery)
        try:
            return Paper(place.name, await self._fetched(place, delivery.authority))
        except NotFound:
            return Paper(place.name, lacking="there is none")
        except FileTooLarge as error:
            return Paper(place.name, lacking=str(error))
        except PeerAway as error:
            if self._clock() - delivery.cause.time < PATIENCE:
                raise
            return Paper(place.name, lacking=str(error))

    async def _fetched(self, place: Place, authority: str) -> bytes:
        if self._watch() < self._rests[place.service]:
            raise PeerAway(f"the {place.service} service did not answer just now")
        try:
            return await self._peers[place.service].file(place.path, authority, LARGEST)
        except PeerRefuses:
            raise
        except PeerAway:
            self._rests[place.service] = self._watch() + REST
            raise

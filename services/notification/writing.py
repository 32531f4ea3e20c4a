"""The loop that makes a letter into one message for each owner it is meant for, however often it is interrupted."""

import asyncio
from functools import partial

from pydantic import JsonValue

from services.notification.domain.delivery import Delivery
from services.notification.domain.letter import Letter
from services.notification.domain.planning import planned, said_here
from services.notification.domain.rules import LETTER_WRITTEN
from services.notification.store import Deliveries, KnownCertificates, Letters
from shared.clock import Clock
from shared.document import Decision
from shared.envelope import named
from shared.errors import Unavailable
from shared.telemetry import log_for

log = log_for(__name__)

IDLE_SECONDS = 1.0
MOST_AT_ONCE = 500


class Writing:
    """One worker's loop. A message's id is made of its letter and its owner, so that two workers write one."""

    def __init__(self, letters: Letters, certificates: KnownCertificates, deliveries: Deliveries, clock: Clock) -> None:
        self._letters = letters
        self._certificates = certificates
        self._deliveries = deliveries
        self._clock = clock

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            try:
                await self.round()
            except Unavailable as error:
                log.warning("writing_waits", reason=str(error))
            await asyncio.sleep(IDLE_SECONDS)

    async def round(self) -> None:
        """Send out every letter that is due."""
        for id in await self._letters.due(self._clock(), MOST_AT_ONCE):
            letter = await self._letters.get(id)
            owners = await self._owners(letter)
            for start in range(0, len(owners), MOST_AT_ONCE):
                some = owners[start : start + MOST_AT_ONCE]
                await asyncio.gather(*(self._deliveries.add(message(letter, owner)) for owner in some))
            await self._letters.change(id, partial(_sent_out, len(owners)))
            log.info("letter_sent_out", letter=id, owners=len(owners))

    async def _owners(self, letter: Letter) -> list[str]:
        """Each owner once, however many products are meant."""
        chosen = self._certificates.every(letter.chosen.where(letter.authority), at_once=MOST_AT_ONCE)
        return sorted({each.owner_id async for each in chosen if each.owner_id is not None})


def _sent_out(owners: int, letter: Letter) -> Decision[Letter]:
    return letter.sent_out(owners)


def message(letter: Letter, owner: str) -> Delivery:
    """The letter for one owner."""
    cause = said_here(LETTER_WRITTEN, letter.id, letter.authority, letter.id, letter.written_at)
    facts: dict[str, JsonValue] = {"title": letter.title, "paragraphs": list(letter.paragraphs)}
    return planned(
        LETTER_WRITTEN,
        cause,
        id=named(letter.id, owner),
        authority=letter.authority,
        recipient=owner,
        facts=facts,
        due=letter.written_at,
    )

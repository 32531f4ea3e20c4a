"""Taking up what was left: decisions, acts and inspections that a crash stopped half-way."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from services.certification.acting import Acting
from services.certification.following_up import follow_up
from services.certification.issuing import Issuing
from services.certification.store import Acts, Decisions, Inspections, RevocationCases
from shared.clock import Clock
from shared.errors import Unavailable
from shared.telemetry import log_for

log = log_for(__name__)

MOST_AT_ONCE = 20
LOOK_EVERY = 1.0
"""Seconds between two looks for what was left."""


@dataclass(frozen=True)
class Resuming:
    """Carries on what has been left for longer than a request takes; several workers may do it at once."""

    decisions: Decisions
    acts: Acts
    inspections: Inspections
    cases: RevocationCases
    issuing: Issuing
    acting: Acting
    clock: Clock

    async def once(self) -> int:
        """How much there was."""
        now = self.clock()
        work: list[Coroutine[Any, Any, object]] = []
        for id in await self.decisions.due(now, MOST_AT_ONCE):
            work.append(self.issuing.carry_out(id, (await self.decisions.get(id)).attempt))
        for id in await self.acts.due(now, MOST_AT_ONCE):
            work.append(self.acting.carry_out(id, (await self.acts.get(id)).attempt))
        work += [follow_up(id, self.inspections, self.cases) for id in await self.inspections.due(now, MOST_AT_ONCE)]
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(outcome, Unavailable):
                raise outcome
            if isinstance(outcome, BaseException):
                # One that cannot be carried on must not keep the others from their end.
                log.error("decision_not_carried_on", error=repr(outcome))
        return len(work)

    async def for_ever(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except Unavailable as error:
                log.warning("decisions_wait", reason=str(error))
            await asyncio.sleep(LOOK_EVERY)

"""Hand-overs over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field, PositiveInt

from services.certification.domain.handover import MOST_HANDED_OVER, HandedOverAhead, Handover, open_handover
from services.certification.issuing import HandingOver
from services.certification.routes.forms import Asked, CertificateNumber, Told
from services.certification.store import Handovers, Recognitions
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Router, command
from shared.identity import Caller, allow
from shared.text import Text


class HandoverAsked(Asked):
    """Certificates given to their owners on one day in one place."""

    numbers: Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_HANDED_OVER)]
    handed_over_on: date
    place: Annotated[str, Text(200)]


class HandoverReceipt(Told):
    id: str
    state: Literal["recorded"]
    handed_over: PositiveInt


def handover_routes(recognitions: Recognitions, handovers: Handovers, handing: HandingOver, clock: Clock) -> Router:
    router = Router(tags=["hand-overs"])

    @router.post("/handovers", status_code=201)
    async def record_handover(
        asked: HandoverAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> HandoverReceipt:
        """Record that certificates were handed over, all or none of those named."""
        now = clock()
        if asked.handed_over_on > day(now):
            raise HandedOverAhead(on=asked.handed_over_on, today=day(now))
        id = f"handover/{command.id}"
        known = await recognitions.of_certificates(caller.authority, set(asked.numbers))

        def opened(held: Handover | None) -> Decision[Handover]:
            made = open_handover(id, caller.authority, asked.numbers, asked.handed_over_on, asked.place, known, now)
            return made, ()

        await handovers.settle(id, opened, command=command)
        done = await handing.carry_out(id)
        return HandoverReceipt(id=id, state="recorded", handed_over=len(done.certificates))

    return router

"""Councils over HTTP: set up by decision, version after version, and the regulation they sit by."""

from datetime import date
from typing import Annotated

from fastapi import Depends

from services.scoring.councils import Regulations
from services.scoring.domain.council import Council, Membership, council_id, set_up
from services.scoring.domain.regulation import Regulation
from services.scoring.routes.asking import COUNCIL
from services.scoring.store import Councils
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Router, Told, command
from shared.identity import Caller, allow


class MembershipReceipt(Told):
    """The membership is on file."""

    authority: str
    decision: str
    since: date


class CouncilView(Told):
    """The council as it sits on a day, and its regulation of that day."""

    authority: str
    on: date
    membership: Membership
    regulation: Regulation


def routes(councils: Councils, regulations: Regulations, clock: Clock) -> Router:
    router = Router(tags=["councils"])

    @router.post("/councils", status_code=201)
    async def set_up_council(
        membership: Membership,
        caller: Annotated[Caller, allow("chair", "agency")],
        command: Annotated[Command, Depends(command)],
    ) -> MembershipReceipt:
        """Enter the decision that sets up the council of the caller's authority, or renews it from a day on."""
        id = council_id(caller.authority)

        def with_membership(held: Council | None) -> Decision[Council]:
            return set_up(held or Council(id=id, authority=caller.authority), membership), ()

        def answer(council: Council) -> MembershipReceipt:
            return MembershipReceipt(authority=council.authority, decision=membership.decision, since=membership.since)

        saved = await councils.settle(id, with_membership, command=command, answer=answer)
        return MembershipReceipt.model_validate(saved.answer)

    @router.get("/council")
    async def show_council(
        caller: Annotated[Caller, allow(*COUNCIL, "chair", "agency")], on: date | None = None
    ) -> CouncilView:
        """The council of the caller's authority `on` a day, today when none is given."""
        when = on or day(clock())
        membership = (await councils.get(council_id(caller.authority))).on(when)
        regulation = regulations.on(caller.authority, when)
        return CouncilView(authority=caller.authority, on=when, membership=membership, regulation=regulation)

    return router

"""The agency's step over HTTP: a second number, the package to the centre, and the end of a case with its reasons."""

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Depends
from pydantic import Field

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.ending import end
from services.dossier.domain.machine import MOVERS
from services.dossier.domain.steps import Ended, EndingGround, Package
from services.dossier.domain.submission import forward, register
from services.dossier.events.spoken import (
    DossierDisqualified,
    DossierReceived,
    DossierStopped,
    DossierSubmitted,
    OfEnded,
)
from services.dossier.routes.entry import AGENCY, NewLetter, NewReceipt, Samples, receipt_at
from services.dossier.routes.moving import Moving
from services.dossier.routes.views import DossierReceipt, SubmissionReceipt
from shared.command import Command
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text


class NewForwarding(Asked):
    """The package of article 6.3.

    After the province's rating the approval and two reports are asked for; a renewal of 5 stars has the agency's
    report in their place.
    """

    letter: NewLetter
    approval_decision: NewLetter | None = None
    advisory_report: NewLetter | None = None
    council_report: NewLetter | None = None
    agency_report: NewLetter | None = None
    extra_tests: Annotated[tuple[NewLetter, ...], Field(max_length=50)] = ()
    samples: Samples = 0

    def package(self, on: date) -> Package:
        return Package.model_validate({**self.model_dump(), "on": on})


class NewEnd(Asked):
    """Why the case ends. ``reason`` stays here; others hear of the ``ground`` only."""

    ground: EndingGround
    reason: Annotated[str, Text(2000, lines=True)]

    def ended(self, state: Literal["stopped", "disqualified"], on: date) -> Ended:
        return Ended(state=state, ground=self.ground, reason=self.reason, on=on)


class RegistrationReceipt(DossierReceipt):
    """The province's number of the dossier."""

    number: str
    received_on: date

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        registered = dossier.registered
        assert registered is not None
        return cls(id=dossier.id, state=dossier.told, number=registered.number, received_on=registered.on)


def routes(moving: Moving) -> Router:
    router = Router(prefix="/dossiers", tags=["agency"])

    async def ended(id: str, caller: Caller, command: Command, how: Ended, fact: type[OfEnded]) -> DossierReceipt:
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: end(dossier, how, caller.role),
            lambda before, after: (fact.of(after, how),),
            DossierReceipt,
        )

    @router.post("/{id}/registration")
    async def register_dossier(
        id: str,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
        new: NewReceipt | None = None,
    ) -> RegistrationReceipt:
        receipt = await receipt_at(AGENCY, moving, id, caller, new)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: register(dossier, receipt, caller.role),
            lambda before, after: (DossierReceived.of(after, "agency", receipt),),
            RegistrationReceipt,
        )

    @router.post("/{id}/forwarding")
    async def forward_dossier(
        id: str,
        new: NewForwarding,
        caller: Annotated[Caller, allow(*MOVERS, stage=("lodging", "deciding"))],
        command: Annotated[Command, Depends(command)],
    ) -> SubmissionReceipt:
        on = moving.today
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: forward(dossier, new.package(on), by=caller.role, on=on),
            lambda before, after: (DossierSubmitted.of(after, after.submissions[-1]),),
            SubmissionReceipt,
        )

    @router.post("/{id}/stop")
    async def stop_dossier(
        id: str,
        new: NewEnd,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DossierReceipt:
        return await ended(id, caller, command, new.ended("stopped", moving.today), DossierStopped)

    @router.post("/{id}/disqualification")
    async def disqualify_dossier(
        id: str,
        new: NewEnd,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DossierReceipt:
        return await ended(id, caller, command, new.ended("disqualified", moving.today), DossierDisqualified)

    return router

"""Acting at somebody's request: what is asked for, drawn up as an act over certificates, and carried to its end."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from services.certification.acting import Acting
from services.certification.catalogue import Regulations
from services.certification.domain.act import (
    LOOKED_AFTER,
    MOST_CERTIFICATES,
    Act,
    ActItem,
    ActRefused,
    Matter,
    open_act,
)
from services.certification.domain.decision import AttemptUnderWay, DecisionDatedAhead, Signer
from services.certification.domain.recognition import Recognition
from services.certification.domain.signing import check_signer
from services.certification.routes.forms import CertificateNumber, LegalNumber, SignerGiven, legal_number
from services.certification.store import Acts, Recognitions, Request, Requests, SigningRegisters
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw
from shared.http import Asked, Told
from shared.identity import Caller

Certificates = Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_CERTIFICATES)]


class ActAsked(Asked):
    """A signed decision over certificates of the caller's own authority."""

    number: LegalNumber
    decided_on: date
    signer: SignerGiven
    certificates: Certificates


class ActReceipt(Told):
    """What became of a decision over certificates."""

    id: str
    number: str
    state: Literal["issued"]
    certificates: PositiveInt


class Begun(Told):
    """Which attempt at which act a command began, remembered so that a repeat follows the same one."""

    id: str
    attempt: int


@dataclass(frozen=True)
class Performing:
    """Opens acts and carries them out: decisions over certificates, and ceremonies."""

    recognitions: Recognitions
    acts: Acts
    requests: Requests
    signing: SigningRegisters
    acting: Acting
    regulations: Regulations
    clock: Clock

    async def perform(
        self,
        caller: Caller,
        command: Command,
        id: str,
        numbers: list[str],
        on: date,
        matter: Matter,
        number: str | None = None,
        signer: Signer | None = None,
    ) -> Act:
        """Open the act and carry it out. Raises ``ActRefused``; then nothing was done."""
        now = self.clock()
        known = await self.recognitions.of_certificates(caller.authority, set(numbers))
        asked = Act(
            id=id,
            authority=caller.authority,
            due=now + LOOKED_AFTER,
            attempt=1,
            state="reserving",
            opened_at=now,
            number=number,
            on=on,
            signer=signer,
            matter=matter,
            items=tuple(ActItem(number=each, recognition_id=_id(known.get(each))) for each in numbers),
        )

        def opened(held: Act | None) -> Decision[Act]:
            return open_act(held, asked, {each: known[each] for each in numbers if each in known}), ()

        def answer(act: Act) -> Begun:
            return Begun(id=act.id, attempt=act.attempt)

        while True:
            try:
                saved = await self.acts.settle(id, opened, command=command, answer=answer)
                break
            except AttemptUnderWay as under_way:
                await self.acting.carry_out(id, under_way.attempt)
        attempt = Begun.model_validate(saved.answer).attempt
        act = await self.acting.carry_out(id, attempt)
        if act.attempt > attempt or act.state == "refused":
            flaws = [Flaw(flaw.pointer, flaw.vi, flaw.en) for flaw in act.refused_because]
            raise ActRefused(*flaws, count=len(flaws))
        return act

    async def decide(self, asked: ActAsked, caller: Caller, command: Command, matter: Matter) -> ActReceipt:
        today, authority = day(self.clock()), caller.authority
        number, full_number = legal_number(asked.number, self.regulations.authorities.symbol(authority))
        if asked.decided_on > today:
            raise DecisionDatedAhead(decided_on=asked.decided_on, today=today)
        id = f"act/{authority}/{asked.decided_on.year}/{number}"
        await self.requests.add(
            Request(id=f"request/{command.id}", authority=authority, decision_id=id), command=command
        )
        signer = Signer(name=asked.signer.name, position=asked.signer.position)
        check_signer(await self.signing.of(authority), signer, asked.decided_on)
        act = await self.perform(caller, command, id, asked.certificates, asked.decided_on, matter, full_number, signer)
        return ActReceipt(id=id, number=full_number, state="issued", certificates=len(act.items))


def _id(recognition: Recognition | None) -> str | None:
    return recognition.id if recognition is not None else None

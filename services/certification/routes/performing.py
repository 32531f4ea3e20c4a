"""Acting at somebody's request: what is asked for, drawn up as an act over certificates, and carried to its end."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from services.certification.acting import Acting
from services.certification.attempting import attempted
from services.certification.catalogue import Regulations
from services.certification.domain.act import (
    MOST_CERTIFICATES,
    Act,
    ActItem,
    ActRefused,
    Matter,
    open_act,
)
from services.certification.domain.decision import LOOKED_AFTER, AttemptForgotten, Signer
from services.certification.domain.recognition import Recognition
from services.certification.routes.forms import CertificateNumber
from services.certification.routes.signed import SignedAsked, legal_number, signed
from services.certification.store import Acts, Recognitions, Requests, SigningRegisters
from shared.clock import Clock, day
from shared.command import Command
from shared.http import Told
from shared.identity import Caller

Certificates = Annotated[list[CertificateNumber], Field(min_length=1, max_length=MOST_CERTIFICATES)]


class ActAsked(SignedAsked):
    """A signed decision over certificates of the caller's own authority."""

    certificates: Certificates


class ActReceipt(Told):
    """What became of a decision over certificates."""

    id: str
    number: str
    state: Literal["issued"]
    certificates: PositiveInt


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
        """Open the act and carry it out. Raises ``ActRefused``; then nothing was done.

        Only why its last attempt was refused is kept; the repeat of an earlier one gets ``AttemptForgotten``.
        """
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

        def opened(held: Act | None) -> Act:
            return open_act(held, asked, {each: known[each] for each in numbers if each in known})

        attempt, act = await attempted(self.acts, id, opened, self.acting.carry_out, command)
        if act.attempt > attempt:
            raise AttemptForgotten()
        if act.state == "refused":
            raise ActRefused(*(kept.flaw for kept in act.refused_because), count=len(act.refused_because))
        return act

    async def decide(self, asked: ActAsked, caller: Caller, command: Command, matter: Matter) -> ActReceipt:
        """Open the act a signed decision is about and carry it out. Raises as ``perform`` and ``signed`` do."""
        authority = caller.authority
        number, full_number = legal_number(asked.number, self.regulations.authorities.symbol(authority))
        signer = await signed(asked, authority, self.signing, day(self.clock()))
        id = f"act/{authority}/{asked.decided_on.year}/{number}"
        await self.requests.note(command, authority, id)
        act = await self.perform(caller, command, id, asked.certificates, asked.decided_on, matter, full_number, signer)
        return ActReceipt(id=id, number=full_number, state="issued", certificates=len(act.items))


def _id(recognition: Recognition | None) -> str | None:
    return recognition.id if recognition is not None else None

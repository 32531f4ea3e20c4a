"""The register of signers over HTTP."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Path

from services.certification.domain.signing import Signatory, SigningRegister, enter, leave
from services.certification.store import SigningRegisters, signing_register_id
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.text import Text


class SignatoryAsked(Asked):
    """One person in one office; a deputy's begins with «KT.»."""

    name: Annotated[str, Text(120)]
    position: Annotated[str, Text(200)]
    since: date
    until: date | None = None
    basis: Annotated[str, Text(200)]


class EndAsked(Asked):
    until: date
    """The last day."""


class Register(Told):
    signatories: list[Signatory]

    @classmethod
    def of(cls, register: SigningRegister) -> Self:
        return cls(signatories=list(register.signatories))


class Entered(Told):
    id: str


def signatory_routes(signing: SigningRegisters) -> Router:
    router = Router(tags=["signatories"])

    @router.get("/signatories")
    async def list_signatories(caller: Annotated[Caller, allow("chair", "agency", "observer")]) -> Register:
        """Who may sign the decisions of the caller's authority, of today and of before."""
        register = await signing.of(caller.authority)
        return Register.of(register) if register is not None else Register(signatories=[])

    @router.post("/signatories", status_code=201)
    async def enter_signatory(
        asked: SignatoryAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> Entered:
        """Enter a signer; from the first line on nobody else signs for this authority."""
        id = signing_register_id(caller.authority)
        signatory = Signatory(id=command.id, **asked.model_dump())

        def entered(held: SigningRegister | None) -> Decision[SigningRegister]:
            return enter(held or SigningRegister(id=id, authority=caller.authority), signatory), ()

        saved = await signing.settle(id, entered, command=command, answer=lambda _: Entered(id=signatory.id))
        return Entered.model_validate(saved.answer)

    @router.post("/signatories/{id}/end")
    async def end_signatory(
        id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")],
        asked: EndAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> Entered:
        """Say until when somebody signed."""

        def ended(held: SigningRegister) -> Decision[SigningRegister]:
            return leave(held, id, asked.until), ()

        await signing.change(signing_register_id(caller.authority), ended, command=command)
        return Entered(id=id)

    return router

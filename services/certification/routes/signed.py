"""What every signed decision of an authority says of itself: its number, its day and who signed it."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.certification.domain.decision import DecisionDatedAhead, Signer
from services.certification.domain.signing import check_signer
from services.certification.store import SigningRegisters
from shared.errors import Flaw
from shared.http import Asked
from shared.problems import RequestInvalid
from shared.text import Text

LegalNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}[a-z]?(/QĐ-[A-ZĐ]{2,10})?$", examples=["123/QĐ-UBND"])]
"""A decision's number, with or without its symbol: `123` or `123/QĐ-UBND`."""


class SignerGiven(Asked):
    """The office holder who signed."""

    name: Annotated[str, Text(120)]
    position: Annotated[str, Text(200)]


class SignedAsked(Asked):
    """A paper as it was signed."""

    number: LegalNumber
    decided_on: date
    signer: SignerGiven


def legal_number(given: str, ours: str) -> tuple[str, str]:
    """The number alone and with its symbol. Raises ``RequestInvalid`` for a symbol that is another issuer's."""
    number, _, symbol = given.partition("/")
    if symbol and symbol != ours:
        flaw = Flaw("/number", f"Ký hiệu của cơ quan này là {ours}.", f"The symbol of this authority is {ours}.")
        raise RequestInvalid(flaw, count=1)
    return number, f"{number}/{ours}"


async def signed(asked: SignedAsked, authority: str, signing: SigningRegisters, today: date) -> Signer:
    """Who signed. Raises ``DecisionDatedAhead`` and what ``check_signer`` raises."""
    if asked.decided_on > today:
        raise DecisionDatedAhead(decided_on=asked.decided_on, today=today)
    signer = Signer(name=asked.signer.name, position=asked.signer.position)
    check_signer(await signing.of(authority), signer, asked.decided_on)
    return signer

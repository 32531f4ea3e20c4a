"""What an officer enters, and the number it is entered under: at the commune first, at the provincial agency again."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from services.dossier.domain.dossier import Dossier, check
from services.dossier.domain.machine import Name
from services.dossier.domain.number import registration_number
from services.dossier.domain.steps import Letter, Receipt
from services.dossier.routes.moving import Moving
from shared.http import Asked
from shared.identity import Caller
from shared.text import Text

Samples = Annotated[int, Field(strict=True, ge=0, le=1000)]


class NewReceipt(Asked):
    """The samples that came with the dossier."""

    samples: Samples = 0


class NewLetter(Asked):
    """A letter, report or decision by its number and date."""

    number: Annotated[str, Text(60)]
    on: date

    def letter(self) -> Letter:
        return Letter(number=self.number, on=self.on)


class Desk(NamedTuple):
    """Where a dossier is entered: by which move, whose series gives the number, and how the number is marked."""

    move: Name
    series_of: Callable[[Dossier], str | None]
    mark: Literal["X", "T"]
    entered: Callable[[Dossier], Receipt | None]


COMMUNE = Desk("receive", lambda dossier: dossier.commune, "X", lambda dossier: dossier.received)
AGENCY = Desk("register", lambda dossier: None, "T", lambda dossier: dossier.registered)


async def receipt_at(desk: Desk, moving: Moving, id: str, caller: Caller, new: NewReceipt | None) -> Receipt:
    """The receipt of a dossier with its number; one whose entry was refused meanwhile keeps the number all the same."""
    on, samples = moving.today, (new or NewReceipt()).samples
    held = await moving.dossiers.get(id, caller.within)
    before = desk.entered(held)
    if before is not None:
        number = before.number
    else:
        check(held, desk.move, caller.role)
        given = await moving.numbers.give("registration", held.authority, desk.series_of(held), on, on.year, id)
        number = registration_number(given, held.authority, held.commune, on.year, desk.mark)
    return Receipt(number=number, on=on, by=caller.subject, samples=samples)

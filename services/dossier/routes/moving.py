"""How a move is made over HTTP: decided by a rule on the day it is, saved with the deadlines that follow from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.regulation import Regulation
from services.dossier.routes.views import DossierReceipt
from services.dossier.store import Dossiers, Numbers
from services.dossier.timers import timed
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision, Fact
from shared.identity import Caller

R = TypeVar("R", bound=DossierReceipt)


@dataclass(frozen=True)
class Moving:
    """What every move needs."""

    dossiers: Dossiers
    numbers: Numbers
    regulation: Regulation
    clock: Clock

    @property
    def today(self) -> date:
        return day(self.clock())

    async def make(
        self,
        id: str,
        caller: Caller,
        command: Command,
        rule: Callable[[Dossier], Dossier],
        facts: Callable[[Dossier, Dossier], Sequence[Fact]],
        receipt: type[R],
    ) -> R:
        """The receipt of a move: ``rule`` decides, ``facts`` says so, and all of it is saved in one write."""

        def decide(dossier: Dossier) -> Decision[Dossier]:
            after = rule(dossier)
            return timed(after, self.regulation), facts(dossier, after)

        saved = await self.dossiers.change(id, decide, command=command, answer=receipt.of, within=caller.within)
        return receipt.model_validate(saved.answer)

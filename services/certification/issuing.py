"""Carrying decisions to their end over many documents, from wherever a crash has left them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.certification.catalogue import Regulations
from services.certification.domain.decision import (
    RecognitionDecision,
    issue,
    refuse,
    release,
    repeated,
)
from services.certification.domain.recognition import Recognition, Reservation
from services.certification.domain.reserving import (
    AttemptOver,
    Claim,
    ItemRefused,
    NoSuchResult,
    ProductReserved,
    give_up,
    reserve,
)
from services.certification.events.results import RecognitionDecided
from services.certification.store import Decisions, LegalNumbers, Recognitions
from services.certification.together import together
from shared.document import Decision
from shared.errors import Flaw


class Issuing:
    """Brings a decision to its end: all its products reserved and issued by one write, or all let go and refused.

    Any number of processes may work on one decision at the same time, and each may die between any two steps. Every
    step is a compare-and-set that is the same when it is done again, and these hold:

    - A product is reserved for an attempt at a decision, and only while the decision says that attempt is
      ``reserving`` can it be issued. So a decision is first given up by one write of its own (``releasing``), and
      only then are its products let go; a process that has seen all of them reserved issues by a write of the same
      document, and one of the two comes too late.
    - Letting go marks each product as given up by that attempt, so that a process that was asleep meanwhile cannot
      reserve it once more and leave it so for ever.
    - A number is used for another attempt only when the last one has let everything go (``refused``).
    - Of two decisions that meet over a product the one opened first goes on: it brings the other to its end, and
      the other, meeting the first, is refused. The order is the same for everybody, so nobody waits in a circle and
      one of them is issued. A decision that is issued already is never overtaken.
    """

    def __init__(
        self, decisions: Decisions, recognitions: Recognitions, numbers: LegalNumbers, regulations: Regulations
    ) -> None:
        self._decisions = decisions
        self._recognitions = recognitions
        self._numbers = numbers
        self._regulations = regulations

    async def carry_out(self, id: str, attempt: int) -> RecognitionDecision:
        """The decision after ``attempt`` has ended, whoever ended it. Raises ``Unavailable``; then it is resumed."""
        while True:
            decision = await self._decisions.get(id)
            if decision.ended(attempt):
                return decision
            if decision.state == "releasing":
                await self._release(decision)
                continue
            held = await self._hold(decision)
            flaws = held.flaws
            if held.all:
                flaws = await self._numbers.take(decision.authority, decision.year, decision.full_number, id)
            if flaws:
                await self._decisions.change(id, _refusing(attempt, flaws))
            elif held.all:
                await self._decisions.change(id, _issuing(attempt))

    async def _hold(self, decision: RecognitionDecision) -> "_Held":
        """Reserve every product of the decision, as far as that can be done now."""
        if flaws := repeated(decision):
            return _Held(False, flaws)
        met = await together(self._reserve(item.recognition_id, decision.claim(item)) for item in decision.items)
        if any(isinstance(one, AttemptOver) for one in met):
            return _Held(False, [])
        rivals = {one.by for one in met if isinstance(one, ProductReserved)}
        overcome = {by for by in rivals if await self._overcome(decision, by)}
        flaws = [
            refused.flaw(f"/items/{n}/{refused.field}")
            for n, refused in enumerate(met)
            if refused is not None and not (isinstance(refused, ProductReserved) and refused.by in overcome)
        ]
        return _Held(not any(met), flaws)

    async def _reserve(self, recognition_id: str | None, claim: Claim) -> ItemRefused | None:
        if recognition_id is None:
            return NoSuchResult()

        def reserved(recognition: Recognition) -> Decision[Recognition]:
            return reserve(recognition, claim, self._regulations.rule_sets), ()

        try:
            await self._recognitions.change(recognition_id, reserved)
        except ItemRefused as refused:
            return refused
        return None

    async def _overcome(self, decision: RecognitionDecision, by: Reservation) -> bool:
        """Whether a product another decision holds may be free now."""
        other = await self._decisions.get(by.decision_id)
        if other.is_at(by.attempt, "reserving") and by.rank < decision.reservation.rank:
            return False
        other = await self.carry_out(by.decision_id, by.attempt)
        return not (other.attempt == by.attempt and other.state == "issued")

    async def _release(self, decision: RecognitionDecision) -> None:
        id, attempt = decision.id, decision.attempt
        await together(
            self._give_up(item.recognition_id, item.evaluation_id, id, attempt)
            for item in decision.items
            if item.recognition_id is not None
        )
        await self._decisions.change(id, lambda held: (release(held, attempt), ()))

    async def _give_up(self, recognition_id: str, evaluation_id: str, id: str, attempt: int) -> None:
        await self._recognitions.change(recognition_id, lambda held: (give_up(held, evaluation_id, id, attempt), ()))


class _Held(NamedTuple):
    """Whether every product is reserved, and why some cannot be; neither when it is to be tried once more."""

    all: bool
    flaws: list[Flaw]


def _refusing(attempt: int, flaws: Sequence[Flaw]) -> Callable[[RecognitionDecision], Decision[RecognitionDecision]]:
    return lambda held: (refuse(held, attempt, flaws), ())


def _issuing(attempt: int) -> Callable[[RecognitionDecision], Decision[RecognitionDecision]]:
    def issued(held: RecognitionDecision) -> Decision[RecognitionDecision]:
        after = issue(held, attempt)
        return after, () if after is held else (RecognitionDecided.of(after),)

    return issued

"""Deciding at somebody's request: what is asked for, drawn up as a decision, and carried to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field

from services.certification.attempting import attempted
from services.certification.catalogue import Regulations
from services.certification.domain.decision import (
    LOOKED_AFTER,
    MOST_ITEMS,
    DecisionRefused,
    Item,
    ItemLeftOut,
    RecognitionDecision,
    decision_id,
    open_attempt,
)
from services.certification.domain.recognition import Outcome, Recognition
from services.certification.domain.reserving import NoSuchResult
from services.certification.domain.rule_set import Stars
from services.certification.issuing import Issuing
from services.certification.routes.forms import EvaluationId
from services.certification.routes.signed import SignedAsked, legal_number, signed
from services.certification.store import Decisions, Recognitions, Requests, SigningRegisters
from shared.clock import Clock, day
from shared.command import Command
from shared.http import Asked, Told
from shared.problems import RequestInvalid
from shared.text import Text


class ItemAsked(Asked):
    """What the decision says of one result: recognised with stars, or not recognised."""

    evaluation_id: EvaluationId
    outcome: Outcome
    stars: Stars | None = None


class LeftOutAsked(Asked):
    """A result that the decision leaves out, and why; it waits for another decision."""

    evaluation_id: EvaluationId
    reason: Annotated[str, Text(500)]


class DecisionAsked(SignedAsked):
    """A signed decision. Its number may carry its symbol: `123` or `123/QĐ-UBND`."""

    items: Annotated[list[ItemAsked], Field(min_length=1, max_length=MOST_ITEMS)]
    left_out: Annotated[tuple[LeftOutAsked, ...], Field(max_length=MOST_ITEMS)] = ()


class CertificateGiven(Told):
    """A certificate the decision gives, and the result it is for."""

    evaluation_id: str
    number: str


class DecisionReceipt(Told):
    """What became of a decision."""

    id: str
    number: str
    state: Literal["issued"]
    certificates: list[CertificateGiven]

    @classmethod
    def of(cls, decision: RecognitionDecision) -> Self:
        given = [
            CertificateGiven(evaluation_id=item.evaluation_id, number=item.certificate_number)
            for item in decision.items
            if item.certificate_number is not None
        ]
        return cls(id=decision.id, number=decision.full_number, state="issued", certificates=given)


@dataclass(frozen=True)
class Deciding:
    """Draws decisions up and issues them; those that are asked for at once and those that were drafted."""

    recognitions: Recognitions
    decisions: Decisions
    requests: Requests
    signing: SigningRegisters
    issuing: Issuing
    regulations: Regulations
    clock: Clock

    async def drawn_up(
        self, asked: DecisionAsked, authority: str
    ) -> tuple[RecognitionDecision, dict[str, Recognition]]:
        """The decision as asked, and the recognitions it names by evaluation.

        Raises what speaks against it whole.
        """
        now = self.clock()
        number, full_number = legal_number(asked.number, self.regulations.authorities.symbol(authority))
        signer = await signed(asked, authority, self.signing, day(now))
        named = {item.evaluation_id for item in asked.items} | {out.evaluation_id for out in asked.left_out}
        known = await self.recognitions.of_evaluations(authority, named)
        decision = RecognitionDecision(
            id=decision_id(authority, asked.decided_on.year, number),
            authority=authority,
            due=now + LOOKED_AFTER,
            number=number,
            full_number=full_number,
            year=asked.decided_on.year,
            attempt=1,
            state="reserving",
            decided_on=asked.decided_on,
            signer=signer,
            opened_at=now,
            items=tuple(_item(item, known) for item in asked.items),
            left_out=_left_out(asked.left_out, known),
        )
        return decision, known

    async def issue(self, asked: DecisionAsked, authority: str, command: Command) -> DecisionReceipt:
        """The receipt of the decision, issued whole. Raises ``DecisionRefused`` and what ``drawn_up`` raises."""
        number, _ = legal_number(asked.number, self.regulations.authorities.symbol(authority))
        id = decision_id(authority, asked.decided_on.year, number)
        await self.requests.note(command, authority, id)
        drawn, _ = await self.drawn_up(asked, authority)

        def opened(held: RecognitionDecision | None) -> RecognitionDecision:
            return open_attempt(held, drawn)

        attempt, decision = await attempted(self.decisions, id, opened, self.issuing.carry_out, command)
        refusal = decision.refusal(attempt)
        if refusal is not None:
            raise DecisionRefused(*(kept.flaw for kept in refusal.flaws), count=refusal.count)
        return DecisionReceipt.of(decision)


def _item(asked: ItemAsked, known: Mapping[str, Recognition]) -> Item:
    recognition = known.get(asked.evaluation_id)
    result = recognition.result(asked.evaluation_id) if recognition is not None else None
    return Item(
        evaluation_id=asked.evaluation_id,
        outcome=asked.outcome,
        stars=asked.stars,
        recognition_id=recognition.id if recognition is not None else None,
        dossier_id=result.subject.dossier_id if result is not None else None,
    )


def _left_out(asked: Sequence[LeftOutAsked], known: Mapping[str, Recognition]) -> tuple[ItemLeftOut, ...]:
    """Raises ``RequestInvalid`` for a result that is not there."""
    flaws, found = [], []
    for n, out in enumerate(asked):
        recognition = known.get(out.evaluation_id)
        result = recognition.result(out.evaluation_id) if recognition is not None else None
        if recognition is None or result is None:
            flaws.append(NoSuchResult().flaw(f"/left_out/{n}/evaluation_id"))
            continue
        found.append(
            ItemLeftOut(
                evaluation_id=out.evaluation_id,
                recognition_id=recognition.id,
                dossier_id=result.subject.dossier_id,
                reason=out.reason,
            )
        )
    if flaws:
        raise RequestInvalid(*flaws, count=len(flaws))
    return tuple(found)

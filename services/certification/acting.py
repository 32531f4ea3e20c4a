"""Carrying acts (revocations, corrections, ceremonies …) to their end, from wherever a crash has left them."""

from collections.abc import Callable, Sequence
from typing import assert_never

from services.certification.catalogue import Regulations
from services.certification.domain.act import (
    Act,
    ActRefused,
    Matter,
    ProductHeld,
    carry_act,
    commit_act,
    finish_act,
    hold,
    refuse_act,
)
from services.certification.domain.annulment import Annulment
from services.certification.domain.ceremony import Ceremony
from services.certification.domain.certificate import Certificate
from services.certification.domain.complaint import annulled
from services.certification.domain.correction import Correction
from services.certification.domain.extension import Extension
from services.certification.domain.recognition import Recognition, Reservation
from services.certification.domain.removal import Removal
from services.certification.domain.revocation import Revocation
from services.certification.domain.revocation_case import revoked_by
from services.certification.events.certificates import (
    CertificateAnnulled,
    CertificateCorrected,
    CertificateExtended,
    CertificateHandedOver,
    CertificateRemoved,
    CertificateRevoked,
)
from services.certification.store import Acts, Complaints, LegalNumbers, Recognitions, RevocationCases
from services.certification.timers import timed
from services.certification.together import together
from shared.document import Decision, Fact
from shared.errors import Flaw


class Acting:
    """Brings an act to its end: every product held and the act committed by one write, or none touched.

    As with decisions any number of processes may work on one act and die between any two steps:

    - A product is held for an attempt. A hold is worth only what its attempt is: once that has ended, refused or
      carried out, the hold is void and the next act takes its place, so nothing has to be let go.
    - Of two acts that meet over a product the one opened first goes on: it brings the other to its end and then
      looks again; the other, meeting the first, is refused. So nobody waits in a circle.
    - The commit is one write of the act while it is still being reserved; after it the act is carried out product
      by product, each once, by whoever comes by.
    """

    def __init__(
        self,
        acts: Acts,
        recognitions: Recognitions,
        numbers: LegalNumbers,
        cases: RevocationCases,
        complaints: Complaints,
        regulations: Regulations,
    ) -> None:
        self._acts = acts
        self._cases = cases
        self._complaints = complaints
        self._recognitions = recognitions
        self._numbers = numbers
        self._regulations = regulations

    async def carry_out(self, id: str, attempt: int) -> Act:
        """The act after ``attempt`` has ended, whoever ended it. Raises ``Unavailable``; then it is resumed."""
        while True:
            act = await self._acts.get(id)
            if act.ended(attempt):
                return act
            if act.state == "reserving":
                held = await together(self._hold(act, product) for product in act.products)
                flaws = [flaw for product in held for flaw in product]
                if not flaws and act.number is not None:
                    flaws = await self._numbers.take(act.authority, act.on.year, act.number, act.id)
                await self._acts.change(id, _refusing(attempt, flaws) if flaws else _committing(attempt))
            else:
                await together(self._carry(act, product) for product in act.products)
                await self._close(act)
                await self._acts.change(id, lambda held: (finish_act(held), ()))

    async def _hold(self, act: Act, product: str) -> Sequence[Flaw]:
        """Hold one product for the act; what speaks against it."""
        void: Reservation | None = None

        def held(recognition: Recognition) -> Decision[Recognition]:
            return hold(recognition, act, void), ()

        while True:
            try:
                await self._recognitions.change(product, held)
            except ActRefused as refused:
                return refused.flaws
            except ProductHeld as met:
                other = await self._acts.get(met.by.decision_id)
                if not other.ended(met.by.attempt) and met.by.rank < act.reservation.rank:
                    return [met.flaw(f"/{act.matter.pointer}")]
                await self.carry_out(met.by.decision_id, met.by.attempt)
                void = met.by
            else:
                return ()

    async def _close(self, act: Act) -> None:
        """Close what the act answers: the cases that proposed a revocation, the complaint that was upheld."""
        matter, decision = act.matter, act.number or act.id
        if isinstance(matter, Revocation):
            for id in matter.cases:
                await self._cases.change(id, lambda held: (revoked_by(held, decision), ()))
        if isinstance(matter, Annulment) and matter.complaint is not None:
            await self._complaints.change(matter.complaint, lambda held: (annulled(held, decision), ()))

    async def _carry(self, act: Act, product: str) -> None:
        def carried(recognition: Recognition) -> Decision[Recognition]:
            after = carry_act(recognition, act)
            facts = [said(act.matter, certificate) for certificate in after.certificates]
            return timed(after.recognition, self._regulations.ladder), facts

        await self._recognitions.change(product, carried)


def _refusing(attempt: int, flaws: Sequence[Flaw]) -> Callable[[Act], Decision[Act]]:
    return lambda held: (refuse_act(held, attempt, flaws), ())


def _committing(attempt: int) -> Callable[[Act], Decision[Act]]:
    return lambda held: (commit_act(held, attempt), ())


def said(matter: Matter, certificate: Certificate) -> Fact:
    """What is said of a certificate on which the act has been carried out."""
    match matter:
        case Ceremony():
            return CertificateHandedOver.of(certificate)
        case Revocation():
            return CertificateRevoked.of(certificate)
        case Annulment():
            return CertificateAnnulled.of(certificate)
        case Extension():
            return CertificateExtended.of(certificate)
        case Correction():
            return CertificateCorrected.of(certificate)
        case Removal():
            return CertificateRemoved.of(certificate)
    assert_never(matter)

"""Events in: results that wait, dossiers taken back, and the chair's decision announced product by product."""

from __future__ import annotations

import asyncio
from datetime import date

from services.certification.catalogue import Regulations
from services.certification.domain.recognition import (
    Announcement,
    Recognition,
    Result,
    ScoreElsewhere,
    Withdrawal,
    announce,
    annul,
    wait,
    withdraw,
)
from services.certification.domain.rule_set import CENTRE
from services.certification.events import (
    CertificateExpired,
    CertificateIssued,
    CertificateReplaced,
    DecidedItem,
    DecisionHeard,
    DossierWithdrawn,
    ResultAnnounced,
    ScoreAnnulled,
    ScoreFinalized,
)
from services.certification.store import Recognitions
from services.certification.timers import timed
from shared.clock import day
from shared.delivery import Handlers
from shared.document import Decision, Fact
from shared.envelope import Received, named


async def await_decision(event: Received[ScoreFinalized], recognitions: Recognitions, regulations: Regulations) -> None:
    """Let a council's result wait for the chair; one whose dossier was taken back meanwhile does not wait."""
    product = event.data.product.id
    id = named(event.addressee, product)
    result = event.data.result(event.subject, day(event.time))

    def waiting(held: Recognition | None) -> Decision[Recognition]:
        recognition = held or Recognition(id=id, authority=event.addressee, product_id=product)
        return wait(recognition, result, regulations.rule_sets), ()

    await recognitions.settle(id, waiting, because=event)


async def annul_result(event: Received[ScoreAnnulled], recognitions: Recognitions) -> None:
    """Take an annulled result out of those that wait; the score itself came before, on the same subject."""
    id = named(event.addressee, event.data.product.id)
    await recognitions.change(id, lambda held: (annul(held, event.subject), ()), because=event)


async def take_back(event: Received[DossierWithdrawn], recognitions: Recognitions) -> None:
    """Take the results of a withdrawn dossier out of those that wait; one never submitted has none."""
    data = event.data
    if data.to is None or data.attempt is None:
        return
    if event.addressee not in (CENTRE, event.authority):
        raise ScoreElsewhere(authority=event.addressee, province=event.authority)
    withdrawal = Withdrawal(dossier_id=event.subject, attempt=data.attempt, province=event.authority)
    id = named(event.addressee, data.product.id)

    def withdrawn(held: Recognition | None) -> Decision[Recognition]:
        recognition = held or Recognition(id=id, authority=event.addressee, product_id=data.product.id)
        return withdraw(recognition, withdrawal), ()

    await recognitions.settle(id, withdrawn, because=event)


async def announce_results(
    event: Received[DecisionHeard], recognitions: Recognitions, regulations: Regulations
) -> None:
    """Announce every result of an issued decision and issue its certificates, each product in one write."""
    told = await asyncio.gather(
        *(_announce(event, item, recognitions, regulations) for item in event.data.items), return_exceptions=True
    )
    for outcome in told:
        # Raised when all have come back, so that none goes on behind a chain that is given up.
        if outcome is not None:
            raise outcome


async def _announce(
    event: Received[DecisionHeard], item: DecidedItem, recognitions: Recognitions, regulations: Regulations
) -> None:
    said = Announcement(
        decision_id=event.subject,
        decision_number=event.data.number,
        decided_on=event.data.decided_on,
        outcome=item.outcome,
        stars=item.stars,
        certificate_number=item.certificate_number,
    )

    def announced(recognition: Recognition) -> Decision[Recognition]:
        def term(result: Result) -> date:
            return regulations.last_valid_day(recognition.authority, result.rule_set, said.decided_on)

        outcome = announce(recognition, item.evaluation_id, said, term)
        if outcome.result is None:
            return recognition, ()
        facts: list[Fact] = [ResultAnnounced.of(outcome.result)]
        if outcome.expired is not None:
            facts.append(CertificateExpired.of(outcome.expired))
        if outcome.replaced is not None and outcome.replaced.replaced is not None:
            facts.append(CertificateReplaced.of(outcome.replaced, outcome.replaced.replaced))
        if outcome.issued is not None:
            facts.append(CertificateIssued.of(outcome.issued))
        return timed(outcome.recognition, regulations.ladder), facts

    await recognitions.change(item.recognition_id, announced, because=event)


HANDLERS: Handlers = {
    ScoreFinalized: await_decision,
    ScoreAnnulled: annul_result,
    DossierWithdrawn: take_back,
    DecisionHeard: announce_results,
}

"""Events in: results that wait, dossiers taken back, and the chair's decision announced product by product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from services.certification.announcing import told_by
from services.certification.catalogue import Regulations
from services.certification.domain.announcement import (
    Announced,
    announce,
    forward,
    heed,
    leave_out,
    settle_filing,
)
from services.certification.domain.recognition import Announcement, Forwarding, LeftOut, Recognition, Result, Withdrawal
from services.certification.domain.waiting import ScoreElsewhere, annul, file, stop, take_up, wait, withdraw
from services.certification.events.heard import (
    AnnouncedElsewhere,
    DecidedItem,
    DecisionHeard,
    DossierDisqualified,
    DossierLodged,
    DossierStopped,
    DossierSubmitted,
    DossierWithdrawn,
    EvaluationStopped,
    ForwardedItem,
    IssuedElsewhere,
    LeftOutItem,
    ScoreAnnulled,
    ScoreFinalized,
)
from services.certification.store import Recognitions
from services.certification.timers import timed
from services.certification.together import together
from shared.clock import day
from shared.delivery import Handlers
from shared.document import CENTRE, Decision, Heard
from shared.envelope import Received, named


async def await_decision(event: Received[ScoreFinalized], recognitions: Recognitions, regulations: Regulations) -> None:
    """Let a council's result wait for the chair; one whose dossier was taken back meanwhile does not wait."""
    result = event.data.result(event.subject, day(event.time))

    def waiting(held: Recognition) -> Decision[Recognition]:
        return wait(held, result, regulations.rule_sets), ()

    await _decide(event, event.data.product.id, waiting, recognitions)


async def await_decision_on_central(
    event: Received[AnnouncedElsewhere], recognitions: Recognitions, regulations: Regulations
) -> None:
    """Let a result of the centre's council below five stars wait for the province's chair."""
    result = event.data.result()
    if event.authority != CENTRE or event.addressee == CENTRE or result is None:
        return

    def waiting(held: Recognition) -> Decision[Recognition]:
        return take_up(held, result, regulations.rule_sets), ()

    await _decide(event, event.data.product.id, waiting, recognitions)


async def annul_result(event: Received[ScoreAnnulled], recognitions: Recognitions) -> None:
    """Take an annulled result out of those that wait; the score itself came before, on the same subject."""
    id = named(event.addressee, event.data.product.id)
    await recognitions.change(id, lambda held: (annul(held, event.subject), ()), because=event)


async def take_back(event: Received[DossierWithdrawn], recognitions: Recognitions, regulations: Regulations) -> None:
    """Take the results of a withdrawn dossier out of those that wait; one never submitted has none."""
    data = event.data
    if data.to is None or data.attempt is None:
        await _end_filing(event, recognitions, regulations)
        return
    if event.addressee not in (CENTRE, event.authority):
        raise ScoreElsewhere(authority=event.addressee, province=event.authority)
    withdrawal = Withdrawal(dossier_id=event.subject, attempt=data.attempt, province=event.authority)

    def withdrawn(held: Recognition) -> Decision[Recognition]:
        after = settle_filing(withdraw(held, withdrawal), event.subject, day(event.time))
        return timed(after, regulations.ladder), ()

    await _decide(event, data.product.id, withdrawn, recognitions)


async def record_filing(
    event: Received[DossierLodged | DossierSubmitted], recognitions: Recognitions, regulations: Regulations
) -> None:
    """A re-evaluation is under way: its owner is no longer told to file."""
    data = event.data
    if data.case_kind != "re_evaluation":
        return
    if event.addressee not in (CENTRE, event.authority):
        raise ScoreElsewhere(authority=event.addressee, province=event.authority)
    filing = data.filing(event.subject)

    def filed(held: Recognition) -> Decision[Recognition]:
        return timed(file(held, filing), regulations.ladder), ()

    await _decide(event, data.product.id, filed, recognitions)


async def record_end(
    event: Received[DossierStopped | DossierDisqualified], recognitions: Recognitions, regulations: Regulations
) -> None:
    """The agency has ended a re-evaluation; nothing is under way any more."""
    if event.data.case_kind == "re_evaluation":
        await _end_filing(event, recognitions, regulations)


async def record_stop(event: Received[EvaluationStopped], recognitions: Recognitions, regulations: Regulations) -> None:
    """A council has ended its evaluation without a star; nothing is under way any more.

    That a dossier was withdrawn its own event says, with what follows.
    """
    data = event.data
    if data.reason == "withdrawn":
        return

    def stopped(held: Recognition) -> Decision[Recognition]:
        after = settle_filing(stop(held, data.filing()), data.dossier_id, day(event.time))
        return timed(after, regulations.ladder), ()

    await _decide(event, data.product.id, stopped, recognitions)


async def _decide(
    event: Received[Heard],
    product: str,
    rule: Callable[[Recognition], Decision[Recognition]],
    recognitions: Recognitions,
) -> None:
    """Decide on what the addressee holds of a product, which may be nothing yet."""
    id = named(event.addressee, product)

    def decide(held: Recognition | None) -> Decision[Recognition]:
        return rule(held or Recognition(id=id, authority=event.addressee, product_id=product))

    await recognitions.settle(id, decide, because=event)


async def _end_filing(
    event: Received[DossierWithdrawn | DossierStopped | DossierDisqualified],
    recognitions: Recognitions,
    regulations: Regulations,
) -> None:
    """End the filing of this dossier. It was heard before, on the same subject, or there is none to end."""

    def ended(held: Recognition) -> Decision[Recognition]:
        return timed(settle_filing(held, event.subject, day(event.time)), regulations.ladder), ()

    id = named(event.addressee, event.data.product.id)
    await recognitions.change_if_there(id, ended, because=event)


async def heed_other_authority(
    event: Received[IssuedElsewhere], recognitions: Recognitions, regulations: Regulations
) -> None:
    """A certificate of the centre ends the province's of the same product, and the other way round."""
    data = event.data
    if event.authority not in (CENTRE, data.province):
        raise ScoreElsewhere(authority=event.authority, province=data.province)

    def heeded(held: Recognition) -> Decision[Recognition]:
        outcome = heed(held, data.certificate(event.authority))
        return timed(outcome.recognition, regulations.ladder), told_by(outcome)

    await _decide(event, data.product.id, heeded, recognitions)


async def announce_results(
    event: Received[DecisionHeard], recognitions: Recognitions, regulations: Regulations
) -> None:
    """Announce every result of an issued decision and issue its certificates, each product in one write."""
    data, by = event.data, {"decision_id": event.subject, "decision_number": event.data.number}

    def announced(item: DecidedItem) -> Callable[[Recognition], Announced]:
        said = Announcement(
            **by,
            decided_on=data.decided_on,
            outcome=item.outcome,
            stars=item.stars,
            certificate_number=item.certificate_number,
        )

        def decide(recognition: Recognition) -> Announced:
            def term(result: Result) -> date:
                return regulations.last_valid_day(recognition.authority, result.rule_set, said.decided_on)

            return announce(recognition, item.evaluation_id, said, term)

        return decide

    def forwarded(item: ForwardedItem) -> Callable[[Recognition], Announced]:
        return lambda held: forward(held, item.evaluation_id, Forwarding(**by, on=data.decided_on))

    def left_out(item: LeftOutItem) -> Callable[[Recognition], Announced]:
        return lambda held: leave_out(held, item.evaluation_id, LeftOut(**by, on=data.decided_on, reason=item.reason))

    decided = [(item.recognition_id, announced(item)) for item in data.items]
    decided += [(item.recognition_id, forwarded(item)) for item in data.forwarded]
    decided += [(item.recognition_id, left_out(item)) for item in data.left_out]

    async def tell(id: str, decide: Callable[[Recognition], Announced]) -> None:
        def told(recognition: Recognition) -> Decision[Recognition]:
            outcome = decide(recognition)
            return timed(outcome.recognition, regulations.ladder), told_by(outcome)

        await recognitions.change(id, told, because=event)

    await together(tell(id, decide) for id, decide in decided)


HANDLERS: Handlers = {
    DossierLodged: record_filing,
    DossierSubmitted: record_filing,
    DossierWithdrawn: take_back,
    DossierStopped: record_end,
    DossierDisqualified: record_end,
    ScoreFinalized: await_decision,
    ScoreAnnulled: annul_result,
    EvaluationStopped: record_stop,
    DecisionHeard: announce_results,
    AnnouncedElsewhere: await_decision_on_central,
    IssuedElsewhere: heed_other_authority,
}

"""Events in: what opens an evaluation, stops it, opens it anew, and what comes back from the centre."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from services.scoring.catalogue import Catalogue
from services.scoring.domain.evaluation import (
    Basis,
    Evaluation,
    Stopped,
    check_council,
    check_submitter,
    evaluation_id,
    redone,
    stop,
    submitted,
)
from services.scoring.domain.way_back import awaited, came_back, own_evaluation, taken_back
from services.scoring.events.heard import AnnulmentHeard, CentralScore, DossierSubmitted, DossierWithdrawn
from services.scoring.events.spoken import EvaluationOpened, EvaluationStopped
from services.scoring.store import Evaluations, ReturnedDossiers
from services.scoring.timers import timed
from shared.clock import day
from shared.document import CENTRE, Decision, Heard
from shared.envelope import Received


async def open_evaluation(event: Received[DossierSubmitted], evaluations: Evaluations, catalogue: Catalogue) -> None:
    """Open the evaluation, or let the new file take the place of the old one until the first sheet is in.

    The rules are those of the day on which the full file was received and of the kind of case; a set without a sheet
    is refused.
    """
    data = event.data
    check_council(event.addressee, event.authority)
    chosen = catalogue.choose(data.product_set, data.case_kind, received_on=data.received_on, opened_on=day(event.time))
    rules = chosen.rules.model
    basis = Basis(
        rule_set=rules.number,
        rule_set_hash=chosen.rules.hash,
        sheet_hash=chosen.sheet.hash,
        rate_by=rules.rate_by(data.case_kind, data.received_on),
    )
    id = evaluation_id(event.subject, event.addressee, data.attempt)

    def opened(held: Evaluation | None) -> Decision[Evaluation]:
        if held is not None:
            check_submitter(held, event.authority)
            evaluation = timed(submitted(held, data.case(), basis))
            return evaluation, () if evaluation is held else (EvaluationOpened.of(evaluation),)
        evaluation = Evaluation(
            id=id,
            authority=event.addressee,
            dossier_id=event.subject,
            attempt=data.attempt,
            submitted_by=event.authority,
            owner_id=data.owner_id,
            commune=data.commune,
            case=data.case(),
            basis=basis,
        )
        return timed(evaluation), (EvaluationOpened.of(evaluation),)

    await evaluations.settle(id, opened, because=event)


async def stop_evaluation(
    event: Received[DossierWithdrawn], evaluations: Evaluations, returned: ReturnedDossiers
) -> None:
    """Stop the evaluation of a dossier its owner took back; one that was never submitted has none.

    A province stops its own rating of what lay before the centre, or will not begin one.
    """
    data = event.data
    if data.to is None or data.attempt is None:
        return

    def stopped(evaluation: Evaluation) -> Decision[Evaluation]:
        check_submitter(evaluation, event.authority)
        after = stop(evaluation, Stopped(ground="withdrawn", at=event.time))
        if after is evaluation or after.stopped is None:
            return evaluation, ()
        return after, (EvaluationStopped.of(after, after.stopped),)

    if event.addressee == data.to:
        id = evaluation_id(event.subject, data.to, data.attempt)
        held = (await evaluations.change(id, stopped, because=event)).document
    else:
        new = awaited(event.addressee, event.subject, data.attempt)
        known = await returned.settle(new.id, lambda one: (taken_back(one or new, event.time), ()), because=event)
        if known.document.rated_as is None:
            return
        own = own_evaluation(known.document)
        held = (await evaluations.settle(own.id, _or(own, stopped), because=event)).document
    # Where a result was annulled, what takes its place is stopped, even before it has been opened.
    while held.state == "annulled":
        next = redone(held)
        held = (await evaluations.settle(next.id, _or(next, stopped), because=event)).document


async def open_again(event: Received[AnnulmentHeard], evaluations: Evaluations) -> None:
    """Open the evaluation that takes the place of the annulled one."""
    next = timed(redone(await evaluations.get(event.subject)))

    def opened(held: Evaluation | None) -> Decision[Evaluation]:
        return (next, (EvaluationOpened.of(next),)) if held is None else (held, ())

    await evaluations.settle(next.id, opened, because=event)


async def note_way_back(event: Received[CentralScore], returned: ReturnedDossiers) -> None:
    """What the centre has rated is kept by its province, which below 5 stars may rate it itself."""
    central = event.data.result(event.subject, event.time)
    if event.authority != CENTRE or central is None:
        return
    new = awaited(event.addressee, event.data.dossier_id, event.data.attempt)
    await returned.settle(new.id, lambda held: (came_back(held or new, central), ()), because=event)


def _or(
    new: Evaluation, decide: Callable[[Evaluation], Decision[Evaluation]]
) -> Callable[[Evaluation | None], Decision[Evaluation]]:
    return lambda held: decide(held or new)


HANDLERS: Mapping[type[Heard], Callable[..., Awaitable[None]]] = {
    DossierSubmitted: open_evaluation,
    DossierWithdrawn: stop_evaluation,
    AnnulmentHeard: open_again,
    CentralScore: note_way_back,
}

"""Events in: what becomes of a dossier, each fact in its own slot."""

from __future__ import annotations

from services.dossier.domain.dossier import Dossier, certificate_heard, evaluation_heard, result_heard
from services.dossier.domain.proposal import proposal_heard
from services.dossier.domain.regulation import Regulation
from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateExpired,
    CertificateExpiring,
    CertificateExtended,
    CertificateIssued,
    CertificateRemoved,
    CertificateReplaced,
    CertificateRevoked,
    EvaluationOpened,
    EvaluationStopped,
    ResultAnnounced,
    ScoreAnnulled,
    ScoreFinalized,
    SupplementProposed,
)
from services.dossier.events.spoken import SupplementRequested
from services.dossier.store import Dossiers
from services.dossier.timers import timed
from shared.clock import day
from shared.delivery import Handlers
from shared.document import Decision
from shared.envelope import Received

EvaluationEvent = EvaluationOpened | ScoreFinalized | EvaluationStopped | ScoreAnnulled
CertificateEvent = (
    CertificateIssued
    | CertificateExpiring
    | CertificateExpired
    | CertificateReplaced
    | CertificateExtended
    | CertificateRevoked
    | CertificateAnnulled
    | CertificateRemoved
)


async def record_evaluation(event: Received[EvaluationEvent], dossiers: Dossiers, regulation: Regulation) -> None:
    """What a council says. Once it has opened the file is frozen; the owner is told no more."""

    def heard(dossier: Dossier) -> Decision[Dossier]:
        after = evaluation_heard(dossier, event.data.evaluation(event.subject, event.authority, event.time))
        return timed(after, regulation), ()

    await dossiers.change(event.data.dossier_id, heard, because=event)


async def record_proposal(event: Received[SupplementProposed], dossiers: Dossiers, regulation: Regulation) -> None:
    """Those who advise a council would have something asked for; the owner is asked where that can be done now."""

    def heard(dossier: Dossier) -> Decision[Dossier]:
        said = event.data.proposal(event.subject, event.authority)
        after = proposal_heard(dossier, said, day(event.time))
        asked = after.supplements[len(dossier.supplements) :]
        return timed(after, regulation), tuple(SupplementRequested.of(after, each) for each in asked)

    await dossiers.change(event.data.dossier_id, heard, because=event)


async def record_result(event: Received[ResultAnnounced], dossiers: Dossiers, regulation: Regulation) -> None:
    """An authority has announced the result: the case is closed, and now the owner knows."""

    def heard(dossier: Dossier) -> Decision[Dossier]:
        return timed(result_heard(dossier, event.data.result(event.authority)), regulation), ()

    await dossiers.change(event.data.dossier_id, heard, because=event)


async def record_certificate(event: Received[CertificateEvent], dossiers: Dossiers) -> None:
    """A certificate of this dossier was issued, warned of, extended, or ended in any way; an older one has none."""
    if not event.data.dossier_id:
        return

    def heard(dossier: Dossier) -> Decision[Dossier]:
        return certificate_heard(dossier, event.data.certificate(event.authority)), ()

    await dossiers.change(event.data.dossier_id, heard, because=event)


HANDLERS: Handlers = {
    EvaluationOpened: record_evaluation,
    SupplementProposed: record_proposal,
    ScoreFinalized: record_evaluation,
    EvaluationStopped: record_evaluation,
    ScoreAnnulled: record_evaluation,
    ResultAnnounced: record_result,
    CertificateIssued: record_certificate,
    CertificateExpiring: record_certificate,
    CertificateExpired: record_certificate,
    CertificateReplaced: record_certificate,
    CertificateExtended: record_certificate,
    CertificateRevoked: record_certificate,
    CertificateAnnulled: record_certificate,
    CertificateRemoved: record_certificate,
}

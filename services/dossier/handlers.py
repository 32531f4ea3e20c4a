"""Events in: what becomes of a dossier, each fact in its own slot."""

from __future__ import annotations

from services.dossier.domain.dossier import Dossier, certificate_heard, evaluation_heard, passed_on, result_heard
from services.dossier.domain.prior import PriorRecognition, prior_heard, prior_key
from services.dossier.domain.product import Product, corrected
from services.dossier.domain.proposal import proposal_heard
from services.dossier.domain.regulation import Regulation
from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateCorrected,
    CertificateExpired,
    CertificateExpiring,
    CertificateExtended,
    CertificateHandedOver,
    CertificateImported,
    CertificateIssued,
    CertificateRemoved,
    CertificateReplaced,
    CertificateRevoked,
    EvaluationOpened,
    EvaluationStopped,
    OfCertificate,
    ResultAnnounced,
    ScoreAnnulled,
    ScoreFinalized,
    SupplementProposed,
)
from services.dossier.events.spoken import SupplementRequested
from services.dossier.store import Dossiers, PriorRecognitions, Products
from services.dossier.timers import timed
from shared.clock import day
from shared.delivery import Handlers
from shared.document import Decision
from shared.envelope import Received

EvaluationEvent = EvaluationOpened | ScoreFinalized | EvaluationStopped | ScoreAnnulled


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


async def record_certificate(
    event: Received[OfCertificate], dossiers: Dossiers, priors: PriorRecognitions, regulation: Regulation
) -> None:
    """A certificate was issued, taken over, handed over, corrected, warned of, extended, or ended in any way."""
    said = event.data

    def heard(dossier: Dossier) -> Decision[Dossier]:
        after = certificate_heard(dossier, said.certificate(event.authority))
        return passed_on(after, said.new_owner), ()

    def heard_of_old(held: PriorRecognition | None) -> Decision[PriorRecognition]:
        return prior_heard(held, said.prior(event.authority), regulation.places, day(event.time)), ()

    if said.dossier_id:
        await dossiers.change(said.dossier_id, heard, because=event)
    else:
        await priors.settle(prior_key(said.province, said.product.id), heard_of_old, because=event)


async def record_correction(
    event: Received[CertificateCorrected],
    dossiers: Dossiers,
    priors: PriorRecognitions,
    products: Products,
    regulation: Regulation,
) -> None:
    """The certificate says something else now, and the product with it; its open case goes to a new owner too."""
    await record_certificate(event, dossiers, priors, regulation)
    said = event.data
    if not await products.count({"_id": said.product.id}):
        return

    def follow(product: Product) -> Decision[Product]:
        return corrected(product, said.new_name, said.new_owner, day(event.time)), ()

    opening = (await products.change(said.product.id, follow, because=event)).document.opening
    if said.new_owner is None or opening is None or opening.dossier_id == said.dossier_id:
        return

    def pass_on(dossier: Dossier) -> Decision[Dossier]:
        return (dossier if dossier.closed else passed_on(dossier, said.new_owner)), ()

    await dossiers.change(opening.dossier_id, pass_on, because=event)


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
    CertificateImported: record_certificate,
    CertificateHandedOver: record_certificate,
    CertificateCorrected: record_correction,
}

"""What notification hears; it says nothing, its facts are delivery records."""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.document import Fact, Heard


class NamedProduct(BaseModel):
    """A product as an event names it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str


class FailedMinimum(BaseModel):
    """A star the product does not get because of one criterion."""

    model_config = ConfigDict(frozen=True)

    star: int
    criterion: str
    needed: int
    had: int


class Concerning(Heard):
    """An event about one owner's product: the part every message needs."""

    product: NamedProduct
    owner_id: str


class AtCommune(Concerning):
    """A step of a dossier of which the offices are told too."""

    STREAM: ClassVar[str] = "dossiers"

    commune: str


class DossierLodged(AtCommune):
    """The file was lodged with the commune, which has its days for it from now on."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.lodged.v1"

    lodged_on: date


class CommuneAssessed(AtCommune):
    """The commune proposes the product to the province."""

    TYPE: ClassVar[str] = "vn.ocop.commune.assessed.v1"

    letter_number: str
    letter_on: date


class DossierSubmitted(Concerning):
    """The complete file lies before a council."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.submitted.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: str
    received_on: date


class DossierWithdrawn(Concerning):
    """The owner has taken the dossier back."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"
    STREAM: ClassVar[str] = "dossiers"

    reason: str
    withdrawn_on: date


class DossierReceived(Concerning):
    """An office has entered the dossier under a number."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.received.v1"
    STREAM: ClassVar[str] = "dossiers"

    by: Literal["commune", "agency"]
    number: str
    received_on: date


class SupplementRequested(Concerning):
    """Things are asked for by a date; which ones, the dossier says."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.requested.v1"
    STREAM: ClassVar[str] = "dossiers"

    by: Literal["commune", "agency", "council"]
    papers: tuple[str, ...]
    until: date


class SupplementAnswered(AtCommune):
    """Something that was asked for has been answered; ``left`` is still missing."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.answered.v1"

    by: Literal["commune", "agency", "council"]
    left: tuple[str, ...]
    answered_on: date


class SupplementLapsed(Concerning):
    """The date has passed without all that was asked for."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.lapsed.v1"
    STREAM: ClassVar[str] = "dossiers"

    by: Literal["commune", "agency", "council"]
    left: tuple[str, ...]
    until: date


class DossierStopped(Concerning):
    """The agency has stopped the case."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.stopped.v1"
    STREAM: ClassVar[str] = "dossiers"

    ground: str
    ended_on: date


class DossierDisqualified(Concerning):
    """The agency has disqualified the product."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.disqualified.v1"
    STREAM: ClassVar[str] = "dossiers"

    ground: str
    ended_on: date


class EvidenceExpiring(Concerning):
    """A paper of the file runs out, or has; ``days_left`` is then less than 0."""

    TYPE: ClassVar[str] = "vn.ocop.evidence.expiring.v1"
    STREAM: ClassVar[str] = "dossiers"

    valid_until: date
    days_left: int


class AboutDuty(AtCommune):
    """A duty that somebody owes by its last day."""

    duty: Literal["commune_assessment", "supplement", "rating"]
    owing: Literal["commune", "owner", "agency"]
    last_day: date


class DeadlineNear(AboutDuty):
    """A good part of a duty's days is over."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.near.v1"

    days_left: int


class DeadlineMissed(AboutDuty):
    """The last day of a duty has passed and it is not done."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.missed.v1"


class BeforeCouncil(Heard):
    """What a council does. Of marks and totals nothing is read here, so that no message can tell them."""

    STREAM: ClassVar[str] = "scores"

    seated: tuple[str, ...] = ()
    """Who is told, each by the id under which the token issuer knows the person."""


class SessionScheduled(BeforeCouncil):
    """A session is to score these products, or its agenda has changed."""

    TYPE: ClassVar[str] = "vn.ocop.session.scheduled.v1"

    round: int
    on: date
    replies_by: date | None
    decision: str
    agenda: tuple[str, ...]


class SessionClosed(BeforeCouncil):
    """A session is over; its results go on to the chair of the province."""

    TYPE: ClassVar[str] = "vn.ocop.session.closed.v1"

    round: int
    on: date
    agenda: tuple[str, ...]
    minutes: str


class RescoringRequired(BeforeCouncil):
    """A product is scored again, in another blind round."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.rescoring-required.v1"

    product: NamedProduct | None = None
    round: int


class RatingOverdue(BeforeCouncil):
    """The last day for rating a product has passed."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.rating-overdue.v1"

    product: NamedProduct
    rate_by: date


class OfProvince(Heard):
    """An event of the certificates: the notification of the product's own province tells of it."""

    STREAM: ClassVar[str] = "certificates"

    province: str

    def addressed_to(self, speaker: str) -> str:
        return self.province


class RevocationOverdue(OfProvince):
    """The fifteen days for a revocation are over, and nobody has decided."""

    TYPE: ClassVar[str] = "vn.ocop.revocation.overdue.v1"

    certificate: str
    since: date
    decide_by: date


class AboutProvince(OfProvince, Concerning):
    """An event of the certificates about one owner's product."""


class ResultForwarded(AboutProvince):
    """The province approves the result and sends the product on to the centre, for five stars."""

    TYPE: ClassVar[str] = "vn.ocop.result.forwarded.v1"

    decision_number: str
    decided_on: date


class ResultLeftOut(AboutProvince):
    """The decision leaves the product out; the result waits for another one."""

    TYPE: ClassVar[str] = "vn.ocop.result.left-out.v1"

    reason: str
    decision_number: str
    decided_on: date


class ResultAnnounced(AboutProvince):
    """The chair's decision tells the result."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"

    dossier_id: str
    outcome: Literal["recognised", "not_recognised"]
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date
    commune: str | None = None
    """``None`` in what release 0.1.0 said."""


class AboutCertificate(AboutProvince):
    """An event that systems may subscribe to: whatever else it says is kept, because it goes on to them as it came."""

    model_config = ConfigDict(extra="allow")

    number: str


class CertificateIssued(AboutCertificate):
    """A certificate begins."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.issued.v1"

    commune: str
    product_set: str
    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    replaces: str | None = None


class CertificateHandedOver(AboutCertificate):
    """The certificate was given to its owner."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.handed-over.v1"

    handed_over_on: date
    place: str


class CertificateExpiring(AboutCertificate):
    """A day of the reminder ladder has come."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"

    valid_until: date
    days_left: int


class CertificateExpired(AboutCertificate):
    """The last valid day is over."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expired.v1"

    stars: int
    valid_until: date


class CertificateReplaced(AboutCertificate):
    """Another certificate has taken its place."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"


class CertificateImported(AboutCertificate):
    """A certificate from before is taken over."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.imported.v1"

    commune: str
    product_set: str
    stars: int
    decided_on: date
    valid_until: date


class Decided(AboutCertificate):
    """What a decision does to a certificate that was issued."""

    decision_number: str
    decided_on: date


class CertificateExtended(Decided):
    """The certificate keeps effect to ``extended_until`` at the latest."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.extended.v1"

    valid_until: date
    extended_until: date


class CertificateRevoked(Decided):
    """A decision has ended the certificate on its own day."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.revoked.v1"

    ground: Literal[
        "untrue_or_forged", "criteria_not_met", "law_breach", "mark_misuse", "production_ended", "other_conclusion"
    ]


class CertificateAnnulled(Decided):
    """The recognition should not have been given and is withdrawn."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"

    ground: Literal["faulty_rating", "score_annulled", "complaint_upheld", "unlawful_decision"]


class CertificateCorrected(Decided):
    """The same certificate in a new print; earlier prints are superseded."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.corrected.v1"

    print_version: int


class CertificateRemoved(Decided):
    """An expired certificate was struck from the list."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"


class SubscriptionDisabled(Heard):
    """Said by this service to itself: an endpoint took nothing for so long that nothing is sent there any more."""

    TYPE: ClassVar[str] = "vn.ocop.subscription.disabled.v1"
    STREAM: ClassVar[str] = ""

    subscription: str
    name: str
    url: str
    failing_since: datetime
    reason: str


class LetterWritten(Heard):
    """Said by this service to itself: an agency has written to owners."""

    TYPE: ClassVar[str] = "vn.ocop.letter.written.v1"
    STREAM: ClassVar[str] = ""

    title: str
    paragraphs: tuple[str, ...]


CONSUMES: tuple[type[Concerning | BeforeCouncil | RevocationOverdue], ...] = (
    DossierLodged,
    CommuneAssessed,
    DossierSubmitted,
    DossierWithdrawn,
    EvidenceExpiring,
    DossierReceived,
    SupplementRequested,
    SupplementAnswered,
    SupplementLapsed,
    DossierStopped,
    DossierDisqualified,
    DeadlineNear,
    DeadlineMissed,
    SessionScheduled,
    SessionClosed,
    RescoringRequired,
    RatingOverdue,
    ResultAnnounced,
    ResultForwarded,
    ResultLeftOut,
    CertificateIssued,
    CertificateHandedOver,
    CertificateExpiring,
    CertificateExpired,
    CertificateReplaced,
    CertificateImported,
    CertificateExtended,
    CertificateRevoked,
    CertificateAnnulled,
    CertificateCorrected,
    CertificateRemoved,
    RevocationOverdue,
)
TOLD: tuple[type[Heard], ...] = (*CONSUMES, SubscriptionDisabled, LetterWritten)
"""What messages are written about."""
PUBLISHES: tuple[type[Fact], ...] = ()

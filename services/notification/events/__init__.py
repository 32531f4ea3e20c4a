"""What notification hears; it says nothing, its facts are delivery records."""

from services.notification.events.certificates import (
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
)
from services.notification.events.concerning import Concerning
from services.notification.events.councils import (
    BeforeCouncil,
    EvaluationStopped,
    RatingOverdue,
    RescoringRequired,
    ScoreAnnulled,
    SessionClosed,
    SessionScheduled,
)
from services.notification.events.dossiers import (
    CommuneAssessed,
    DeadlineMissed,
    DeadlineNear,
    DossierDisqualified,
    DossierLodged,
    DossierReceived,
    DossierStopped,
    DossierSubmitted,
    DossierWithdrawn,
    EvidenceExpiring,
    SupplementAnswered,
    SupplementLapsed,
    SupplementRequested,
)
from services.notification.events.own import LetterWritten, SubscriptionDisabled
from services.notification.events.results import ResultAnnounced, ResultForwarded, ResultLeftOut, RevocationOverdue
from shared.document import Fact, Heard

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
    EvaluationStopped,
    ScoreAnnulled,
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

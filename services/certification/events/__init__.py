"""What certification hears and what it says."""

from services.certification.events.certificates import (
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
    RevocationOverdue,
)
from services.certification.events.heard import (
    AnnouncedElsewhere,
    DecisionHeard,
    DossierDisqualified,
    DossierLodged,
    DossierStopped,
    DossierSubmitted,
    DossierWithdrawn,
    EvaluationStopped,
    IssuedElsewhere,
    ScoreAnnulled,
    ScoreFinalized,
)
from services.certification.events.results import (
    RecognitionDecided,
    ResultAnnounced,
    ResultForwarded,
    ResultLeftOut,
)

CONSUMES = (
    DossierLodged,
    DossierSubmitted,
    DossierWithdrawn,
    DossierStopped,
    DossierDisqualified,
    ScoreFinalized,
    ScoreAnnulled,
    EvaluationStopped,
    DecisionHeard,
    AnnouncedElsewhere,
    IssuedElsewhere,
)
PUBLISHES = (
    RecognitionDecided,
    ResultAnnounced,
    ResultForwarded,
    ResultLeftOut,
    CertificateIssued,
    CertificateHandedOver,
    CertificateExpiring,
    CertificateExtended,
    CertificateExpired,
    CertificateReplaced,
    CertificateRevoked,
    CertificateAnnulled,
    CertificateCorrected,
    CertificateRemoved,
    CertificateImported,
    RevocationOverdue,
)

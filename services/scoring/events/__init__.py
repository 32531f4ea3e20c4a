"""What scoring hears and what it says."""

from services.scoring.events.heard import AnnulmentHeard, CentralScore, DossierSubmitted, DossierWithdrawn
from services.scoring.events.spoken import (
    EvaluationOpened,
    EvaluationStopped,
    RatingOverdue,
    RescoringRequired,
    ScoreAnnulled,
    ScoreFinalized,
    SessionClosed,
    SessionScheduled,
    SupplementProposed,
)

CONSUMES = (DossierSubmitted, DossierWithdrawn, AnnulmentHeard, CentralScore)
PUBLISHES = (
    EvaluationOpened,
    SupplementProposed,
    RatingOverdue,
    SessionScheduled,
    RescoringRequired,
    SessionClosed,
    ScoreFinalized,
    EvaluationStopped,
    ScoreAnnulled,
)

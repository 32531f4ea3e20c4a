"""What is heard of councils: their sessions and duties, what ended or is to be redone; nothing of what they scored."""

from datetime import date
from typing import ClassVar, Literal

from services.notification.events.concerning import NamedProduct
from shared.document import Heard


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


class EvaluationStopped(BeforeCouncil):
    """A product is not scored any more: its dossier was withdrawn, or the council so concluded."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.stopped.v1"

    product: NamedProduct
    reason: str
    minutes: str | None = None


class ScoreAnnulled(BeforeCouncil):
    """A result does not hold; the council scores the same file once more."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"

    product: NamedProduct
    ground: Literal["ministry_order", "complaint_upheld", "wrong_entry"]
    document: str
    dated: date

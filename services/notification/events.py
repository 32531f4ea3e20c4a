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


class AboutProvince(Concerning):
    """An event of the certificates: the notification of the product's own province tells its owner."""

    STREAM: ClassVar[str] = "certificates"

    province: str

    def addressed_to(self, speaker: str) -> str:
        return self.province


class ResultAnnounced(AboutProvince):
    """The chair's decision tells the result."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"

    outcome: Literal["recognised", "not_recognised"]
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date


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


CONSUMES: tuple[type[Concerning], ...] = (
    DossierSubmitted,
    DossierWithdrawn,
    DossierReceived,
    SupplementRequested,
    SupplementLapsed,
    DossierStopped,
    DossierDisqualified,
    ResultAnnounced,
    CertificateIssued,
    CertificateHandedOver,
    CertificateExpiring,
    CertificateExpired,
    CertificateReplaced,
)
TOLD: tuple[type[Heard], ...] = (*CONSUMES, SubscriptionDisabled, LetterWritten)
"""What messages are written about."""
PUBLISHES: tuple[type[Fact], ...] = ()

"""What is heard of a certificate, from its issue to its end; systems may subscribe to all of it."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import ConfigDict

from services.notification.events.concerning import AboutProvince


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
    commune: str


class CertificateAnnulled(Decided):
    """The recognition should not have been given and is withdrawn."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"

    ground: Literal["faulty_rating", "score_annulled", "complaint_upheld", "unlawful_decision"]
    commune: str


class CertificateCorrected(Decided):
    """The same certificate in a new print; earlier prints are superseded."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.corrected.v1"

    print_version: int


class CertificateRemoved(Decided):
    """An expired certificate was struck from the list."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"

"""What is said of certificates, from the day they begin to the day they are struck from the list."""

from datetime import date
from typing import ClassVar, Self

from services.certification.domain.certificate import (
    AnnulmentGround,
    Certificate,
    CorrectionReason,
    RevocationGround,
)
from services.certification.domain.ladder import Step
from services.certification.domain.revocation_case import RevocationCase
from services.certification.domain.rule_set import CaseKind, Stars
from services.certification.events.concerning import Concerning, decided, whose
from shared.document import Authority, Fact


class OfCertificate(Concerning):
    """A fact about one certificate, by its number."""

    number: str

    @classmethod
    def about(cls, certificate: Certificate, **said: object) -> Self:
        return cls.model_validate(whose(certificate.subject) | {"number": certificate.number} | said)


class CertificateIssued(Concerning):
    """A certificate begins. ``valid_until`` is its last valid day; ``replaces`` the active one it ends."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.issued.v1"

    commune: str
    product_set: str
    case_kind: CaseKind
    number: str
    stars: Stars
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    replaces: str | None
    rule_set: str

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateIssued":
        subject = certificate.subject
        return cls.model_validate(
            whose(subject)
            | {
                "commune": subject.commune,
                "product_set": subject.product_set,
                "case_kind": subject.case_kind,
                "number": certificate.number,
                "stars": certificate.stars,
                "decision_number": certificate.decision_number,
                "decided_on": certificate.decided_on,
                "valid_from": certificate.valid_from,
                "valid_until": certificate.valid_until,
                "replaces": certificate.replaces,
                "rule_set": certificate.rule_set,
            }
        )


class CertificateHandedOver(OfCertificate):
    """The certificate was given to its owner; that it was issued is another fact."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.handed-over.v1"

    handed_over_on: date
    place: str

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateHandedOver":
        given = certificate.handed_over
        assert given is not None
        return cls.about(certificate, handed_over_on=given.on, place=given.place)


class CertificateExpiring(OfCertificate):
    """A day of the ladder has come. ``step`` is that day's place, ``days_left`` how many there really are."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"

    valid_until: date
    days_left: int
    step: int
    says: str | None = None
    """What this step is for, in one word; ``under-evaluation`` once a file is lodged."""

    @classmethod
    def of(cls, certificate: Certificate, step: Step, today: date) -> "CertificateExpiring":
        left = (certificate.valid_until - today).days
        return cls.about(
            certificate, valid_until=certificate.valid_until, days_left=left, step=step.days, says=step.says
        )


class CertificateExpired(OfCertificate):
    """The last valid day is over."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expired.v1"

    stars: Stars
    valid_until: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateExpired":
        return cls.about(certificate, stars=certificate.stars, valid_until=certificate.last_day)


class CertificateReplaced(OfCertificate):
    """An upgrade or a re-evaluation ended the certificate, on the day of the new decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"

    replaced_by: str
    replaced_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateReplaced":
        by = certificate.replaced
        assert by is not None
        return cls.about(certificate, replaced_by=by.number, replaced_on=by.on)


class CertificateExtended(OfCertificate):
    """The certificate keeps effect to ``extended_until`` at the latest; any outcome ends the extension."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.extended.v1"

    valid_until: date
    extended_until: date
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateExtended":
        by = certificate.extended
        assert by is not None
        return cls.about(certificate, valid_until=certificate.valid_until, extended_until=by.until, **decided(by))


class CertificateRevoked(OfCertificate):
    """A decision ended the certificate on its own day, on one of the six grounds."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.revoked.v1"

    ground: RevocationGround
    decision_number: str
    decided_on: date
    commune: str

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateRevoked":
        by = certificate.revoked
        assert by is not None
        return cls.about(certificate, ground=by.ground, commune=certificate.subject.commune, **decided(by))


class CertificateAnnulled(OfCertificate):
    """The recognition should not have been given and is withdrawn."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"

    ground: AnnulmentGround
    decision_number: str
    decided_on: date
    commune: str

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateAnnulled":
        by = certificate.annulled
        assert by is not None
        return cls.about(certificate, ground=by.ground, commune=certificate.subject.commune, **decided(by))


class CertificateCorrected(OfCertificate):
    """The same number, term and stars in a new print version; earlier prints are superseded."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.corrected.v1"

    reason: CorrectionReason
    print_version: int
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateCorrected":
        by = certificate.corrections[-1]
        return cls.about(certificate, reason=by.reason, print_version=by.print_version, **decided(by))


class CertificateImported(OfCertificate):
    """A certificate from before is taken over: it is found, reminded and ends like the others."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.imported.v1"

    printed_number: str
    product_code: str | None
    issuer: str
    commune: str
    product_set: str
    stars: Stars
    decision_number: str
    decided_on: date
    valid_until: date
    rule_set: str

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateImported":
        paper, subject = certificate.imported, certificate.subject
        assert paper is not None
        said = {name: getattr(certificate, name) for name in cls.model_fields if name in Certificate.model_fields}
        said |= paper.model_dump() | {"commune": subject.commune, "product_set": subject.product_set}
        return cls.model_validate(said | whose(subject))


class CertificateRemoved(OfCertificate):
    """An expired certificate was struck from the list by a decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"

    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateRemoved":
        by = certificate.removed
        assert by is not None
        return cls.about(certificate, **decided(by))


class RevocationOverdue(Fact):
    """The fifteen days for a revocation are over, and nobody has decided."""

    TYPE: ClassVar[str] = "vn.ocop.revocation.overdue.v1"
    STREAM: ClassVar[str] = "certificates"

    province: Authority
    certificate: str
    ground: RevocationGround
    since: date
    decide_by: date

    @classmethod
    def of(cls, case: RevocationCase) -> "RevocationOverdue":
        return cls(
            province=case.authority,
            certificate=case.certificate,
            ground=case.ground,
            since=case.since,
            decide_by=case.decide_by,
        )

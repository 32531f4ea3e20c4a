"""What certification hears and what it says."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import Certificate, HandOver, Replacement, Subject
from services.certification.domain.certificate import Product as KeptProduct
from services.certification.domain.decision import RecognitionDecision
from services.certification.domain.recognition import FailedMinimum as KeptMinimum
from services.certification.domain.recognition import Outcome, Result
from services.certification.domain.rule_set import CaseKind, Stars
from shared.document import Authority, Fact, Heard


class Heed(BaseModel):
    """A part of an event that is heard."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(BaseModel):
    """A part of an event that is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HeardProduct(Heed):
    id: str
    name: str


class HeardMinimum(Heed):
    star: int
    criterion: str
    needed: int
    had: int


class ScoreFinalized(Heard):
    """A council's final result on a product of ``province``."""

    TYPE: ClassVar[str] = "vn.ocop.score.finalized.v1"
    STREAM: ClassVar[str] = "scores"

    province: Authority
    dossier_id: str
    attempt: int
    product: HeardProduct
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    stars: Stars
    failed_minimums: tuple[HeardMinimum, ...]
    rule_set: str

    def result(self, evaluation_id: str, scored_on: date) -> Result:
        """The result as it waits for the chair."""
        return Result(
            evaluation_id=evaluation_id,
            attempt=self.attempt,
            subject=Subject(
                dossier_id=self.dossier_id,
                province=self.province,
                owner_id=self.owner_id,
                product=KeptProduct(id=self.product.id, name=self.product.name),
                commune=self.commune,
                product_set=self.product_set,
                case_kind=self.case_kind,
            ),
            stars=self.stars,
            failed_minimums=tuple(KeptMinimum(**failed.model_dump()) for failed in self.failed_minimums),
            rule_set=self.rule_set,
            scored_on=scored_on,
        )


class ScoreAnnulled(Heard):
    """A council's result on a product of ``province`` does not hold."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"
    STREAM: ClassVar[str] = "scores"

    product: HeardProduct


class DossierWithdrawn(Heard):
    """The owner takes the dossier back. ``to`` and ``attempt`` say before whom it lay, if it was submitted."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: Authority | None = None
    attempt: int | None = None
    product: HeardProduct

    def addressed_to(self, speaker: str) -> str:
        return self.to or speaker


class DecidedItem(Heed):
    recognition_id: str
    evaluation_id: str
    outcome: Outcome
    stars: Stars | None = None
    certificate_number: str | None = None


class DecisionHeard(Heard):
    """This service's own commit point, heard again to announce each result and issue each certificate."""

    TYPE: ClassVar[str] = "vn.ocop.recognition.decided.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    decided_on: date
    items: tuple[DecidedItem, ...]


class Product(Part):
    id: str
    name: str


class FailedMinimum(Part):
    """A star the product does not get because of one criterion: points needed there, and points it had."""

    star: int
    criterion: str
    needed: int
    had: int


class ItemDecided(Part):
    """What the decision says of one result."""

    recognition_id: str
    evaluation_id: str
    dossier_id: str
    outcome: Outcome
    stars: Stars | None
    certificate_number: str | None


class RecognitionDecided(Fact):
    """A signed decision names these products: the commit point, after which nothing can be refused."""

    TYPE: ClassVar[str] = "vn.ocop.recognition.decided.v1"
    STREAM: ClassVar[str] = "certificates"

    province: Authority
    number: str
    decided_on: date
    items: tuple[ItemDecided, ...]

    @classmethod
    def of(cls, decision: RecognitionDecision) -> "RecognitionDecided":
        return cls(
            province=decision.authority,
            number=decision.full_number,
            decided_on=decision.decided_on,
            items=tuple(
                ItemDecided(
                    recognition_id=item.recognition_id,
                    evaluation_id=item.evaluation_id,
                    dossier_id=item.dossier_id,
                    outcome=item.outcome,
                    stars=item.stars,
                    certificate_number=item.certificate_number,
                )
                for item in decision.items
                if item.recognition_id is not None and item.dossier_id is not None
            ),
        )


class Concerning(Fact):
    """A fact about one product: whose, and of which province, whose dossier and notification must hear it."""

    STREAM: ClassVar[str] = "certificates"

    province: Authority
    dossier_id: str
    owner_id: str
    product: Product


def _whose(subject: Subject) -> dict[str, object]:
    product = Product(id=subject.product.id, name=subject.product.name)
    return {
        "province": subject.province,
        "dossier_id": subject.dossier_id,
        "owner_id": subject.owner_id,
        "product": product,
    }


class ResultAnnounced(Concerning):
    """The decision tells the owner the result.

    ``stars`` are those recognised; of a product that is not recognised, those of the council's result.
    """

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"

    evaluation_id: str
    case_kind: CaseKind
    outcome: Literal["recognised", "not_recognised"]
    stars: Stars
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, result: Result) -> "ResultAnnounced":
        said = result.announced
        assert said is not None
        return cls.model_validate(
            _whose(result.subject)
            | {
                "evaluation_id": result.evaluation_id,
                "case_kind": result.subject.case_kind,
                "outcome": said.outcome,
                "stars": said.stars or result.stars,
                "failed_minimums": tuple(FailedMinimum(**failed.model_dump()) for failed in result.failed_minimums),
                "decision_number": said.decision_number,
                "decided_on": said.decided_on,
            }
        )


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
            _whose(subject)
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


class CertificateHandedOver(Concerning):
    """The certificate was given to its owner; that it was issued is another fact."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.handed-over.v1"

    number: str
    handed_over_on: date
    place: str

    @classmethod
    def of(cls, certificate: Certificate, given: HandOver) -> "CertificateHandedOver":
        told = {"number": certificate.number, "handed_over_on": given.on, "place": given.place}
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateExpiring(Concerning):
    """A day of the ladder has come. ``step`` is that day's place, ``days_left`` how many there really are."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"

    number: str
    valid_until: date
    days_left: int
    step: int

    @classmethod
    def of(cls, certificate: Certificate, step: int, today: date) -> "CertificateExpiring":
        left = (certificate.valid_until - today).days
        told = {"number": certificate.number, "valid_until": certificate.valid_until, "days_left": left, "step": step}
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateExpired(Concerning):
    """The last valid day is over."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expired.v1"

    number: str
    stars: Stars
    valid_until: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateExpired":
        told = {
            "number": certificate.number,
            "stars": certificate.stars,
            "valid_until": certificate.valid_until,
        }
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateReplaced(Concerning):
    """An upgrade or a re-evaluation ended the certificate, on the day of the new decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"

    number: str
    replaced_by: str
    replaced_on: date

    @classmethod
    def of(cls, certificate: Certificate, by: Replacement) -> "CertificateReplaced":
        told = {"number": certificate.number, "replaced_by": by.number, "replaced_on": by.on}
        return cls.model_validate(_whose(certificate.subject) | told)


CONSUMES = (ScoreFinalized, ScoreAnnulled, DossierWithdrawn, DecisionHeard)
PUBLISHES = (
    RecognitionDecided,
    ResultAnnounced,
    CertificateIssued,
    CertificateHandedOver,
    CertificateExpiring,
    CertificateExpired,
    CertificateReplaced,
)

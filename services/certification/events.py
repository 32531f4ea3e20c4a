"""What certification hears and what it says."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import (
    AnnulmentGround,
    ByDecision,
    Certificate,
    CorrectionReason,
    RevocationGround,
    Subject,
)
from services.certification.domain.certificate import Product as KeptProduct
from services.certification.domain.decision import RecognitionDecision
from services.certification.domain.ladder import Step
from services.certification.domain.recognition import Elsewhere, Filing, Forwarding, LeftOut, Result
from services.certification.domain.recognition import FailedMinimum as KeptMinimum
from services.certification.domain.revocation_case import RevocationCase
from services.certification.domain.rule_set import CaseKind, Stars
from shared.document import CENTRE, Authority, Fact, Heard


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
    potential_five_star: bool = False
    failed_minimums: tuple[HeardMinimum, ...]
    rule_set: str
    manifest_hash: str | None = None

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
            potential_five_star=self.potential_five_star,
            manifest_hash=self.manifest_hash,
        )


class ScoreAnnulled(Heard):
    """A council's result on a product of ``province`` does not hold."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"
    STREAM: ClassVar[str] = "scores"

    product: HeardProduct


class DossierSubmitted(Heard):
    """A complete file lies before the council of ``to``."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.submitted.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: Authority
    attempt: int
    product: HeardProduct
    case_kind: CaseKind

    def filing(self, dossier_id: str) -> Filing:
        return Filing(dossier_id=dossier_id, attempt=self.attempt)

    def addressed_to(self, speaker: str) -> str:
        return self.to


class OfReEvaluation(Heard):
    """A step of a dossier in its own province; only those of re-evaluations matter to a certificate in its term."""

    STREAM: ClassVar[str] = "dossiers"

    product: HeardProduct
    case_kind: CaseKind


class DossierLodged(OfReEvaluation):
    """The file was lodged with the commune: that is the filing for which the window is open."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.lodged.v1"

    def filing(self, dossier_id: str) -> Filing:
        return Filing(dossier_id=dossier_id, attempt=1)


class DossierStopped(OfReEvaluation):
    """The agency has ended the case."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.stopped.v1"


class DossierDisqualified(OfReEvaluation):
    """The agency has ended the case on a ground of the sheet."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.disqualified.v1"


class EvaluationStopped(Heard):
    """A council has ended its evaluation without a star: an outcome too."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.stopped.v1"
    STREAM: ClassVar[str] = "scores"

    dossier_id: str
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


DecidedOutcome = Literal["recognised", "not_recognised"]


class ForwardedItem(Heed):
    recognition_id: str
    evaluation_id: str


class LeftOutItem(Heed):
    recognition_id: str
    evaluation_id: str
    reason: str


class DecidedItem(Heed):
    recognition_id: str
    evaluation_id: str
    outcome: DecidedOutcome
    stars: Stars | None = None
    certificate_number: str | None = None


class DecisionHeard(Heard):
    """This service's own commit point, heard again to announce each result and issue each certificate."""

    TYPE: ClassVar[str] = "vn.ocop.recognition.decided.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    decided_on: date
    items: tuple[DecidedItem, ...]
    forwarded: tuple[ForwardedItem, ...] = ()
    left_out: tuple[LeftOutItem, ...] = ()


class IssuedElsewhere(Heard):
    """A certificate of the centre or of a province, for the other of the two: one product has one active one."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.issued.v1"
    STREAM: ClassVar[str] = "certificates"

    province: Authority
    product: HeardProduct
    number: str
    stars: Stars
    decided_on: date
    valid_until: date

    def addressed_to(self, speaker: str) -> str:
        return self.province if speaker == CENTRE else CENTRE

    def certificate(self, authority: str) -> Elsewhere:
        return Elsewhere(
            number=self.number,
            authority=authority,
            stars=self.stars,
            decided_on=self.decided_on,
            valid_until=self.valid_until,
        )


class AnnouncedElsewhere(Heard):
    """What the centre has announced of a product: below five stars the province may decide on that result."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"
    STREAM: ClassVar[str] = "certificates"

    province: Authority
    dossier_id: str
    owner_id: str
    product: HeardProduct
    evaluation_id: str
    case_kind: CaseKind
    outcome: DecidedOutcome
    stars: Stars
    failed_minimums: tuple[HeardMinimum, ...]
    decided_on: date
    commune: str | None = None
    product_set: str | None = None
    rule_set: str | None = None

    def addressed_to(self, speaker: str) -> str:
        return self.province if speaker == CENTRE else speaker

    def result(self) -> Result | None:
        """The central council's result; None when the centre has recognised the product itself."""
        # One that names no commune, set or rules was announced by a version that did not say them.
        if self.outcome == "recognised" or self.commune is None or self.product_set is None or self.rule_set is None:
            return None
        return Result(
            evaluation_id=self.evaluation_id,
            attempt=1,
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
            scored_on=self.decided_on,
            central=True,
        )


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
    outcome: DecidedOutcome
    stars: Stars | None
    certificate_number: str | None


class ItemForwarded(Part):
    """A result that is approved and sent on to the centre."""

    recognition_id: str
    evaluation_id: str
    dossier_id: str


class ItemLeftOut(Part):
    """A result that waits for another decision, and why."""

    recognition_id: str
    evaluation_id: str
    dossier_id: str
    reason: str


class RecognitionDecided(Fact):
    """A signed decision names these products: the commit point, after which nothing can be refused."""

    TYPE: ClassVar[str] = "vn.ocop.recognition.decided.v1"
    STREAM: ClassVar[str] = "certificates"

    province: Authority
    number: str
    decided_on: date
    items: tuple[ItemDecided, ...]
    forwarded: tuple[ItemForwarded, ...] = ()
    left_out: tuple[ItemLeftOut, ...] = ()

    @classmethod
    def of(cls, decision: RecognitionDecision) -> "RecognitionDecided":
        items: list[ItemDecided] = []
        forwarded: list[ItemForwarded] = []
        for item in decision.items:
            # An item without them was refused, and a decision with a refused item is never issued.
            assert item.recognition_id is not None and item.dossier_id is not None
            named = {
                "recognition_id": item.recognition_id,
                "evaluation_id": item.evaluation_id,
                "dossier_id": item.dossier_id,
            }
            if item.outcome == "forwarded":
                forwarded.append(ItemForwarded(**named))
            else:
                items.append(
                    ItemDecided(
                        **named, outcome=item.outcome, stars=item.stars, certificate_number=item.certificate_number
                    )
                )
        return cls(
            province=decision.authority,
            number=decision.full_number,
            decided_on=decision.decided_on,
            items=tuple(items),
            forwarded=tuple(forwarded),
            left_out=tuple(ItemLeftOut.model_validate(one.model_dump()) for one in decision.left_out),
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


def _decided(by: ByDecision | Forwarding | LeftOut) -> dict[str, object]:
    return {"decision_number": by.decision_number, "decided_on": by.on}


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
    commune: str | None = None
    product_set: str | None = None
    rule_set: str | None = None
    """These three are for the province, which may decide on a result of the centre's council below five stars."""

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
                "commune": result.subject.commune,
                "product_set": result.subject.product_set,
                "rule_set": result.rule_set,
            }
        )


class ResultForwarded(Concerning):
    """The province approves the result and sends the product on to the centre, for five stars."""

    TYPE: ClassVar[str] = "vn.ocop.result.forwarded.v1"

    evaluation_id: str
    case_kind: CaseKind
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, result: Result) -> "ResultForwarded":
        by = result.forwarded
        assert by is not None
        told = {"evaluation_id": result.evaluation_id, "case_kind": result.subject.case_kind}
        return cls.model_validate(_whose(result.subject) | told | _decided(by))


class ResultLeftOut(Concerning):
    """The decision leaves the product out, with its reason; the result waits for another decision."""

    TYPE: ClassVar[str] = "vn.ocop.result.left-out.v1"

    evaluation_id: str
    reason: str
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, result: Result) -> "ResultLeftOut":
        by = result.left_out
        assert by is not None
        told = {"evaluation_id": result.evaluation_id, "reason": by.reason}
        return cls.model_validate(_whose(result.subject) | told | _decided(by))


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
    def of(cls, certificate: Certificate) -> "CertificateHandedOver":
        given = certificate.handed_over
        assert given is not None
        told = {"number": certificate.number, "handed_over_on": given.on, "place": given.place}
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateExpiring(Concerning):
    """A day of the ladder has come. ``step`` is that day's place, ``days_left`` how many there really are."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"

    number: str
    valid_until: date
    days_left: int
    step: int
    says: str | None = None
    """What this step is for, in one word; ``under-evaluation`` once a file is lodged."""

    @classmethod
    def of(cls, certificate: Certificate, step: Step, today: date) -> "CertificateExpiring":
        told = {
            "number": certificate.number,
            "valid_until": certificate.valid_until,
            "days_left": (certificate.valid_until - today).days,
            "step": step.days,
            "says": step.says,
        }
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
            "valid_until": certificate.last_day,
        }
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateReplaced(Concerning):
    """An upgrade or a re-evaluation ended the certificate, on the day of the new decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"

    number: str
    replaced_by: str
    replaced_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateReplaced":
        by = certificate.replaced
        assert by is not None
        told = {"number": certificate.number, "replaced_by": by.number, "replaced_on": by.on}
        return cls.model_validate(_whose(certificate.subject) | told)


class CertificateExtended(Concerning):
    """The certificate keeps effect to ``extended_until`` at the latest; any outcome ends the extension."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.extended.v1"

    number: str
    valid_until: date
    extended_until: date
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateExtended":
        by = certificate.extended
        assert by is not None
        told = {"number": certificate.number, "valid_until": certificate.valid_until, "extended_until": by.until}
        return cls.model_validate(_whose(certificate.subject) | told | _decided(by))


class CertificateRevoked(Concerning):
    """A decision ended the certificate on its own day, on one of the six grounds."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.revoked.v1"

    number: str
    ground: RevocationGround
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateRevoked":
        by = certificate.revoked
        assert by is not None
        told = {"number": certificate.number, "ground": by.ground}
        return cls.model_validate(_whose(certificate.subject) | told | _decided(by))


class CertificateAnnulled(Concerning):
    """The recognition should not have been given and is withdrawn."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"

    number: str
    ground: AnnulmentGround
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateAnnulled":
        by = certificate.annulled
        assert by is not None
        told = {"number": certificate.number, "ground": by.ground}
        return cls.model_validate(_whose(certificate.subject) | told | _decided(by))


class CertificateCorrected(Concerning):
    """The same number, term and stars in a new print version; earlier prints are superseded."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.corrected.v1"

    number: str
    reason: CorrectionReason
    print_version: int
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateCorrected":
        by = certificate.corrections[-1]
        told = {"number": certificate.number, "reason": by.reason, "print_version": by.print_version}
        return cls.model_validate(_whose(certificate.subject) | told | _decided(by))


class CertificateImported(Concerning):
    """A certificate from before is taken over: it is found, reminded and ends like the others."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.imported.v1"

    number: str
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
        return cls.model_validate(said | _whose(subject))


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


class CertificateRemoved(Concerning):
    """An expired certificate was struck from the list by a decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"

    number: str
    decision_number: str
    decided_on: date

    @classmethod
    def of(cls, certificate: Certificate) -> "CertificateRemoved":
        by = certificate.removed
        assert by is not None
        return cls.model_validate(_whose(certificate.subject) | {"number": certificate.number} | _decided(by))


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

"""What certification hears of dossiers and scores, of the other authority, and of its own decisions."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import OwnerKind, Subject
from services.certification.domain.certificate import Product as KeptProduct
from services.certification.domain.recognition import Elsewhere, Filing, Result
from services.certification.domain.recognition import FailedMinimum as KeptMinimum
from services.certification.domain.rule_set import CaseKind, Stars
from shared.document import CENTRE, Authority, Heard


class Heed(BaseModel):
    """A part of an event that is heard."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class HeardProduct(Heed):
    id: str
    name: str


class HeardMinimum(Heed):
    star: int
    criterion: str
    needed: int
    had: int


class OfResult(Heard):
    """What a council has made of a product of ``province``."""

    province: Authority
    dossier_id: str
    product: HeardProduct
    owner_id: str
    owner_kind: OwnerKind | None = None
    case_kind: CaseKind
    stars: Stars
    failed_minimums: tuple[HeardMinimum, ...]

    def subject(self, commune: str, product_set: str) -> Subject:
        return Subject(
            dossier_id=self.dossier_id,
            province=self.province,
            owner_id=self.owner_id,
            owner_kind=self.owner_kind,
            product=KeptProduct(id=self.product.id, name=self.product.name),
            commune=commune,
            product_set=product_set,
            case_kind=self.case_kind,
        )

    @property
    def minimums(self) -> tuple[KeptMinimum, ...]:
        return tuple(KeptMinimum(**failed.model_dump()) for failed in self.failed_minimums)


class ScoreFinalized(OfResult):
    """A council's final result."""

    TYPE: ClassVar[str] = "vn.ocop.score.finalized.v1"
    STREAM: ClassVar[str] = "scores"

    attempt: int
    commune: str
    product_set: str
    potential_five_star: bool = False
    rule_set: str
    manifest_hash: str | None = None

    def result(self, evaluation_id: str, scored_on: date) -> Result:
        """The result as it waits for the chair."""
        return Result(
            evaluation_id=evaluation_id,
            attempt=self.attempt,
            subject=self.subject(self.commune, self.product_set),
            stars=self.stars,
            failed_minimums=self.minimums,
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

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.to,)


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
    attempt: int
    product: HeardProduct
    reason: str

    def filing(self) -> Filing:
        return Filing(dossier_id=self.dossier_id, attempt=self.attempt)


class DossierWithdrawn(Heard):
    """The owner takes the dossier back. ``to`` and ``attempt`` say before whom it lay, if it was submitted."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: Authority | None = None
    attempt: int | None = None
    product: HeardProduct

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.to or speaker,)


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

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.province if speaker == CENTRE else CENTRE,)

    def certificate(self, authority: str) -> Elsewhere:
        return Elsewhere(
            number=self.number,
            authority=authority,
            stars=self.stars,
            decided_on=self.decided_on,
            valid_until=self.valid_until,
        )


class AnnouncedElsewhere(OfResult):
    """What the centre has announced of a product: below five stars the province may decide on that result."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"
    STREAM: ClassVar[str] = "certificates"

    evaluation_id: str
    outcome: DecidedOutcome
    decided_on: date
    commune: str | None = None
    product_set: str | None = None
    rule_set: str | None = None

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.province if speaker == CENTRE else speaker,)

    def result(self) -> Result | None:
        """The central council's result; None when the centre has recognised the product itself."""
        # One that names no commune, set or rules was announced by a version that did not say them.
        if self.outcome == "recognised" or self.commune is None or self.product_set is None or self.rule_set is None:
            return None
        return Result(
            evaluation_id=self.evaluation_id,
            attempt=1,
            subject=self.subject(self.commune, self.product_set),
            stars=self.stars,
            failed_minimums=self.minimums,
            rule_set=self.rule_set,
            scored_on=self.decided_on,
            central=True,
        )

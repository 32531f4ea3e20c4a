"""What dossier hears."""

from abc import abstractmethod
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.following import (
    Annulled,
    Certificate,
    Corrected,
    CorrectionReason,
    Evaluation,
    Expiring,
    Extended,
    FailedMinimum,
    HandedOver,
    Imported,
    Issued,
    Opened,
    Outcome,
    Removed,
    Replaced,
    Result,
    Score,
    Stopped,
    TakenAway,
)
from services.dossier.domain.prior import PriorRecognition, prior_key
from services.dossier.domain.steps import Paper, Proposal, ProposedItem
from shared.clock import day
from shared.document import Heard


class OfProvince(Heard):
    """An event about a dossier of ``province``, whoever speaks it."""

    province: str
    dossier_id: str

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.province,)


class OfEvaluation(OfProvince):
    """What a council says of its evaluation."""

    STREAM: ClassVar[str] = "scores"

    attempt: int


class ProductNamed(BaseModel):
    """The product as its certificate names it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str


class OfCertificate(OfProvince):
    """What is said of a certificate, by its number; ``dossier_id`` is empty for one older than this platform."""

    STREAM: ClassVar[str] = "certificates"

    owner_id: str
    product: ProductNamed
    number: str

    @property
    def new_owner(self) -> str | None:
        """Whom the certificate has passed to, when this event says so."""
        return None

    @abstractmethod
    def certificate(self, authority: str) -> Certificate:
        """What is said, in its slot."""

    def prior(self, authority: str) -> PriorRecognition:
        """The same of a certificate that no dossier here has led to."""
        return PriorRecognition(
            id=prior_key(self.province, self.product.id),
            authority=self.province,
            product_id=self.product.id,
            product_name=self.product.name,
            owner_id=self.owner_id,
            certificates=(self.certificate(authority),),
        )


class EvaluationOpened(OfEvaluation):
    """A council has opened its evaluation of one version of the file."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.opened.v1"

    manifest_version: int
    manifest_hash: str
    rule_set: str
    sheet_hash: str

    def evaluation(self, id: str, council: str, time: datetime) -> Evaluation:
        opened = Opened(
            manifest_version=self.manifest_version,
            manifest_hash=self.manifest_hash,
            rule_set=self.rule_set,
            sheet_hash=self.sheet_hash,
            on=day(time),
        )
        return Evaluation(id=id, council=council, attempt=self.attempt, opened=opened)


class ItemProposed(BaseModel):
    """One thing to ask for, as the speaker names it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    paper: Paper
    criterion: str | None = None


class SupplementProposed(OfProvince):
    """Those who advise a council would have these things asked for by a date."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.proposed.v1"
    STREAM: ClassVar[str] = "scores"

    number: int
    items: tuple[ItemProposed, ...]
    until: date

    def proposal(self, evaluation: str, council: str) -> Proposal:
        items = tuple(ProposedItem(paper=each.paper, criterion=each.criterion) for each in self.items)
        return Proposal(evaluation=evaluation, council=council, number=self.number, items=items, until=self.until)


class ScoreFinalized(OfEvaluation):
    """A council's result, for the agency's eyes only until it is announced."""

    TYPE: ClassVar[str] = "vn.ocop.score.finalized.v1"

    stars: int
    potential_five_star: bool
    total_sum: str
    sheet_count: int
    average: str
    failed_minimums: tuple[FailedMinimum, ...]

    def evaluation(self, id: str, council: str, time: datetime) -> Evaluation:
        score = Score(
            stars=self.stars,
            potential_five_star=self.potential_five_star,
            total_sum=self.total_sum,
            sheet_count=self.sheet_count,
            average=self.average,
            failed_minimums=self.failed_minimums,
            on=day(time),
        )
        return Evaluation(id=id, council=council, attempt=self.attempt, score=score)


class EvaluationStopped(OfEvaluation):
    """A council ended its evaluation without a total and without a star."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.stopped.v1"

    reason: str

    def evaluation(self, id: str, council: str, time: datetime) -> Evaluation:
        stopped = Stopped(reason=self.reason, on=day(time))
        return Evaluation(id=id, council=council, attempt=self.attempt, stopped=stopped)


class ScoreAnnulled(OfEvaluation):
    """A council's result does not hold; the council scores the same file once more."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"

    ground: str
    document: str
    dated: date

    def evaluation(self, id: str, council: str, time: datetime) -> Evaluation:
        annulled = Annulled(ground=self.ground, document=self.document, dated=self.dated)
        return Evaluation(id=id, council=council, attempt=self.attempt, annulled=annulled)


class ResultAnnounced(OfProvince):
    """An authority has told the result of its decision."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"
    STREAM: ClassVar[str] = "certificates"

    outcome: Outcome
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date

    def result(self, authority: str) -> Result:
        return Result(
            authority=authority,
            outcome=self.outcome,
            stars=self.stars,
            failed_minimums=self.failed_minimums,
            decision_number=self.decision_number,
            decided_on=self.decided_on,
        )


class CertificateIssued(OfCertificate):
    """A certificate of the dossier's product is issued; ``valid_until`` is its last valid day."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.issued.v1"

    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date

    def certificate(self, authority: str) -> Certificate:
        issued = Issued(
            stars=self.stars,
            decision_number=self.decision_number,
            decided_on=self.decided_on,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )
        return Certificate(number=self.number, authority=authority, issued=issued)


class CertificateImported(OfCertificate):
    """A certificate from before this platform is taken over; ``valid_until`` is its last valid day."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.imported.v1"

    printed_number: str
    product_code: str | None
    issuer: str
    commune: str
    product_set: str
    stars: int
    decision_number: str
    decided_on: date
    valid_until: date
    rule_set: str

    def certificate(self, authority: str) -> Certificate:
        issued = Issued(
            stars=self.stars,
            decision_number=self.decision_number,
            decided_on=self.decided_on,
            valid_from=self.decided_on,
            valid_until=self.valid_until,
        )
        imported = Imported(
            printed_number=self.printed_number,
            product_code=self.product_code,
            issuer=self.issuer,
            rule_set=self.rule_set,
        )
        return Certificate(number=self.number, authority=authority, issued=issued, imported=imported)

    def prior(self, authority: str) -> PriorRecognition:
        return super().prior(authority).but(commune=self.commune, product_set=self.product_set)


class CertificateHandedOver(OfCertificate):
    """A certificate was given to its owner."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.handed-over.v1"

    handed_over_on: date
    place: str

    def certificate(self, authority: str) -> Certificate:
        handed_over = HandedOver(on=self.handed_over_on, place=self.place)
        return Certificate(number=self.number, authority=authority, handed_over=handed_over)


class CertificateCorrected(OfCertificate):
    """The same certificate in a new print: under another name, with another owner, or as it was."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.corrected.v1"

    reason: CorrectionReason
    print_version: int
    decision_number: str
    decided_on: date

    @property
    def new_name(self) -> str | None:
        """What the product is called on the certificate, where that may be what was corrected."""
        return self.product.name if self.reason in ("name", "misprint") else None

    @property
    def new_owner(self) -> str | None:
        return self.owner_id if self.reason == "new_owner" else None

    def certificate(self, authority: str) -> Certificate:
        corrected = Corrected(
            reason=self.reason,
            print_version=self.print_version,
            decision_number=self.decision_number,
            decided_on=self.decided_on,
        )
        return Certificate(number=self.number, authority=authority, corrected=corrected)


class CertificateExpiring(OfCertificate):
    """A certificate will soon end; its owner may have the product evaluated again."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"

    valid_until: date
    days_left: int

    def certificate(self, authority: str) -> Certificate:
        expiring = Expiring(valid_until=self.valid_until, days_left=self.days_left)
        return Certificate(number=self.number, authority=authority, expiring=expiring)


class CertificateExpired(OfCertificate):
    """A certificate has ended with the day ``valid_until``."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expired.v1"

    valid_until: date

    def certificate(self, authority: str) -> Certificate:
        return Certificate(number=self.number, authority=authority, expired_after=self.valid_until)


class CertificateReplaced(OfCertificate):
    """Another certificate has taken the place of this one."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"

    replaced_by: str
    replaced_on: date

    def certificate(self, authority: str) -> Certificate:
        replaced = Replaced(by=self.replaced_by, on=self.replaced_on)
        return Certificate(number=self.number, authority=authority, replaced=replaced)


class CertificateExtended(OfCertificate):
    """A certificate lasts longer by a decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.extended.v1"

    extended_until: date
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        extended = Extended(until=self.extended_until, decision_number=self.decision_number, decided_on=self.decided_on)
        return Certificate(number=self.number, authority=authority, extended=extended)


class OfTaking(OfCertificate):
    """A decision takes a certificate away."""

    HOW: ClassVar[Literal["revoked", "annulled"]]

    ground: str
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        taken_away = TakenAway(
            how=self.HOW, ground=self.ground, decision_number=self.decision_number, decided_on=self.decided_on
        )
        return Certificate(number=self.number, authority=authority, taken_away=taken_away)


class CertificateRevoked(OfTaking):
    """A certificate is revoked on one of the grounds of article 8."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.revoked.v1"
    HOW = "revoked"


class CertificateAnnulled(OfTaking):
    """A certificate should never have been given."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"
    HOW = "annulled"


class CertificateRemoved(OfCertificate):
    """A certificate that had ended is taken off the list."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"

    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        removed = Removed(decision_number=self.decision_number, decided_on=self.decided_on)
        return Certificate(number=self.number, authority=authority, removed=removed)

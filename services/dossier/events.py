"""What dossier hears and what it says."""

from datetime import date, datetime
from typing import ClassVar, Literal, TypedDict

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.deadline import Deadline, Duty, Owing
from services.dossier.domain.dossier import Dossier, Ground, Submission, Withdrawn
from services.dossier.domain.evidence import PaperKind
from services.dossier.domain.following import (
    Annulled,
    Certificate,
    Evaluation,
    Expiring,
    Extended,
    FailedMinimum,
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
from services.dossier.domain.form import CATALOGUE_KEYS
from services.dossier.domain.product import CaseKind
from services.dossier.domain.steps import (
    Assessment,
    Content,
    EndingGround,
    Office,
    Paper,
    Proposal,
    ProposedItem,
    Receipt,
    Supplement,
)
from services.dossier.domain.term import RunsOut
from shared.clock import day
from shared.document import Authority, Fact, Heard


class NamedProduct(BaseModel):
    """A product as an event names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str


class DossierSubmitted(Fact):
    """The complete file is submitted to the council of ``to``; again with a higher manifest version until it opens."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.submitted.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: Authority
    attempt: int
    product: NamedProduct
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    manifest_version: int
    manifest_hash: str
    received_on: date
    evidence: tuple[str, ...] | None = None
    """The kinds of evidence in the file, by their keys in the catalogue."""

    @classmethod
    def of(cls, dossier: Dossier, submission: Submission) -> "DossierSubmitted":
        return cls(
            to=submission.to,
            attempt=submission.attempt,
            product=NamedProduct(id=dossier.product_id, name=dossier.product_name),
            owner_id=dossier.owner_id,
            commune=dossier.commune,
            product_set=dossier.product_set,
            case_kind=submission.case_kind,
            manifest_version=submission.manifest_version,
            manifest_hash=submission.manifest_hash,
            received_on=submission.received_on,
            evidence=tuple(CATALOGUE_KEYS[kind] for kind in dossier.form.evidence),
        )


class DossierWithdrawn(Fact):
    """The dossier is taken back; ``to`` and ``attempt`` say before whom it lay, and are null for a mere draft."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: Authority | None
    attempt: int | None
    product: NamedProduct
    owner_id: str
    reason: Ground
    withdrawn_on: date

    @classmethod
    def of(cls, dossier: Dossier, withdrawn: Withdrawn) -> "DossierWithdrawn":
        last = dossier.submitted
        return cls(
            to=None if last is None else last.to,
            attempt=None if last is None else last.attempt,
            product=NamedProduct(id=dossier.product_id, name=dossier.product_name),
            owner_id=dossier.owner_id,
            reason=withdrawn.ground,
            withdrawn_on=withdrawn.on,
        )


class OfDossier(Fact):
    """A step of a dossier: the part that every such event has."""

    STREAM: ClassVar[str] = "dossiers"

    product: NamedProduct
    owner_id: str
    commune: str
    case_kind: CaseKind


class _Common(TypedDict):
    product: NamedProduct
    owner_id: str
    commune: str
    case_kind: CaseKind


def _of(dossier: Dossier) -> _Common:
    product = NamedProduct(id=dossier.product_id, name=dossier.product_name)
    return _Common(product=product, owner_id=dossier.owner_id, commune=dossier.commune, case_kind=dossier.case_kind)


class DossierLodged(OfDossier):
    """The file was lodged with the commune, in this version."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.lodged.v1"

    manifest_version: int
    manifest_hash: str
    lodged_on: date

    @classmethod
    def of(cls, dossier: Dossier, on: date) -> "DossierLodged":
        file = dossier.manifests[-1]
        return cls(**_of(dossier), manifest_version=file.version, manifest_hash=file.hash, lodged_on=on)


class DossierReceived(OfDossier):
    """The commune, or later the provincial agency, has entered the dossier under a number of its own series."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.received.v1"

    by: Literal["commune", "agency"]
    number: str
    received_on: date

    @classmethod
    def of(cls, dossier: Dossier, by: Literal["commune", "agency"], receipt: Receipt) -> "DossierReceived":
        return cls(**_of(dossier), by=by, number=receipt.number, received_on=receipt.on)


class ContentAssessed(BaseModel):
    """What the commune found of one content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: Content
    met: bool


class CommuneAssessed(OfDossier):
    """Form 03: the four contents, and the letter by which the commune proposes the product to the province."""

    TYPE: ClassVar[str] = "vn.ocop.commune.assessed.v1"

    contents: tuple[ContentAssessed, ...]
    letter_number: str
    letter_on: date
    product_code: str
    round: str | None

    @classmethod
    def of(cls, dossier: Dossier, assessment: Assessment) -> "CommuneAssessed":
        return cls(
            **_of(dossier),
            contents=tuple(ContentAssessed(content=each.content, met=each.met) for each in assessment.contents),
            letter_number=assessment.letter.number,
            letter_on=assessment.letter.on,
            product_code=assessment.product_code,
            round=assessment.round,
        )


def _papers(supplement: Supplement) -> tuple[Paper, ...]:
    """The kinds of what is still missing; the words of a request may name a person and stay here."""
    return tuple(item.paper for item in supplement.left)


class SupplementRequested(OfDossier):
    """Named things are asked for by a date; again with a later date, or with the same one as a reminder."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.requested.v1"

    number: int
    by: Office
    papers: tuple[Paper, ...]
    until: date

    @classmethod
    def of(cls, dossier: Dossier, supplement: Supplement) -> "SupplementRequested":
        return cls(
            **_of(dossier),
            number=supplement.number,
            by=supplement.office,
            papers=_papers(supplement),
            until=supplement.until,
        )


class SupplementAnswered(OfDossier):
    """Something asked for was answered; with the last of it the file has the version named here."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.answered.v1"

    number: int
    by: Office
    left: tuple[Paper, ...]
    manifest_version: int | None
    manifest_hash: str | None
    answered_on: date

    @classmethod
    def of(cls, dossier: Dossier, supplement: Supplement, on: date) -> "SupplementAnswered":
        file = dossier.manifests[-1] if supplement.answered_on is not None else None
        return cls(
            **_of(dossier),
            number=supplement.number,
            by=supplement.office,
            left=_papers(supplement),
            manifest_version=None if file is None else file.version,
            manifest_hash=None if file is None else file.hash,
            answered_on=on,
        )


class SupplementLapsed(OfDossier):
    """The date of a request has passed without an answer to these things."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.lapsed.v1"

    number: int
    by: Office
    left: tuple[Paper, ...]
    until: date

    @classmethod
    def of(cls, dossier: Dossier, supplement: Supplement) -> "SupplementLapsed":
        return cls(
            **_of(dossier),
            number=supplement.number,
            by=supplement.office,
            left=_papers(supplement),
            until=supplement.until,
        )


class OfEnded(OfDossier):
    """The agency has ended the case."""

    ground: EndingGround
    ended_on: date


class DossierStopped(OfEnded):
    """The case is stopped: it cannot go on, and nothing is said of the product."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.stopped.v1"

    @classmethod
    def of(cls, dossier: Dossier, ground: EndingGround, on: date) -> "DossierStopped":
        return cls(**_of(dossier), ground=ground, ended_on=on)


class DossierDisqualified(OfEnded):
    """The product is disqualified on a ground of its sheet."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.disqualified.v1"

    @classmethod
    def of(cls, dossier: Dossier, ground: EndingGround, on: date) -> "DossierDisqualified":
        return cls(**_of(dossier), ground=ground, ended_on=on)


class DeadlineNear(OfDossier):
    """Half or four fifths of a duty's days are over, or its last day has come."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.near.v1"

    duty: Duty
    owing: Owing
    step: Literal["half", "eighty_percent", "last_day"]
    last_day: date
    days_left: int

    @classmethod
    def of(
        cls, dossier: Dossier, deadline: Deadline, step: Literal["half", "eighty_percent", "last_day"], today: date
    ) -> "DeadlineNear":
        return cls(
            **_of(dossier),
            duty=deadline.duty,
            owing=deadline.owing,
            step=step,
            last_day=deadline.last_day,
            days_left=(deadline.last_day - today).days,
        )


class DeadlineMissed(OfDossier):
    """The last day of a duty has passed and it is not done."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.missed.v1"

    duty: Duty
    owing: Owing
    last_day: date

    @classmethod
    def of(cls, dossier: Dossier, deadline: Deadline) -> "DeadlineMissed":
        return cls(**_of(dossier), duty=deadline.duty, owing=deadline.owing, last_day=deadline.last_day)


class EvidenceExpiring(OfDossier):
    """A paper of the file with a term runs out, or has; ``days_left`` is then less than 0."""

    TYPE: ClassVar[str] = "vn.ocop.evidence.expiring.v1"

    paper: str
    kind: PaperKind
    valid_until: date
    days_left: int

    @classmethod
    def of(cls, dossier: Dossier, ending: RunsOut) -> "EvidenceExpiring":
        return cls(
            **_of(dossier),
            paper=ending.paper.id,
            kind=ending.paper.details.kind,
            valid_until=ending.valid_until,
            days_left=ending.days_left,
        )


class OfProvince(Heard):
    """An event about a dossier of ``province``, whoever speaks it."""

    province: str
    dossier_id: str

    def addressed_to(self, speaker: str) -> str:
        return self.province


class EvaluationOpened(OfProvince):
    """A council has opened its evaluation of one version of the file."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.opened.v1"
    STREAM: ClassVar[str] = "scores"

    attempt: int
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


class ScoreFinalized(OfProvince):
    """A council's result, for the agency's eyes only until it is announced."""

    TYPE: ClassVar[str] = "vn.ocop.score.finalized.v1"
    STREAM: ClassVar[str] = "scores"

    attempt: int
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


class EvaluationStopped(OfProvince):
    """A council ended its evaluation without a total and without a star."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.stopped.v1"
    STREAM: ClassVar[str] = "scores"

    attempt: int
    reason: str

    def evaluation(self, id: str, council: str, time: datetime) -> Evaluation:
        stopped = Stopped(reason=self.reason, on=day(time))
        return Evaluation(id=id, council=council, attempt=self.attempt, stopped=stopped)


class ScoreAnnulled(OfProvince):
    """A council's result does not hold; the council scores the same file once more."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"
    STREAM: ClassVar[str] = "scores"

    attempt: int
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


class CertificateIssued(OfProvince):
    """A certificate of the dossier's product is issued; ``valid_until`` is its last valid day."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.issued.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
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


class CertificateExpiring(OfProvince):
    """A certificate will soon end; its owner may have the product evaluated again."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expiring.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    valid_until: date
    days_left: int

    def certificate(self, authority: str) -> Certificate:
        expiring = Expiring(valid_until=self.valid_until, days_left=self.days_left)
        return Certificate(number=self.number, authority=authority, expiring=expiring)


class CertificateExpired(OfProvince):
    """A certificate has ended with the day ``valid_until``."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.expired.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    valid_until: date

    def certificate(self, authority: str) -> Certificate:
        return Certificate(number=self.number, authority=authority, expired_after=self.valid_until)


class CertificateReplaced(OfProvince):
    """Another certificate has taken the place of this one."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.replaced.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    replaced_by: str
    replaced_on: date

    def certificate(self, authority: str) -> Certificate:
        replaced = Replaced(by=self.replaced_by, on=self.replaced_on)
        return Certificate(number=self.number, authority=authority, replaced=replaced)


class CertificateExtended(OfProvince):
    """A certificate lasts longer by a decision."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.extended.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    extended_until: date
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        extended = Extended(until=self.extended_until, decision_number=self.decision_number, decided_on=self.decided_on)
        return Certificate(number=self.number, authority=authority, extended=extended)


class CertificateRevoked(OfProvince):
    """A certificate is revoked on one of the grounds of article 8."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.revoked.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    ground: str
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        taken_away = TakenAway(
            how="revoked", ground=self.ground, decision_number=self.decision_number, decided_on=self.decided_on
        )
        return Certificate(number=self.number, authority=authority, taken_away=taken_away)


class CertificateAnnulled(OfProvince):
    """A certificate should never have been given."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.annulled.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    ground: str
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        taken_away = TakenAway(
            how="annulled", ground=self.ground, decision_number=self.decision_number, decided_on=self.decided_on
        )
        return Certificate(number=self.number, authority=authority, taken_away=taken_away)


class CertificateRemoved(OfProvince):
    """A certificate that had ended is taken off the list."""

    TYPE: ClassVar[str] = "vn.ocop.certificate.removed.v1"
    STREAM: ClassVar[str] = "certificates"

    number: str
    decision_number: str
    decided_on: date

    def certificate(self, authority: str) -> Certificate:
        removed = Removed(decision_number=self.decision_number, decided_on=self.decided_on)
        return Certificate(number=self.number, authority=authority, removed=removed)


CONSUMES = (
    EvaluationOpened,
    SupplementProposed,
    ScoreFinalized,
    EvaluationStopped,
    ScoreAnnulled,
    ResultAnnounced,
    CertificateIssued,
    CertificateExpiring,
    CertificateExpired,
    CertificateReplaced,
    CertificateExtended,
    CertificateRevoked,
    CertificateAnnulled,
    CertificateRemoved,
)
PUBLISHES = (
    DossierLodged,
    DossierReceived,
    CommuneAssessed,
    SupplementRequested,
    SupplementAnswered,
    SupplementLapsed,
    DossierSubmitted,
    DossierWithdrawn,
    DossierStopped,
    DossierDisqualified,
    DeadlineNear,
    DeadlineMissed,
    EvidenceExpiring,
)

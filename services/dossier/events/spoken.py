"""What dossier says."""

from datetime import date
from typing import ClassVar, Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.deadline import Deadline, Duty, Owing
from services.dossier.domain.dossier import Dossier, Ground, Submission, Withdrawn
from services.dossier.domain.evidence import PaperKind
from services.dossier.domain.form import CATALOGUE_KEYS
from services.dossier.domain.owner import OwnerKind
from services.dossier.domain.product import CaseKind
from services.dossier.domain.steps import (
    Assessment,
    Content,
    Ended,
    EndingGround,
    Office,
    Paper,
    Receipt,
    Supplement,
)
from services.dossier.domain.term import RunsOut
from shared.document import Authority, Fact


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
    owner_kind: OwnerKind | None = None

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
            owner_kind=dossier.owner_kind,
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

    @classmethod
    def of(cls, dossier: Dossier, ended: Ended) -> Self:
        return cls(**_of(dossier), ground=ended.ground, ended_on=ended.on)


class DossierStopped(OfEnded):
    """The case is stopped: it cannot go on, and nothing is said of the product."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.stopped.v1"


class DossierDisqualified(OfEnded):
    """The product is disqualified on a ground of its sheet."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.disqualified.v1"


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

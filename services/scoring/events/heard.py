"""What scoring hears."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from services.scoring.domain.evaluation import (
    Basis,
    Case,
    OwnerKind,
    Product,
)
from services.scoring.domain.rule_set import CaseKind
from services.scoring.domain.way_back import CentralResult
from services.scoring.events.spoken import ScoreAnnulled, ScoreFinalized
from shared.document import CENTRE, Authority, Heard


class NamedProduct(BaseModel):
    """A product as an event names it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str


class DossierSubmitted(Heard):
    """The complete file is submitted to a council; it may repeat with a higher manifest version."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.submitted.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: str
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
    owner_kind: OwnerKind | None = None

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.to,)

    def case(self) -> Case:
        """What is to be scored."""
        return Case(
            product=Product(id=self.product.id, name=self.product.name),
            product_set=self.product_set,
            case_kind=self.case_kind,
            manifest_version=self.manifest_version,
            manifest_hash=self.manifest_hash,
            received_on=self.received_on,
            evidence=self.evidence,
            owner_kind=self.owner_kind,
        )


class DossierWithdrawn(Heard):
    """The owner takes the dossier back. ``to`` and ``attempt`` say before whom it lay, if it was submitted.

    Of a dossier before the centre its own province is told too, which may be rating the product itself.
    """

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"
    STREAM: ClassVar[str] = "dossiers"

    to: str | None = None
    attempt: int | None = None

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.to or speaker, speaker)))


class AnnulmentHeard(Heard):
    """This service's own word: from here the evaluation that takes the place of the annulled one is opened."""

    TYPE: ClassVar[str] = ScoreAnnulled.TYPE
    STREAM: ClassVar[str] = ScoreAnnulled.STREAM


class CentralScore(Heard):
    """The central council's result on a product of a province, which is what it is addressed to.

    A province's own results are heard here as well, and mean nothing more to it.
    """

    TYPE: ClassVar[str] = ScoreFinalized.TYPE
    STREAM: ClassVar[str] = ScoreFinalized.STREAM

    province: Authority
    dossier_id: str
    attempt: int
    product: NamedProduct
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    stars: int
    total_sum: str
    sheet_count: int
    rule_set: str
    rule_set_hash: str
    sheet_hash: str
    manifest_hash: str
    manifest_version: int | None = None
    received_on: date | None = None
    evidence: tuple[str, ...] | None = None
    owner_kind: OwnerKind | None = None

    @field_validator("total_sum")
    @classmethod
    def _whole(cls, total_sum: str) -> str:
        if not total_sum.isdecimal():
            raise ValueError("the sum of whole points is a whole number")
        return total_sum

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.province if speaker == CENTRE else speaker,)

    def result(self, evaluation: str, at: datetime) -> CentralResult | None:
        """What the province is to know of it; ``None`` for results of release 0.1.0, which tell too little."""
        if self.manifest_version is None or self.received_on is None:
            return None
        return CentralResult(
            owner_id=self.owner_id,
            commune=self.commune,
            case=Case(
                product=Product(id=self.product.id, name=self.product.name),
                product_set=self.product_set,
                case_kind=self.case_kind,
                manifest_version=self.manifest_version,
                manifest_hash=self.manifest_hash,
                received_on=self.received_on,
                evidence=self.evidence,
                owner_kind=self.owner_kind,
            ),
            basis=Basis(rule_set=self.rule_set, rule_set_hash=self.rule_set_hash, sheet_hash=self.sheet_hash),
            evaluation=evaluation,
            total=int(self.total_sum),
            count=self.sheet_count,
            stars=self.stars,
            at=at,
        )

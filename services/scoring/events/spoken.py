"""What scoring says."""

from datetime import date
from typing import Annotated, ClassVar, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from services.scoring.domain.advice import Paper, SupplementProposal
from services.scoring.domain.conclusions import Ground
from services.scoring.domain.council import PersonId
from services.scoring.domain.evaluation import (
    Annulled,
    AnnulmentGround,
    Evaluation,
    OwnerKind,
    Result,
    Stopped,
    redo_id,
)
from services.scoring.domain.next_star import NextStar as Missing
from services.scoring.domain.rule_set import CaseKind
from services.scoring.domain.session import Session
from shared.document import Authority, Fact

Persons = tuple[PersonId, ...]
"""Who is to be told, each by the id under which the token issuer knows the person; never a name."""


class SpokenProduct(BaseModel):
    """A product as this service names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str


class OfEvaluation(Fact):
    """A fact about one evaluation: the part that every such event has."""

    STREAM: ClassVar[str] = "scores"

    province: Authority
    dossier_id: str
    attempt: int


class OfProduct(OfEvaluation):
    """One that names the product and its owner too."""

    product: SpokenProduct
    owner_id: str


class _OfEvaluation(TypedDict):
    province: Authority
    dossier_id: str
    attempt: int


class _OfProduct(_OfEvaluation):
    product: SpokenProduct
    owner_id: str


def _of(evaluation: Evaluation) -> _OfEvaluation:
    return _OfEvaluation(province=evaluation.submitted_by, dossier_id=evaluation.dossier_id, attempt=evaluation.attempt)


def _named(evaluation: Evaluation) -> SpokenProduct:
    product = evaluation.case.product
    return SpokenProduct(id=product.id, name=product.name)


def _seated(evaluation: Evaluation) -> Persons:
    """The council that has the product before it; nobody while it is on no agenda."""
    return () if evaluation.sitting is None else tuple(one.person for one in evaluation.sitting.seated)


def _of_product(evaluation: Evaluation) -> _OfProduct:
    return _OfProduct(**_of(evaluation), product=_named(evaluation), owner_id=evaluation.owner_id)


class EvaluationOpened(OfProduct):
    """A council's evaluation is open, on this sheet and these rules, for this manifest.

    It is said again when a higher manifest version takes the place of the first before any sheet is handed in.
    """

    TYPE: ClassVar[str] = "vn.ocop.evaluation.opened.v1"

    product_set: str
    case_kind: CaseKind
    manifest_version: int
    manifest_hash: str
    rule_set: str
    rule_set_hash: str
    sheet_hash: str

    @classmethod
    def of(cls, evaluation: Evaluation) -> "EvaluationOpened":
        case, basis = evaluation.case, evaluation.basis
        return cls(
            **_of_product(evaluation),
            product_set=case.product_set,
            case_kind=case.case_kind,
            manifest_version=case.manifest_version,
            manifest_hash=case.manifest_hash,
            rule_set=basis.rule_set,
            rule_set_hash=basis.rule_set_hash,
            sheet_hash=basis.sheet_hash,
        )


class ProposedItem(BaseModel):
    """One thing to ask the owner for; its wording stays with the council and the agency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: Paper
    criterion: str | None
    """The criterion of the sheet it bears on."""


class SupplementProposed(OfEvaluation):
    """Those who advise the council propose to ask the owner for these things by a date; the dossier service asks.

    ``manifest_version`` is that of the file they had before them.
    """

    TYPE: ClassVar[str] = "vn.ocop.supplement.proposed.v1"

    number: int
    """1 for the first proposal of this evaluation."""
    items: tuple[ProposedItem, ...]
    until: date
    manifest_version: int

    @classmethod
    def of(cls, evaluation: Evaluation, proposal: SupplementProposal) -> "SupplementProposed":
        return cls(
            **_of(evaluation),
            number=proposal.number,
            items=tuple(ProposedItem(paper=item.paper, criterion=item.criterion) for item in proposal.items),
            until=proposal.until,
            manifest_version=proposal.manifest_version,
        )


class RatingOverdue(OfEvaluation):
    """The last day for the whole rating has passed and the council has given no result."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.rating-overdue.v1"

    product: SpokenProduct
    rate_by: date
    seated: Persons = ()
    """The council that has the product before it; nobody while it is on no agenda."""

    @classmethod
    def of(cls, evaluation: Evaluation, rate_by: date) -> "RatingOverdue":
        return cls(**_of(evaluation), product=_named(evaluation), rate_by=rate_by, seated=_seated(evaluation))


class SessionScheduled(Fact):
    """A session of a council is to score these evaluations; it is said again whenever its agenda changes."""

    TYPE: ClassVar[str] = "vn.ocop.session.scheduled.v1"
    STREAM: ClassVar[str] = "scores"

    province: Authority
    round: int
    on: date
    replies_by: date | None
    """The last day for opinions in writing; ``None`` where the council meets."""
    decision: str
    agenda: tuple[str, ...]
    seated: Persons = ()
    """Everybody of the council."""

    @classmethod
    def of(cls, session: Session) -> "SessionScheduled":
        return cls(
            province=session.authority,
            round=session.round,
            on=session.on,
            replies_by=session.replies_by,
            decision=session.decision,
            agenda=session.agenda,
            seated=session.seated,
        )


class SessionClosed(Fact):
    """A session is over: what it has scored may be finalised, and told, from now on."""

    TYPE: ClassVar[str] = "vn.ocop.session.closed.v1"
    STREAM: ClassVar[str] = "scores"

    province: Authority
    round: int
    on: date
    agenda: tuple[str, ...]
    minutes: str
    seated: Persons = ()
    """Everybody of the council."""

    @classmethod
    def of(cls, session: Session) -> "SessionClosed":
        assert session.minutes is not None
        return cls(
            province=session.authority,
            round=session.round,
            on=session.on,
            agenda=session.agenda,
            minutes=session.minutes.number,
            seated=session.seated,
        )


class RescoringRequired(OfEvaluation):
    """The members' totals diverged beyond the regulation, so the product is scored again; never any marks."""

    TYPE: ClassVar[str] = "vn.ocop.evaluation.rescoring-required.v1"

    session: str
    round: int
    """The round of scoring that begins: 2 after the first divergence."""
    product: SpokenProduct | None = None
    """``None`` in what release 0.1.0 said."""
    seated: Persons = ()
    """Those who score it again."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> "RescoringRequired":
        sitting = evaluation.sitting
        assert sitting is not None
        return cls(
            **_of(evaluation),
            session=sitting.session_id,
            round=sitting.round,
            product=_named(evaluation),
            seated=tuple(one.person for one in sitting.scorers),
        )


class FailedMinimum(BaseModel):
    """A star the product does not get because of one criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    star: Literal[3, 4, 5]
    criterion: str
    needed: int
    had: int


class MissingMinimum(BaseModel):
    """A criterion to improve for the next star: points had and needed, and every option that gives them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str
    had: int
    needed: int
    options: tuple[str, ...]


class NextStar(BaseModel):
    """What is missing to one star more, in points on the average and criterion by criterion: the owner's to-do list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    star: Annotated[int, Field(ge=2, le=5)]
    average_short: str
    """Points, cut to hundredths and rounded up: whoever gains so much has enough."""
    minimums: tuple[MissingMinimum, ...]
    at_the_centre: bool
    """Whether only the Ministry can give this star."""

    @classmethod
    def of(cls, missing: Missing) -> "NextStar":
        return cls.model_validate(missing.model_dump(exclude={"total_short"}))


class ScoreFinalized(OfProduct):
    """The council's result: the exact average as sum and count, the stars, and what stood in their way.

    It carries no single member's marks. ``average`` is for reading only: it is cut to two decimals.
    """

    TYPE: ClassVar[str] = "vn.ocop.score.finalized.v1"

    commune: str
    product_set: str
    case_kind: CaseKind
    stars: Annotated[int, Field(ge=1, le=5)]
    potential_five_star: bool
    total_sum: str
    sheet_count: int
    average: str
    failed_minimums: tuple[FailedMinimum, ...]
    rule_set: str
    rule_set_hash: str
    sheet_hash: str
    manifest_hash: str
    session: str | None = None
    """The session in which the sheets were signed; results of release 0.1.0 name none."""
    next_star: NextStar | None = None
    """``None`` after the fifth star, and in results of release 0.1.0."""
    on_paper: bool = False
    """Whether there are no marks, only sums and minutes."""
    manifest_version: int | None = None
    received_on: date | None = None
    evidence: tuple[str, ...] | None = None
    """With version and day of the file: what a province needs to rate itself what the centre sends back."""
    owner_kind: OwnerKind | None = None

    @classmethod
    def of(cls, evaluation: Evaluation, result: Result, missing: Missing | None) -> "ScoreFinalized":
        case, basis, rating = evaluation.case, evaluation.basis, result.rating
        return cls(
            **_of_product(evaluation),
            commune=evaluation.commune,
            product_set=case.product_set,
            case_kind=case.case_kind,
            stars=rating.stars,
            potential_five_star=rating.potential_five_star,
            total_sum=str(result.average.total),
            sheet_count=result.average.count,
            average=str(result.average),
            failed_minimums=tuple(
                FailedMinimum.model_validate(failed.model_dump()) for failed in rating.failed_minimums
            ),
            rule_set=basis.rule_set,
            rule_set_hash=basis.rule_set_hash,
            sheet_hash=basis.sheet_hash,
            manifest_hash=case.manifest_hash,
            session=evaluation.sitting.session_id if evaluation.sitting is not None else None,
            next_star=None if missing is None else NextStar.of(missing),
            on_paper=result.on_paper is not None,
            manifest_version=case.manifest_version,
            received_on=case.received_on,
            evidence=case.evidence,
            owner_kind=case.owner_kind,
        )


class EvaluationStopped(OfProduct):
    """The evaluation ended without a total and without a star: the dossier was withdrawn, or the council so concluded.

    ``criterion`` and ``rule`` name the reason on the sheet, ``minutes`` the council's paper.
    """

    TYPE: ClassVar[str] = "vn.ocop.evaluation.stopped.v1"

    reason: Ground
    criterion: str | None = None
    rule: str | None = None
    minutes: str | None = None
    seated: Persons = ()
    """The council that had the product before it."""

    @classmethod
    def of(cls, evaluation: Evaluation, stopped: Stopped) -> "EvaluationStopped":
        return cls(
            **_of_product(evaluation),
            reason=stopped.ground,
            criterion=stopped.criterion,
            rule=stopped.rule,
            minutes=stopped.minutes,
            seated=_seated(evaluation),
        )


class ScoreAnnulled(OfProduct):
    """A result does not hold, by this ground and paper; the council scores the same file once more."""

    TYPE: ClassVar[str] = "vn.ocop.score.annulled.v1"

    ground: AnnulmentGround
    document: str
    dated: date
    redone_as: str
    """The evaluation that takes the place of this one."""
    seated: Persons = ()
    """The council that gave the result; nobody where it was taken from paper."""

    @classmethod
    def of(cls, evaluation: Evaluation, annulled: Annulled) -> "ScoreAnnulled":
        return cls(
            **_of_product(evaluation),
            ground=annulled.ground,
            document=annulled.document,
            dated=annulled.dated,
            redone_as=redo_id(evaluation.id),
            seated=_seated(evaluation),
        )

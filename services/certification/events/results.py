"""What is said of the councils' results: the signed decision as a whole, and what it says to each owner."""

from datetime import date
from typing import ClassVar, Literal

from services.certification.domain.certificate import OwnerKind
from services.certification.domain.decision import RecognitionDecision
from services.certification.domain.recognition import Result
from services.certification.domain.rule_set import CaseKind, Stars
from services.certification.events.concerning import Concerning, Part, decided, whose
from services.certification.events.heard import DecidedOutcome
from shared.document import Authority, Fact


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
    owner_kind: OwnerKind | None = None
    """These four are for the province, which may decide on a result of the centre's council below five stars."""

    @classmethod
    def of(cls, result: Result) -> "ResultAnnounced":
        said = result.announced
        assert said is not None
        return cls.model_validate(
            whose(result.subject)
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
                "owner_kind": result.subject.owner_kind,
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
        return cls.model_validate(whose(result.subject) | told | decided(by))


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
        return cls.model_validate(whose(result.subject) | told | decided(by))

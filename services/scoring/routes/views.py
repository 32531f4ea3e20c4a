"""What an evaluation and its result look like to whoever reads them."""

from datetime import date, datetime
from typing import Literal

from services.scoring.domain.evaluation import (
    Annulled,
    Evaluation,
    OnPaper,
    Product,
    Result,
    State,
    Stopped,
)
from services.scoring.domain.rule_set import CaseKind
from services.scoring.domain.sitting import Conflict
from services.scoring.domain.stars import FailedMinimum
from services.scoring.routes.asking import CONCLUDING
from services.scoring.routes.sheet_views import OldSheet, SignedSheet
from shared.http import Told
from shared.identity import Caller


class ResultView(Told):
    """The council's result; it is told to nobody else before the decision announces it."""

    stars: int
    potential_five_star: bool
    total_sum: str
    sheet_count: int
    average: str
    failed_minimums: tuple[FailedMinimum, ...]
    finalised_at: datetime
    on_paper: OnPaper | None
    """The minutes of a result that was rated wholly on paper."""

    @classmethod
    def of(cls, result: Result) -> "ResultView":
        return cls(
            stars=result.rating.stars,
            potential_five_star=result.rating.potential_five_star,
            total_sum=str(result.average.total),
            sheet_count=result.average.count,
            average=str(result.average),
            failed_minimums=result.rating.failed_minimums,
            finalised_at=result.at,
            on_paper=result.on_paper,
        )


class StoppedView(Told):
    """Why the evaluation ended without a result."""

    ground: str
    criterion: str | None
    rule: str | None
    minutes: str | None
    stopped_at: datetime

    @classmethod
    def of(cls, stopped: Stopped) -> "StoppedView":
        return cls(
            ground=stopped.ground,
            criterion=stopped.criterion,
            rule=stopped.rule,
            minutes=stopped.minutes,
            stopped_at=stopped.at,
        )


class EvaluationView(Told):
    """An evaluation as its reader may see it.

    Until its blind phase closes nobody sees another's marks or any total; `sheet_count` and `signed` are for those who
    run the session.
    """

    id: str
    authority: str
    dossier_id: str
    attempt: int
    product: Product
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    manifest_version: int
    manifest_hash: str
    received_on: date
    rule_set: str
    rule_set_hash: str
    sheet_hash: str
    rate_by: date | None
    """The last day for the whole rating, where the rules set one."""
    state: State
    phase: Literal["waiting", "blind", "deliberation", "ended"]
    session: str | None
    round: int | None
    present: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    in_field: tuple[str, ...]
    """Those seated who come from the field of the product's lead ministry."""
    handed_in: bool
    sheet_count: int | None
    signed: tuple[str, ...] | None
    result: ResultView | None
    stopped: StoppedView | None
    annulled: Annulled | None
    redoes: str | None

    @classmethod
    def of(cls, evaluation: Evaluation, caller: Caller) -> "EvaluationView":
        case, basis = evaluation.case, evaluation.basis
        sitting, runs = evaluation.sitting, caller.role in CONCLUDING
        told = caller.role not in ("observer", "advisory_group") and evaluation.result is not None
        return cls(
            id=evaluation.id,
            authority=evaluation.authority,
            dossier_id=evaluation.dossier_id,
            attempt=evaluation.attempt,
            product=case.product,
            owner_id=evaluation.owner_id,
            commune=evaluation.commune,
            product_set=case.product_set,
            case_kind=case.case_kind,
            manifest_version=case.manifest_version,
            manifest_hash=case.manifest_hash,
            received_on=case.received_on,
            rule_set=basis.rule_set,
            rule_set_hash=basis.rule_set_hash,
            sheet_hash=basis.sheet_hash,
            rate_by=basis.rate_by,
            state=evaluation.state,
            phase=evaluation.phase,
            session=sitting.session_id if sitting else None,
            round=sitting.round if sitting else None,
            present=sitting.present if sitting else (),
            conflicts=sitting.conflicts if sitting else (),
            in_field=tuple(one.person for one in sitting.seated if one.in_field) if sitting else (),
            handed_in=evaluation.sheet_of(caller.subject) is not None,
            sheet_count=len(evaluation.sheets) if runs else None,
            signed=tuple(sorted(sheet.member for sheet in evaluation.sheets)) if runs else None,
            result=ResultView.of(evaluation.result) if told and evaluation.result else None,
            stopped=StoppedView.of(evaluation.stopped) if evaluation.stopped else None,
            annulled=evaluation.annulled if told else None,
            redoes=evaluation.redoes,
        )


class EvaluationDetail(Told):
    """One evaluation, with the caller's own sheets: the one in force, and those it took the place of."""

    evaluation: EvaluationView
    own_sheet: SignedSheet | None
    own_record: list[OldSheet]

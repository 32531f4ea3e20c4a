"""Evaluations over HTTP: who sees what when, conflicts, the blind phase, what was agreed, and the result."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field

from services.scoring.domain.blind_phase import close
from services.scoring.domain.conclusions import conclude
from services.scoring.domain.council import PersonId
from services.scoring.domain.evaluation import (
    Agreement,
    Annulled,
    AnnulmentGround,
    Evaluation,
    HandedIn,
    OnPaper,
    Product,
    Result,
    State,
    Stopped,
    annul,
    redo_id,
    sitting_of,
    stop,
)
from services.scoring.domain.explanation import Explanation, explain
from services.scoring.domain.finalising import finalise, note_agreement
from services.scoring.domain.marks import Mark, read
from services.scoring.domain.next_star import lacked
from services.scoring.domain.rule_set import CaseKind
from services.scoring.domain.session import SessionClosed
from services.scoring.domain.sheet import Sheet, Slug
from services.scoring.domain.signing import declare
from services.scoring.domain.sitting import Closing, Conflict, InConflict, NotSeated, check_runs
from services.scoring.domain.stars import FailedMinimum, differing
from services.scoring.events import EvaluationStopped, RescoringRequired, ScoreAnnulled, ScoreFinalized
from services.scoring.routes.asking import ADVISING, CONCLUDING, COUNCIL, InPath, Key, Option
from services.scoring.store import Evaluations, RuleSets, Sessions, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text


class NotFinalised(Refusal):
    vi = "Lượt đánh giá này chưa có kết quả. Hãy đợi hội đồng chốt kết quả."
    en = "This evaluation has no result yet. Wait until the council has finalised it."


class DatedAhead(Refusal):
    status = 422
    vi = "Văn bản ghi ngày {on}, chưa đến. Hãy sửa ngày của văn bản."
    en = "The document is dated {on}, which has not come yet. Correct its date."


class Declaring(Asked):
    """Whose conflict of interest it is, the caller's own when nobody is named, and what kind."""

    person: PersonId | None = None
    kind: Literal["own", "related"]


class ConflictNoted(Told):
    """This person does not score the product."""

    person: str
    kind: Literal["own", "related"]


class ClosingPhase(Asked):
    """Nothing is to be said beside it: everything it rests on is on file."""


class PhaseReceipt(Told):
    """Whether the blind phase is over, or the totals diverged too far and another round of scoring begins."""

    evaluation: str
    outcome: Literal["closed", "rescoring"]
    round: int

    @classmethod
    def of(cls, evaluation: Evaluation) -> "PhaseReceipt":
        sitting = sitting_of(evaluation)
        outcome: Literal["closed", "rescoring"] = "rescoring" if sitting.blind else "closed"
        return cls(evaluation=evaluation.id, outcome=outcome, round=sitting.round)


class Agreeing(Asked):
    """The option the council agreed for each criterion with a star minimum in which its members differ."""

    agreed: Annotated[dict[Key, Option | None], Field(max_length=200)]


class AgreementNoted(Told):
    """What was agreed is on file; entering it again replaces it until the session closes."""

    evaluation: str
    agreed: dict[str, str | None]


class Finalising(Asked):
    """Nothing is to be said beside it: everything the result rests on is on file."""


class Concluding(Asked):
    """A conclusion of the council in its minutes that ends the evaluation.

    `rule` is a disqualifier of the whole dossier, or with `criterion` a rule printed beside that criterion.
    """

    rule: Slug
    criterion: Key | None = None
    minutes: Annotated[str, Text(200)]


class Annulling(Asked):
    """By what ground and paper a result does not hold."""

    ground: AnnulmentGround
    document: Annotated[str, Text(100)]
    dated: date


class AnnulmentReceipt(Told):
    """The result does not hold any more; `redone_as` is the evaluation the council scores instead."""

    evaluation: str
    redone_as: str


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


class SignedSheet(Told):
    """A signed sheet, readable."""

    marks: tuple[Mark, ...]
    total: int
    handed_in_at: datetime
    hash: str

    @classmethod
    def of(cls, sheet: Sheet, signed: HandedIn) -> "SignedSheet":
        return cls(marks=read(sheet, signed.marks), total=signed.total, handed_in_at=signed.at, hash=signed.hash)


class OldSheet(Told):
    """A signed sheet that does not count any more."""

    sheet: SignedSheet
    round: int
    why: str
    reason: str | None
    superseded_at: datetime


class CouncilSheet(Told):
    """One member's signed sheet as the council discusses it."""

    member: str
    round: int
    in_force: bool
    sheet: SignedSheet


class Deliberation(Told):
    """What the council has before it once the blind phase of a round is closed."""

    closings: tuple[Closing, ...]
    sheets: list[CouncilSheet]
    differing: tuple[str, ...]
    """The criteria with a star minimum in which the sheets in force differ."""
    agreement: Agreement | None


class EvaluationDetail(Told):
    """One evaluation, with the caller's own sheets: the one in force, and those it took the place of."""

    evaluation: EvaluationView
    own_sheet: SignedSheet | None
    own_record: list[OldSheet]


def routes(sessions: Sessions, evaluations: Evaluations, sheets: Sheets, rule_sets: RuleSets, clock: Clock) -> Router:
    router = Router(tags=["evaluations"])

    @router.get("/evaluations")
    async def list_evaluations(
        caller: Annotated[Caller, allow(*COUNCIL, *ADVISING, "observer")],
        state: State | None = None,
        rate_by: date | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[EvaluationView]:
        """The evaluations of the caller's council, in a fixed order.

        With `rate_by` those still open whose last day for the whole rating is that day or has passed by then.
        """
        where: dict[str, object] = {**caller.within}
        if rate_by is not None:
            where |= {"state": "open", "basis.rate_by": {"$lte": rate_by.isoformat()}}
        if state is not None:
            where["state"] = state
        found = await evaluations.find(where, after=after, limit=limit)
        return Page.of((EvaluationView.of(one, caller) for one in found.items), found.next)

    @router.get("/evaluations/{id}")
    async def show_evaluation(
        id: InPath, caller: Annotated[Caller, allow(*COUNCIL, *ADVISING, "observer")]
    ) -> EvaluationDetail:
        """One evaluation, with the sheet the caller has handed in."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        own = evaluation.sheet_of(caller.subject)
        return EvaluationDetail(
            evaluation=EvaluationView.of(evaluation, caller),
            own_sheet=None if own is None else SignedSheet.of(sheet, own),
            own_record=[
                OldSheet(
                    sheet=SignedSheet.of(sheet, old.sheet),
                    round=old.round,
                    why=old.why,
                    reason=old.reason,
                    superseded_at=old.at,
                )
                for old in evaluation.record
                if old.sheet.member == caller.subject
            ],
        )

    @router.get("/evaluations/{id}/deliberation")
    async def show_deliberation(id: InPath, caller: Annotated[Caller, allow(*COUNCIL)]) -> Deliberation:
        """What every member signed, for the council that sits on the product, of rounds whose blind phase is closed."""
        evaluation = await evaluations.get(id, caller.within)
        sitting = sitting_of(evaluation)
        if sitting.seat_of(caller.subject) is None:
            raise NotSeated()
        if sitting.in_conflict(caller.subject):
            raise InConflict()
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        shown = [
            CouncilSheet(
                member=old.sheet.member, round=old.round, in_force=False, sheet=SignedSheet.of(sheet, old.sheet)
            )
            for old in evaluation.record
            if old.session_id == sitting.session_id and old.why == "rescoring"
        ]
        now: tuple[HandedIn, ...] = () if sitting.blind else evaluation.sheets
        shown += [
            CouncilSheet(member=one.member, round=sitting.round, in_force=True, sheet=SignedSheet.of(sheet, one))
            for one in now
        ]
        return Deliberation(
            closings=sitting.closings,
            sheets=shown,
            differing=differing(sheet, [one.marks for one in now]),
            agreement=evaluation.agreement,
        )

    @router.post("/evaluations/{id}/conflicts", status_code=201)
    async def declare_conflict(
        id: InPath,
        declaring: Declaring,
        caller: Annotated[Caller, allow(*COUNCIL)],
        command: Annotated[Command, Depends(command)],
    ) -> ConflictNoted:
        """Declare a conflict of interest, one's own or, by whoever runs the session, a known one of another."""
        person = declaring.person or caller.subject
        conflict = Conflict(person=person, kind=declaring.kind, declared_by=caller.principal, at=clock())

        def declared(evaluation: Evaluation) -> Decision[Evaluation]:
            if person != caller.subject:
                check_runs(sitting_of(evaluation), caller.subject)
            return declare(evaluation, conflict), ()

        saved = await evaluations.change(
            id,
            declared,
            command=command,
            answer=lambda _: ConflictNoted(person=person, kind=declaring.kind),
            within=caller.within,
        )
        return ConflictNoted.model_validate(saved.answer)

    @router.post("/evaluations/{id}/blind-phase/closing")
    async def close_blind_phase(
        id: InPath,
        closing: ClosingPhase,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> PhaseReceipt:
        """Close the blind phase of one product: from now on nothing is signed or reopened, and the council sees all.

        Where the totals differ by more than the regulation allows, another blind round begins instead.
        """
        now = clock()

        def closed(evaluation: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(evaluation), caller.subject)
            after = close(evaluation, by=caller.principal, at=now, today=day(now))
            return after, (RescoringRequired.of(after),) if sitting_of(after).blind else ()

        saved = await evaluations.change(id, closed, command=command, answer=PhaseReceipt.of, within=caller.within)
        return PhaseReceipt.model_validate(saved.answer)

    @router.post("/evaluations/{id}/agreement")
    async def enter_agreement(
        id: InPath,
        agreeing: Agreeing,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> AgreementNoted:
        """Enter what the council agreed where members differ in a criterion with a star minimum."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        if (await sessions.get(sitting_of(evaluation).session_id)).minutes is not None:
            raise SessionClosed()
        now = clock()

        def agreed(held: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(held), caller.subject)
            return note_agreement(held, sheet, agreeing.agreed, by=caller.principal, at=now), ()

        saved = await evaluations.change(
            id,
            agreed,
            command=command,
            answer=lambda _: AgreementNoted(evaluation=id, agreed=agreeing.agreed),
            within=caller.within,
        )
        return AgreementNoted.model_validate(saved.answer)

    @router.post("/evaluations/{id}/finalisation")
    async def finalise_evaluation(
        id: InPath,
        finalising: Finalising,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> ResultView:
        """Count the result once the session has closed: the average, the stars, and what stood in their way."""
        evaluation = await evaluations.get(id, caller.within)
        basis = evaluation.basis
        sheet = await sheets.sheet(basis.sheet_hash)
        rules = await rule_sets.rule_set(basis.rule_set_hash)
        over = evaluation.sitting is not None and (await sessions.get(evaluation.sitting.session_id)).scored(id)
        now = clock()

        def finalised(held: Evaluation) -> Decision[Evaluation]:
            after = finalise(held, sheet, rules, basis, session_closed=over, by=caller.principal, at=now)
            assert after.result is not None
            return after, (ScoreFinalized.of(after, after.result, lacked(after, sheet, rules)),)

        def answer(evaluation: Evaluation) -> ResultView:
            assert evaluation.result is not None
            return ResultView.of(evaluation.result)

        saved = await evaluations.change(id, finalised, command=command, answer=answer, within=caller.within)
        return ResultView.model_validate(saved.answer)

    @router.post("/evaluations/{id}/conclusion")
    async def conclude_evaluation(
        id: InPath,
        concluding: Concluding,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> StoppedView:
        """Stop the evaluation by a conclusion of the council in its minutes: no total, no star."""
        evaluation = await evaluations.get(id, caller.within)
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        ground = conclude(sheet, concluding.rule, concluding.criterion)
        stopped = Stopped(
            ground=ground,
            criterion=concluding.criterion,
            rule=concluding.rule,
            minutes=concluding.minutes,
            at=clock(),
        )

        def concluded(evaluation: Evaluation) -> Decision[Evaluation]:
            check_runs(sitting_of(evaluation), caller.subject)
            after = stop(evaluation, stopped)
            return after, (EvaluationStopped.of(after, stopped),)

        saved = await evaluations.change(
            id,
            concluded,
            command=command,
            answer=lambda _: StoppedView.of(stopped),
            within=caller.within,
        )
        return StoppedView.model_validate(saved.answer)

    @router.post("/evaluations/{id}/annulment")
    async def annul_result(
        id: InPath,
        annulling: Annulling,
        caller: Annotated[Caller, allow("agency")],
        command: Annotated[Command, Depends(command)],
    ) -> AnnulmentReceipt:
        """Annul a result by the Ministry's order, an upheld complaint or a wrong entry; the file is scored anew."""
        now = clock()
        if annulling.dated > day(now):
            raise DatedAhead(on=annulling.dated.isoformat())
        annulled = Annulled(**annulling.model_dump(), by=caller.principal, at=now)

        def annul_it(evaluation: Evaluation) -> Decision[Evaluation]:
            after = annul(evaluation, annulled)
            return after, (ScoreAnnulled.of(after, annulled),)

        def answer(evaluation: Evaluation) -> AnnulmentReceipt:
            return AnnulmentReceipt(evaluation=evaluation.id, redone_as=redo_id(evaluation.id))

        saved = await evaluations.change(id, annul_it, command=command, answer=answer, within=caller.within)
        return AnnulmentReceipt.model_validate(saved.answer)

    @router.get("/evaluations/{id}/explanation")
    async def explain_evaluation(id: InPath, caller: Annotated[Caller, allow("agency")]) -> Explanation:
        """Every step from the ticks to the stars with its article, computed again from the frozen sheet."""
        evaluation = await evaluations.get(id, caller.within)
        if evaluation.result is None:
            raise NotFinalised()
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        rules = await rule_sets.rule_set(evaluation.basis.rule_set_hash)
        return explain(evaluation, sheet, rules, evaluation.result)

    return router

"""Scoring over HTTP: the catalogue and sheets for everybody, evaluations for the council and its agency."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from services.scoring.catalogue import LANGUAGES, Catalogue, wording
from services.scoring.domain.conclusions import conclude
from services.scoring.domain.evaluation import (
    AnotherSheet,
    Evaluation,
    Product,
    Result,
    Stopped,
    finalise,
    hand_in,
    stop,
)
from services.scoring.domain.explanation import Explanation, explain
from services.scoring.domain.marks import Mark, read
from services.scoring.domain.rule_set import CaseKind, in_force_on
from services.scoring.domain.sheet import Sheet, Slug
from services.scoring.domain.stars import FailedMinimum
from services.scoring.events import EvaluationStopped, ScoreFinalized
from services.scoring.store import Evaluations, RuleSets, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Language, Refusal
from shared.http import Router, command
from shared.identity import PUBLIC, Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

MEMBERS = ("council_member", "council_chair")
"""Who scores: every member of the council, the chair among them; the secretary writes the minutes."""
COUNCIL = (*MEMBERS, "council_secretary")
CONCLUDING = ("council_chair", "council_secretary")

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
EvaluationId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
Key = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2}){0,3}(:[a-z0-9-]{1,60})?$")]
Option = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,99}$")]


class NotFinalised(Refusal):
    vi = "Lượt đánh giá này chưa có kết quả. Hãy đợi hội đồng chốt kết quả."
    en = "This evaluation has no result yet. Wait until the council has finalised it."


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProductSet(Told):
    """One set of products, and the sheet on which its products are scored."""

    set: str
    number: int
    name: dict[Language, str]
    sector: str
    group: str
    ministries: tuple[str, ...]
    samples: int
    rule_set: str
    sheet_hash: str


class ProductSets(Told):
    """The sets of the rule set in force on a day."""

    rule_set: str
    decision: str
    sets: list[ProductSet]


class SheetOnFile(Told):
    """A sheet, its hash, and the wording of every key in it."""

    hash: str
    sheet: Sheet
    labels: dict[Language, dict[str, str]]


class Ticked(Asked):
    """A member's whole sheet: for each criterion the option ticked, or null for “no option met”.

    A criterion with several cases is answered for one of them, under `code:case`.
    """

    sheet_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    ticks: Annotated[dict[Key, Option | None], Field(max_length=200)]


class SheetReceived(Told):
    """What became of a sheet."""

    evaluation: str
    total: int
    handed_in_at: datetime


class Finalising(Asked):
    """The option the council agreed for each criterion with a star minimum in which its members differ."""

    agreed: Annotated[dict[Key, Option | None], Field(max_length=200)] = {}


class Concluding(Asked):
    """A conclusion of the council in its minutes that ends the evaluation.

    `rule` is a disqualifier of the whole dossier, or with `criterion` a rule printed beside that criterion.
    """

    rule: Slug
    criterion: Key | None = None
    minutes: Annotated[str, Text(200)]


class ResultView(Told):
    """The council's result; it is told to nobody else before the decision announces it."""

    stars: int
    potential_five_star: bool
    total_sum: str
    sheet_count: int
    average: str
    failed_minimums: tuple[FailedMinimum, ...]
    finalised_at: datetime

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

    Until it is finalised nobody sees another's marks or any total; `sheet_count` is for those who run the session.
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
    state: Literal["open", "finalised", "stopped"]
    handed_in: bool
    sheet_count: int | None
    result: ResultView | None
    stopped: StoppedView | None

    @classmethod
    def of(cls, evaluation: Evaluation, caller: Caller) -> "EvaluationView":
        case, basis = evaluation.case, evaluation.basis
        told = caller.role != "observer" and evaluation.result is not None
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
            state=evaluation.state,
            handed_in=evaluation.sheet_of(caller.subject) is not None,
            sheet_count=len(evaluation.sheets) if caller.role in CONCLUDING else None,
            result=ResultView.of(evaluation.result) if told and evaluation.result else None,
            stopped=StoppedView.of(evaluation.stopped) if evaluation.stopped else None,
        )


class OwnSheet(Told):
    """The sheet the caller has handed in."""

    marks: tuple[Mark, ...]
    total: int
    handed_in_at: datetime


class EvaluationDetail(Told):
    """One evaluation, with the caller's own sheet."""

    evaluation: EvaluationView
    own_sheet: OwnSheet | None


def routes(evaluations: Evaluations, sheets: Sheets, rule_sets: RuleSets, catalogue: Catalogue, clock: Clock) -> Router:
    router = Router(tags=["scoring"])

    @router.get("/catalogue/sets", dependencies=[PUBLIC])
    async def list_sets(on: date | None = None) -> ProductSets:
        """The product sets of the rule set in force `on` a day, today when none is given."""
        entry = in_force_on(catalogue.entries, on or day(clock()))
        book = catalogue.books.get(entry.number)
        kept = [] if book is None else list(book.sheets.values())
        return ProductSets(
            rule_set=entry.number,
            decision=entry.decision,
            sets=[
                ProductSet(
                    set=one.model.set,
                    number=one.model.number,
                    name=catalogue.label(entry.number, one.model.name_key),
                    sector=one.model.sector,
                    group=one.model.group,
                    ministries=one.model.ministries,
                    samples=one.model.samples,
                    rule_set=entry.number,
                    sheet_hash=one.hash,
                )
                for one in sorted(kept, key=lambda one: one.model.number)
            ],
        )

    @router.get("/sheets/{hash}", dependencies=[PUBLIC], response_model_exclude_defaults=True)
    async def show_sheet(hash: Hash) -> SheetOnFile:
        """The sheet with this hash, as it was frozen, and the present wording of its keys."""
        sheet = await sheets.sheet(hash)
        book = catalogue.books.get(sheet.rule_set)
        keys = sorted(set(wording(sheet)))
        labels = {
            language: {key: book.labels[language][key] for key in keys if key in book.labels[language]}
            if book is not None
            else {}
            for language in LANGUAGES
        }
        return SheetOnFile(hash=hash, sheet=sheet, labels=labels)

    @router.get("/evaluations")
    async def list_evaluations(
        caller: Annotated[Caller, allow(*COUNCIL, "agency", "observer")],
        state: Literal["open", "finalised", "stopped"] | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[EvaluationView]:
        """The evaluations of the caller's council, in a fixed order."""
        where = dict(caller.within) | ({"state": state} if state else {})
        found = await evaluations.find(where, after=after, limit=limit)
        return Page.of((EvaluationView.of(one, caller) for one in found.items), found.next)

    @router.get("/evaluations/{id}")
    async def show_evaluation(
        id: EvaluationId, caller: Annotated[Caller, allow(*COUNCIL, "agency", "observer")]
    ) -> EvaluationDetail:
        """One evaluation, with the sheet the caller has handed in."""
        evaluation = await evaluations.get(id, caller.within)
        own = evaluation.sheet_of(caller.subject)
        shown = None
        if own is not None:
            sheet = await sheets.sheet(evaluation.basis.sheet_hash)
            shown = OwnSheet(marks=read(sheet, own.marks), total=own.total, handed_in_at=own.at)
        return EvaluationDetail(evaluation=EvaluationView.of(evaluation, caller), own_sheet=shown)

    @router.post("/evaluations/{id}/sheets", status_code=201)
    async def hand_in_sheet(
        id: EvaluationId,
        ticked: Ticked,
        caller: Annotated[Caller, allow(*MEMBERS)],
        command: Annotated[Command, Depends(command)],
    ) -> SheetReceived:
        """Hand in the caller's sheet; each member hands in one, and every criterion is answered."""
        evaluation = await evaluations.get(id, caller.within)
        if ticked.sheet_hash != evaluation.basis.sheet_hash:
            raise AnotherSheet()
        sheet = await sheets.sheet(ticked.sheet_hash)
        now = clock()

        def handed_in(evaluation: Evaluation) -> Decision[Evaluation]:
            return hand_in(evaluation, sheet, ticked.sheet_hash, member=caller.subject, ticks=ticked.ticks, at=now), ()

        def answer(evaluation: Evaluation) -> SheetReceived:
            own = evaluation.sheet_of(caller.subject)
            assert own is not None
            return SheetReceived(evaluation=evaluation.id, total=own.total, handed_in_at=own.at)

        saved = await evaluations.change(id, handed_in, command=command, answer=answer, within=caller.within)
        return SheetReceived.model_validate(saved.answer)

    @router.post("/evaluations/{id}/finalisation")
    async def finalise_evaluation(
        id: EvaluationId,
        finalising: Finalising,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> ResultView:
        """Close the scoring: the average, the stars, and what stood in the way of the next ones."""
        evaluation = await evaluations.get(id, caller.within)
        basis = evaluation.basis
        sheet = await sheets.sheet(basis.sheet_hash)
        rules = await rule_sets.rule_set(basis.rule_set_hash)
        now = clock()

        def finalised(evaluation: Evaluation) -> Decision[Evaluation]:
            after = finalise(evaluation, sheet, rules, basis, agreed=finalising.agreed, by=caller.principal, at=now)
            assert after.result is not None
            return after, (ScoreFinalized.of(after, after.result),)

        def answer(evaluation: Evaluation) -> ResultView:
            assert evaluation.result is not None
            return ResultView.of(evaluation.result)

        saved = await evaluations.change(id, finalised, command=command, answer=answer, within=caller.within)
        return ResultView.model_validate(saved.answer)

    @router.post("/evaluations/{id}/conclusion")
    async def conclude_evaluation(
        id: EvaluationId,
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

    @router.get("/evaluations/{id}/explanation")
    async def explain_evaluation(id: EvaluationId, caller: Annotated[Caller, allow("agency")]) -> Explanation:
        """Every step from the ticks to the stars with its article, computed again from the frozen sheet."""
        evaluation = await evaluations.get(id, caller.within)
        if evaluation.result is None:
            raise NotFinalised()
        sheet = await sheets.sheet(evaluation.basis.sheet_hash)
        rules = await rule_sets.rule_set(evaluation.basis.rule_set_hash)
        return explain(evaluation, sheet, rules, evaluation.result)

    return router

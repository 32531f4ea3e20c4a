"""Advice on a product over HTTP: visits, tests, supplements proposed, and the report at hand in the session."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Depends, Path
from pydantic import Field

from services.scoring.domain.advice import (
    Advice,
    AdvisoryReport,
    LaboratoryFinding,
    Opinion,
    Paper,
    ProposedItem,
    SiteVisit,
)
from services.scoring.domain.advising import ask_test, check_adviser, enter_finding, propose, report, visit
from services.scoring.domain.council import Membership, NoCouncil, council_id
from services.scoring.domain.evaluation import Evaluation
from services.scoring.events.spoken import SupplementProposed
from services.scoring.routes.asking import ADVISING, COUNCIL, InPath, Key
from services.scoring.store import Councils, Evaluations, Sheets
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Flaw, NotFound, Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.text import Text

Adviser = Annotated[Caller, allow(*ADVISING)]
Findings = Annotated[str, Text(4_000, lines=True)]


class CriterionUnknown(Refusal):
    status = 422
    vi = "Phiếu của sản phẩm không có {count} tiêu chí được nêu. Hãy sửa từng mục."
    en = "The sheet of the product does not have {count} of the criteria named. Mend each item."


class Visiting(Asked):
    """A visit to the place of production, and what was found there."""

    on: date
    findings: Findings


class Testing(Asked):
    """A test beside those of the file, and why it is needed."""

    what: Annotated[str, Text(300)]
    reason: Annotated[str, Text(1_000, lines=True)]


class Tested(Asked):
    """The laboratory's finding: the number and day of its paper, and whether what was asked is met."""

    report: Annotated[str, Text(100)]
    on: date
    met: bool


class Proposing(Asked):
    """One thing to ask the owner for."""

    paper: Paper
    criterion: Key | None = None
    what: Annotated[str, Text(300)]


class ProposingSupplement(Asked):
    """Things to ask the owner for, by a date."""

    items: Annotated[tuple[Proposing, ...], Field(min_length=1, max_length=50)]
    until: date


class Reporting(Asked):
    """The report to the chair of the council, on the file as it is now."""

    number: Annotated[str, Text(100)]
    on: date
    opinion: Opinion
    text: Annotated[str, Text(20_000, lines=True)]


class AdviceNoted(Told):
    """It is on file; so many entries of each kind there are now, the newest last and numbered by its place."""

    evaluation: str
    visits: int
    tests: int
    proposals: int
    reports: int

    @classmethod
    def of(cls, evaluation: Evaluation) -> "AdviceNoted":
        advice = evaluation.advice
        return cls(
            evaluation=evaluation.id,
            visits=len(advice.visits),
            tests=len(advice.tests),
            proposals=len(advice.proposals),
            reports=len(advice.reports),
        )


class AdviceView(Told):
    """Everything the council is advised on one product."""

    evaluation: str
    manifest_version: int
    """The file as it is now."""
    advice: Advice
    report: AdvisoryReport | None
    """The report that counts."""
    report_is_current: bool | None
    """Whether the report is on the file as it is now; `null` where there is none."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> "AdviceView":
        counts = evaluation.advice.report
        return cls(
            evaluation=evaluation.id,
            manifest_version=evaluation.case.manifest_version,
            advice=evaluation.advice,
            report=counts,
            report_is_current=None if counts is None else counts.manifest_hash == evaluation.case.manifest_hash,
        )


def routes(evaluations: Evaluations, councils: Councils, sheets: Sheets, clock: Clock) -> Router:
    router = Router(tags=["advice"])

    async def council_today(authority: str) -> Membership | None:
        try:
            return (await councils.get(council_id(authority))).on(day(clock()))
        except (NotFound, NoCouncil):
            return None

    async def adviser(id: str, caller: Caller) -> Evaluation:
        """The evaluation, once it is sure that the caller advises on it. Raises ``NotTheAdviser``."""
        evaluation = await evaluations.get(id, caller.within)
        check_adviser(
            evaluation.case.case_kind,
            agency=caller.role == "agency",
            person=caller.subject,
            membership=await council_today(evaluation.authority),
        )
        return evaluation

    async def advised(
        id: str, decide: Callable[[Evaluation], Decision[Evaluation]], caller: Caller, command: Command
    ) -> AdviceNoted:
        saved = await evaluations.change(id, decide, command=command, answer=AdviceNoted.of, within=caller.within)
        return AdviceNoted.model_validate(saved.answer)

    @router.get("/evaluations/{id}/advice")
    async def show_advice(id: InPath, caller: Annotated[Caller, allow(*COUNCIL, *ADVISING)]) -> AdviceView:
        """What the council is advised on a product, before and while it scores."""
        return AdviceView.of(await evaluations.get(id, caller.within))

    @router.post("/evaluations/{id}/advice/visits", status_code=201)
    async def note_visit(
        id: InPath, visiting: Visiting, caller: Adviser, command: Annotated[Command, Depends(command)]
    ) -> AdviceNoted:
        """Note a visit to the place of production."""
        await adviser(id, caller)
        now = clock()
        noted = SiteVisit(**visiting.model_dump(), by=caller.principal, at=now)
        return await advised(id, lambda held: (visit(held, noted, day(now)), ()), caller, command)

    @router.post("/evaluations/{id}/advice/tests", status_code=201)
    async def ask_for_test(
        id: InPath, testing: Testing, caller: Adviser, command: Annotated[Command, Depends(command)]
    ) -> AdviceNoted:
        """Ask for a test beside those of the file."""
        await adviser(id, caller)
        now = clock()

        def asked(held: Evaluation) -> Decision[Evaluation]:
            return ask_test(held, **testing.model_dump(), by=caller.principal, at=now), ()

        return await advised(id, asked, caller, command)

    @router.post("/evaluations/{id}/advice/tests/{number}/result", status_code=201)
    async def enter_test_result(
        id: InPath,
        number: Annotated[int, Path(ge=1, le=999)],
        result: Tested,
        caller: Adviser,
        command: Annotated[Command, Depends(command)],
    ) -> AdviceNoted:
        """Enter what the laboratory found."""
        await adviser(id, caller)
        now = clock()
        found = LaboratoryFinding(**result.model_dump(), by=caller.principal, at=now)
        return await advised(id, lambda held: (enter_finding(held, number, found, day(now)), ()), caller, command)

    @router.post("/evaluations/{id}/advice/supplements", status_code=201)
    async def propose_supplement(
        id: InPath, proposing: ProposingSupplement, caller: Adviser, command: Annotated[Command, Depends(command)]
    ) -> AdviceNoted:
        """Propose what the owner is to hand in after all; the dossier service asks for it."""
        evaluation = await adviser(id, caller)
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        flaws = [
            Flaw(f"/items/{n}/criterion", "Phiếu không có tiêu chí này.", "The sheet has no such criterion.")
            for n, item in enumerate(proposing.items)
            if item.criterion is not None and item.criterion not in sheet.places
        ]
        if flaws:
            raise CriterionUnknown(*flaws, count=len(flaws))
        items = tuple(ProposedItem(**item.model_dump()) for item in proposing.items)
        now = clock()

        def proposed(held: Evaluation) -> Decision[Evaluation]:
            after = propose(held, items, proposing.until, by=caller.principal, at=now, today=day(now))
            return after, (SupplementProposed.of(after, after.advice.proposals[-1]),)

        return await advised(id, proposed, caller, command)

    @router.post("/evaluations/{id}/advice/reports", status_code=201)
    async def hand_in_report(
        id: InPath, reporting: Reporting, caller: Adviser, command: Annotated[Command, Depends(command)]
    ) -> AdviceNoted:
        """Report to the chair of the council; a later report takes the place of an earlier one, which is kept."""
        await adviser(id, caller)
        now = clock()

        def reported(held: Evaluation) -> Decision[Evaluation]:
            return report(held, **reporting.model_dump(), by=caller.principal, at=now, today=day(now)), ()

        return await advised(id, reported, caller, command)

    return router

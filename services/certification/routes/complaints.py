"""Complaints over HTTP: received, settled, and met by an annulment when upheld."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Path
from pydantic import Field

from services.certification.domain.complaint import (
    Complaint,
    Outcome,
    Settled,
    complaint_id,
    settle_complaint,
)
from services.certification.routes.forms import CertificateNumber, EvaluationId, NotYet
from services.certification.store import Complaints
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text


class ComplaintNumberTaken(Refusal):
    vi = "Số {number} năm {year} trong sổ khiếu nại đã dùng. Hãy kiểm tra lại."
    en = "Number {number} of {year} in the register of complaints is taken. Check it."


class ComplaintAsked(Asked):
    """A complaint as it stands in the register. The person who complains is named on the paper only."""

    number: Annotated[int, Field(ge=1, le=999_999)]
    received_on: date
    subject: Annotated[str, Text(500)]
    certificates: Annotated[tuple[CertificateNumber, ...], Field(max_length=200)] = ()
    evaluations: Annotated[tuple[EvaluationId, ...], Field(max_length=200)] = ()


class OutcomeAsked(Asked):
    outcome: Settled
    settled_on: date
    document: Annotated[str, Text(100)]
    reason: Annotated[str, Text(2000, lines=True)]


class ComplaintView(Told):
    """A complaint, its deadline, and what is still to be done about it."""

    id: str
    received_on: date
    settle_by: date
    overdue: bool
    subject: str
    certificates: list[str]
    evaluations: list[str]
    outcome: Outcome | None
    annulment_due: bool
    annulled_by: str | None

    @classmethod
    def of(cls, complaint: Complaint, today: date) -> Self:
        kept = complaint.model_dump(include=set(cls.model_fields))
        return cls(
            **kept,
            settle_by=complaint.settle_by,
            overdue=complaint.overdue(today),
            annulment_due=complaint.annulment_due,
        )


def complaint_routes(complaints: Complaints, clock: Clock) -> Router:
    router = Router(tags=["complaints"])

    @router.post("/complaints", status_code=201)
    async def receive(
        asked: ComplaintAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ComplaintView:
        """Enter a complaint under its number; it is settled within thirty days."""
        today = day(clock())
        if asked.received_on > today:
            raise NotYet(on=asked.received_on, today=today)
        complaint = Complaint(
            id=complaint_id(caller.authority, asked.received_on.year, asked.number),
            authority=caller.authority,
            received_on=asked.received_on,
            subject=asked.subject,
            certificates=asked.certificates,
            evaluations=asked.evaluations,
        )

        def entered(held: Complaint | None) -> Decision[Complaint]:
            if held is not None:
                raise ComplaintNumberTaken(number=asked.number, year=asked.received_on.year)
            return complaint, ()

        return ComplaintView.of((await complaints.settle(complaint.id, entered, command=command)).document, today)

    @router.get("/complaints")
    async def list_complaints(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[ComplaintView]:
        """The complaints of the caller's authority, in a fixed order."""
        today = day(clock())
        found = await complaints.find(dict(caller.within), after=after, limit=limit)
        return Page.of((ComplaintView.of(one, today) for one in found.items), found.next)

    @router.post("/complaints/{year}/{number}/outcome")
    async def settle(
        year: Annotated[int, Path(ge=2018, le=2200)],
        number: Annotated[int, Path(ge=1, le=999_999)],
        asked: OutcomeAsked,
        caller: Annotated[Caller, allow("agency", "chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ComplaintView:
        """Settle a complaint, once; an upheld one waits for the annulment that names it."""
        today = day(clock())
        outcome = Outcome(outcome=asked.outcome, on=asked.settled_on, document=asked.document, reason=asked.reason)

        def settled(held: Complaint) -> Decision[Complaint]:
            return settle_complaint(held, outcome, today), ()

        id = complaint_id(caller.authority, year, number)
        saved = await complaints.change(id, settled, command=command, within=caller.within)
        return ComplaintView.of(saved.document, today)

    return router

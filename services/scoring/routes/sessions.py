"""Sessions over HTTP: scheduled with an agenda, attendance product by product, closed on their minutes."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Path
from pydantic import Field, PositiveInt

from services.scoring.councils import Regulations
from services.scoring.domain.council import PersonId, council_id
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.session import (
    Minutes,
    NotOnAgenda,
    PutOff,
    Session,
    check_running,
    close_session,
    convene,
    leave,
    scheduled,
    with_items,
    without_item,
)
from services.scoring.domain.signing import attend
from services.scoring.events.spoken import SessionClosed, SessionScheduled
from services.scoring.routes.asking import CONCLUDING, COUNCIL, EvaluationId, Items, each, item_of
from services.scoring.store import Councils, Evaluations, Sessions, Sheets
from shared.clock import Clock
from shared.command import Command
from shared.document import Decision
from shared.errors import Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Agenda = Annotated[tuple[EvaluationId, ...], Field(min_length=1, max_length=500)]


class Scheduling(Asked):
    """A session of the caller's council: its evaluation round of the year, its day, and what it is to score.

    With `replies_by` the council does not meet and is asked for its opinions in writing until that day.
    """

    round: PositiveInt
    on: date
    replies_by: date | None = None
    agenda: Agenda


class SessionReceipt(Told):
    """The session, and which evaluations are before it now; one that is refused is not on the agenda."""

    id: str
    items: Items


class Adding(Asked):
    """More evaluations for the end of the agenda."""

    agenda: Agenda


class Attending(Asked):
    """Everybody who is there for these products; for all whose blind phase is open when none is named."""

    present: Annotated[tuple[PersonId, ...], Field(max_length=99)]
    evaluations: Agenda | None = None


class PuttingOff(Asked):
    """A product that this session does not score."""

    evaluation: EvaluationId
    reason: Annotated[str, Text(500)]


class ClosingSession(Asked):
    """The number of the minutes on which the session closes."""

    minutes: Annotated[str, Text(200)]


class SessionState(Told):
    """A session after a command."""

    id: str
    state: Literal["scheduled", "closed"]
    agenda: tuple[str, ...]

    @classmethod
    def of(cls, session: Session) -> "SessionState":
        return cls(id=session.id, state=session.state, agenda=session.agenda)


class SessionView(Told):
    """A session as everybody of the council and the agency may see it."""

    id: str
    authority: str
    state: Literal["scheduled", "closed"]
    round: int
    on: date
    replies_by: date | None
    decision: str
    running: tuple[str, ...]
    agenda: tuple[str, ...]
    put_off: tuple[PutOff, ...]
    minutes: Minutes | None

    @classmethod
    def of(cls, session: Session) -> "SessionView":
        return cls.model_validate(session.model_dump(include=set(cls.model_fields)) | {"state": session.state})


def routes(
    sessions: Sessions,
    evaluations: Evaluations,
    councils: Councils,
    sheets: Sheets,
    regulations: Regulations,
    clock: Clock,
) -> Router:
    router = Router(tags=["sessions"])

    async def call(session: Session, ids: tuple[str, ...], command: Command) -> Items:
        """Put evaluations on the agenda and bring them before the council.

        The agenda is saved first: an evaluation on it that a crash kept from the council keeps the session from
        closing, until the same is asked again or it is put off.
        """
        reach = {"authority": session.authority}
        membership = (await councils.get(council_id(session.authority))).on(session.on)
        regulation = regulations.on(session.authority, session.on)
        now = clock()

        async def convened(id: str) -> Callable[[Evaluation], Decision[Evaluation]]:
            evaluation = await evaluations.get(id, reach)
            sheet = await sheets.under(evaluation.basis.sheet_hash)
            convene(evaluation, session, membership, regulation, sheet, now)
            return lambda held: (convene(held, session, membership, regulation, sheet, now), ())

        async def come(id: str) -> None:
            await evaluations.change(id, await convened(id), within=reach)

        outcomes: dict[str, object] = dict(zip(ids, await each(ids, convened), strict=True))
        may = tuple(id for id, outcome in outcomes.items() if not isinstance(outcome, Refusal))

        def called(held: Session) -> Decision[Session]:
            after = with_items(held, may)
            return after, () if after is held else (SessionScheduled.of(after),)

        await sessions.change(session.id, called, command=item_of(command, "agenda"))
        outcomes |= zip(may, await each(may, come), strict=True)
        return Items.of([*outcomes], [*outcomes.values()])

    @router.post("/sessions", status_code=201)
    async def schedule_session(
        scheduling: Scheduling,
        caller: Annotated[Caller, allow(*CONCLUDING, "agency")],
        command: Annotated[Command, Depends(command)],
    ) -> SessionReceipt:
        """Schedule a session of the council as it is set up for that day, by the regulation of that day."""
        membership = (await councils.get(council_id(caller.authority))).on(scheduling.on)
        new = scheduled(
            command.id, caller.authority, scheduling.round, scheduling.on, membership, scheduling.replies_by
        )
        session = (await sessions.add(new, command=command)).document
        return SessionReceipt(id=session.id, items=await call(session, scheduling.agenda, command))

    @router.post("/sessions/{id}/agenda")
    async def add_to_agenda(
        id: SessionId,
        adding: Adding,
        caller: Annotated[Caller, allow(*CONCLUDING, "agency")],
        command: Annotated[Command, Depends(command)],
    ) -> SessionReceipt:
        """Put more evaluations on the agenda; one that is there already stays where it is."""
        session = await sessions.get(id, caller.within)
        return SessionReceipt(id=id, items=await call(session, adding.agenda, command))

    @router.post("/sessions/{id}/attendance")
    async def note_attendance(
        id: SessionId,
        attending: Attending,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> Items:
        """Note who is there, product by product: who comes late or leaves early scores only what they are there for."""
        session = await sessions.get(id, caller.within)
        check_running(session, caller.subject)
        named = attending.evaluations
        if named is None:
            held = await asyncio.gather(*(evaluations.get(one, caller.within) for one in session.agenda))
            named = tuple(one.id for one in held if one.state == "open" and one.sitting and one.sitting.blind)

        async def note(one: str) -> None:
            if one not in session.agenda:
                raise NotOnAgenda()
            await evaluations.change(
                one,
                lambda held: (attend(held, attending.present), ()),
                command=item_of(command, one),
                within=caller.within,
            )

        return Items.of(named, await each(named, note))

    @router.post("/sessions/{id}/put-off")
    async def put_off(
        id: SessionId,
        putting_off: PuttingOff,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> SessionState:
        """Take a product from the agenda; what was signed stays on record, and another session may score it."""
        one, now = putting_off.evaluation, clock()
        by = PutOff(evaluation_id=one, reason=putting_off.reason, by=caller.principal, at=now)

        def without(session: Session) -> Decision[Session]:
            check_running(session, caller.subject)
            after = without_item(session, by)
            return after, () if after is session else (SessionScheduled.of(after),)

        saved = await sessions.change(id, without, command=command, answer=SessionState.of, within=caller.within)

        def left(evaluation: Evaluation) -> Decision[Evaluation]:
            return leave(evaluation, id, reason=putting_off.reason, by=caller.principal, at=now), ()

        await evaluations.change(one, left, within=caller.within)
        return SessionState.model_validate(saved.answer)

    @router.post("/sessions/{id}/closing")
    async def end_session(
        id: SessionId,
        closing: ClosingSession,
        caller: Annotated[Caller, allow(*CONCLUDING)],
        command: Annotated[Command, Depends(command)],
    ) -> SessionState:
        """Close the session when every product is done with; only then can results be finalised and told."""
        minutes = Minutes(number=closing.minutes, by=caller.principal, at=clock())
        session = await sessions.get(id, caller.within)
        held = await asyncio.gather(*(evaluations.get(one, caller.within) for one in session.agenda))
        on_file = {hash: await sheets.under(hash) for hash in {one.basis.sheet_hash for one in held}}
        seen = {one.id: one for one in held}

        def closed(session: Session) -> Decision[Session]:
            check_running(session, caller.subject)
            after = close_session(session, seen, on_file, minutes)
            return after, (SessionClosed.of(after),)

        saved = await sessions.change(id, closed, command=command, answer=SessionState.of, within=caller.within)
        return SessionState.model_validate(saved.answer)

    @router.get("/sessions")
    async def list_sessions(
        caller: Annotated[Caller, allow(*COUNCIL, "agency")], after: After = None, limit: Limit = 50
    ) -> Page[SessionView]:
        """The sessions of the caller's council, in a fixed order."""
        found = await sessions.find(caller.within, after=after, limit=limit)
        return Page.of((SessionView.of(one) for one in found.items), found.next)

    @router.get("/sessions/{id}")
    async def show_session(id: SessionId, caller: Annotated[Caller, allow(*COUNCIL, "agency")]) -> SessionView:
        """One session with its agenda; each product is read at its evaluation."""
        return SessionView.of(await sessions.get(id, caller.within))

    return router

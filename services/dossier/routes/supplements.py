"""Supplements over HTTP: asked for by an office, answered by the owner, given more time."""

from datetime import date
from typing import Annotated, Self, TypeVar

from fastapi import Depends
from pydantic import AfterValidator, Field

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.machine import MOVERS
from services.dossier.domain.steps import Extension, Item, Paper
from services.dossier.domain.supplement import answer, ask, extend
from services.dossier.events.spoken import DossierSubmitted, SupplementAnswered, SupplementRequested
from services.dossier.routes.moving import Moving
from services.dossier.routes.views import DossierReceipt
from shared.command import Command
from shared.document import Fact
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text
from shared.validation import flaw_in_value

MOST_ITEMS = 50

ItemName = Annotated[str, Text(300)]


class NewItem(Asked):
    """One thing to be supplied: of which kind, and what exactly."""

    paper: Paper
    name: ItemName


class NewAnswer(Asked):
    """What is said of one thing that was asked for, by its name."""

    name: ItemName
    answer: Annotated[str, Text(2000, lines=True)]


N = TypeVar("N", NewItem, NewAnswer)


def _named_once(given: list[N]) -> list[N]:
    if len({each.name for each in given}) < len(given):
        raise flaw_in_value("named_twice", "Mỗi mục chỉ được nêu một lần.", "Each thing is named once.")
    return given


class NewSupplement(Asked):
    """What is missing, and the last day for it."""

    items: Annotated[list[NewItem], Field(min_length=1, max_length=MOST_ITEMS), AfterValidator(_named_once)]
    until: date


class NewAnswers(Asked):
    """All that was asked for, or a part of it."""

    answers: Annotated[list[NewAnswer], Field(min_length=1, max_length=MOST_ITEMS), AfterValidator(_named_once)]


class NewExtension(Asked):
    """More time, and why."""

    until: date
    reason: Annotated[str, Text(1000, lines=True)]


class SupplementReceipt(DossierReceipt):
    """The request as it now stands; ``left`` is what is still missing."""

    number: int
    until: date
    left: list[str]

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        last = dossier.supplements[-1]
        return cls(
            id=dossier.id,
            state=dossier.told,
            number=last.number,
            until=last.until,
            left=[item.name for item in last.left],
        )


def routes(moving: Moving) -> Router:
    router = Router(prefix="/dossiers", tags=["supplements"])

    @router.post("/{id}/supplements", status_code=201)
    async def ask_for_supplement(
        id: str,
        new: NewSupplement,
        caller: Annotated[Caller, allow(*MOVERS, stage=("lodging", "scoring"))],
        command: Annotated[Command, Depends(command)],
    ) -> SupplementReceipt:
        items, on = tuple(Item(paper=each.paper, name=each.name) for each in new.items), moving.today
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: ask(dossier, items, new.until, by=caller.role, on=on),
            lambda before, after: (SupplementRequested.of(after, after.supplements[-1]),),
            SupplementReceipt,
        )

    @router.post("/{id}/supplements/{number}/answers")
    async def answer_supplement(
        id: str,
        number: int,
        new: NewAnswers,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> SupplementReceipt:
        answers, on = {each.name: each.answer for each in new.answers}, moving.today

        def said(before: Dossier, after: Dossier) -> tuple[Fact, ...]:
            facts: tuple[Fact, ...] = (SupplementAnswered.of(after, after.supplements[-1], on),)
            if len(after.submissions) > len(before.submissions):
                return (*facts, DossierSubmitted.of(after, after.submissions[-1]))
            return facts

        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: answer(dossier, number, answers, by=caller.role, on=on),
            said,
            SupplementReceipt,
        )

    @router.post("/{id}/supplements/{number}/extension")
    async def extend_supplement(
        id: str,
        number: int,
        new: NewExtension,
        caller: Annotated[Caller, allow(*MOVERS, stage=("lodging", "scoring"))],
        command: Annotated[Command, Depends(command)],
    ) -> SupplementReceipt:
        extension = Extension(until=new.until, reason=new.reason, on=moving.today)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: extend(dossier, number, extension, caller.role),
            lambda before, after: (SupplementRequested.of(after, after.supplements[-1]),),
            SupplementReceipt,
        )

    return router

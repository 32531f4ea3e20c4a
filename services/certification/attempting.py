"""Attempts at decisions and acts: begun by a command, found again by its repeat, and brought to their end."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel

from services.certification.domain.act import Act
from services.certification.domain.decision import AttemptUnderWay, RecognitionDecision
from shared.command import Command
from shared.document import Decision
from shared.store import Store

A = TypeVar("A", Act, RecognitionDecision)


class Begun(BaseModel):
    """Which attempt a command began, remembered so that a repeat follows the same one."""

    id: str
    attempt: int


async def attempted(
    store: Store[A],
    id: str,
    opened: Callable[[A | None], A],
    carry_out: Callable[[str, int], Awaitable[A]],
    command: Command,
) -> tuple[int, A]:
    """The attempt ``command`` began, and what it is an attempt at after that attempt has ended.

    Another one that is under way is brought to its end first. Raises what ``opened`` raises, and ``Unavailable``.
    """

    def begun(held: A | None) -> Decision[A]:
        return opened(held), ()

    def answer(document: A) -> Begun:
        return Begun(id=document.id, attempt=document.attempt)

    while True:
        try:
            saved = await store.settle(id, begun, command=command, answer=answer)
            break
        except AttemptUnderWay as under_way:
            await carry_out(id, under_way.attempt)
    attempt = Begun.model_validate(saved.answer).attempt
    return attempt, await carry_out(id, attempt)

"""What the routes of scoring share: who asks, the shapes of what is asked and told, and answers item by item."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Path
from pydantic import Field, StringConstraints

from shared.command import Command
from shared.errors import Flaw, Language, Refusal
from shared.http import Told
from shared.problems import MOST_FLAWS, problem_type

Q = TypeVar("Q")
T = TypeVar("T")

MEMBERS = ("council_member", "council_chair")
"""Who may score: every member of the council, the chair among them."""
COUNCIL = (*MEMBERS, "council_secretary")
CONCLUDING = ("council_chair", "council_secretary")
"""Who runs the session."""
ADVISING = ("advisory_group", "agency")
"""Who advises the council: its advisory group, and the agency on re-evaluations."""

LARGEST_SCAN = 20 << 20
"""Bytes of one scan; minutes and sheets have far less."""

EvaluationId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
InPath = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
"""The id of an evaluation in an address."""
Key = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2}){0,3}(:[a-z0-9-]{1,60})?$")]
Option = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,99}$")]


class ItemFlaw(Told):
    pointer: str
    detail: dict[Language, str]

    @classmethod
    def of(cls, flaw: Flaw) -> "ItemFlaw":
        return cls(pointer=flaw.pointer, detail={"vi": flaw.vi, "en": flaw.en})


class ItemRefused(Told):
    """Why one item of a request was refused; the others are answered for themselves."""

    type: str
    status: int
    detail: dict[Language, str]
    errors: tuple[ItemFlaw, ...]

    @classmethod
    def of(cls, refusal: Refusal) -> "ItemRefused":
        return cls(
            type=problem_type(type(refusal)),
            status=refusal.status,
            detail={"vi": refusal.sentence("vi"), "en": refusal.sentence("en")},
            errors=tuple(map(ItemFlaw.of, refusal.flaws[:MOST_FLAWS])),
        )


class Item(Told):
    """What became of one evaluation named in a request."""

    evaluation: str
    refused: ItemRefused | None = None


class Items(Told):
    """What became of each evaluation, in the order asked."""

    items: list[Item]

    @classmethod
    def of(cls, ids: Sequence[str], outcomes: Sequence[object]) -> "Items":
        return cls(
            items=[
                Item(evaluation=id, refused=ItemRefused.of(one) if isinstance(one, Refusal) else None)
                for id, one in zip(ids, outcomes, strict=True)
            ]
        )


async def each(asked: Sequence[Q], do: Callable[[Q], Awaitable[T]]) -> list[T | Refusal]:
    """What doing each of them at once comes to; a refusal hits its own item only. Raises ``Unavailable`` for all."""
    outcomes = await asyncio.gather(*(do(one) for one in asked), return_exceptions=True)
    told: list[T | Refusal] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
            raise outcome
        told.append(outcome)
    return told


def item_of(command: Command, id: str) -> Command:
    """The part of a command that concerns one evaluation, known again when the whole is asked again."""
    return command._replace(id=f"{command.id}/{id}")

"""What an agency writes to owners."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.notification.domain.letter import Chosen, Letter
from services.notification.store import Letters
from shared.clock import Clock
from shared.command import Command
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

Writer = Annotated[Caller, allow("agency")]


class NewLetter(Asked):
    """What is written, and to whom."""

    title: Annotated[str, Text(200)]
    paragraphs: Annotated[tuple[Annotated[str, Text(4_000, lines=True)], ...], Field(min_length=1, max_length=50)]
    chosen: Chosen = Chosen()


class LetterView(BaseModel):
    """A letter; ``owners`` once everybody's message lies ready."""

    id: str
    title: str
    chosen: Chosen
    owners: int | None

    @classmethod
    def of(cls, letter: Letter) -> "LetterView":
        return cls(id=letter.id, title=letter.title, chosen=letter.chosen, owners=letter.owners)


def routes(letters: Letters, clock: Clock) -> APIRouter:
    """The routes of letters."""
    router = Router(tags=["letters"])

    @router.post("/letters", status_code=201)
    async def write(new: NewLetter, caller: Writer, command: Annotated[Command, Depends(command)]) -> LetterView:
        """Write to every owner with a valid certificate that is meant; each gets one message."""
        now = clock()
        letter = Letter(
            id=command.id,
            authority=caller.authority,
            due=now,
            title=new.title,
            paragraphs=new.paragraphs,
            chosen=new.chosen,
            written_by=caller.principal,
            written_at=now,
        )
        saved = await letters.add(letter, command=command, answer=LetterView.of)
        return LetterView.model_validate(saved.answer)

    @router.get("/letters")
    async def listed(caller: Writer, after: After = None, limit: Limit = 50) -> Page[LetterView]:
        found = await letters.find({"authority": caller.authority}, after=after, limit=limit)
        return Page.of((LetterView.of(each) for each in found.items), found.next)

    return router

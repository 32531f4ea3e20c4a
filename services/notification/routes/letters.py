"""What an agency writes to owners, and how any message would look before it is sent."""

from typing import Annotated

from fastapi import APIRouter, Depends
from jinja2 import TemplateError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from services.notification.domain.letter import Chosen, Letter
from services.notification.domain.rules import RULES
from services.notification.messages import Messages
from services.notification.store import Letters
from shared.clock import Clock
from shared.command import Command
from shared.errors import Flaw, Language, NotFound
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid
from shared.text import Text
from shared.validation import flaws

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


class Sample(BaseModel):
    """The data of an example event."""

    model_config = ConfigDict(extra="forbid")

    language: Language = "vi"
    facts: dict[str, JsonValue]


class Preview(BaseModel):
    """A message as it would be sent."""

    subject: str
    text: str
    html: str
    template_version: str


def routes(letters: Letters, messages: Messages, clock: Clock) -> APIRouter:
    """The routes of letters and previews."""
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

    @router.post("/templates/{template}/preview")
    async def preview(template: str, body: Sample, caller: Annotated[Caller, allow("agency", "operator")]) -> Preview:
        """How a message of this template would look for an event with these data."""
        rule = next((each for each in RULES if each.template == template), None)
        if rule is None:
            raise NotFound(what=template)
        try:
            text = messages.text(template, body.language, rule.event, body.facts, "…")
        except ValidationError as error:
            # The places are counted from the request's body, as those of any other field.
            found = flaws([{**each, "loc": ("body", "facts", *each["loc"])} for each in error.errors()])
            raise RequestInvalid(*found, count=len(found)) from error
        except TemplateError as error:
            unfit = Flaw("/facts", "Mẫu cần trường mà sự kiện không có.", f"The template asks for more: {error}.")
            raise RequestInvalid(unfit, count=1) from error
        return Preview(subject=text.subject, text=text.plain, html=text.html, template_version=text.version)

    return router

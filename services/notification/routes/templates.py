"""The words of messages: what they are, how they would look, and an authority's own in their place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from jinja2 import TemplateError
from pydantic import BaseModel, Field, JsonValue, ValidationError

from services.notification.domain.rules import RULES
from services.notification.domain.wording import Version, Wording, Words, wording_key
from services.notification.messages import Messages, version_of
from services.notification.store import Wordings
from services.notification.wording import fields_of, flaws_of
from shared.clock import Clock
from shared.command import Command
from shared.document import Decision, Heard
from shared.errors import Flaw, Language, NotFound
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.problems import RequestInvalid
from shared.text import Text
from shared.validation import flaws

Looking = Annotated[Caller, allow("agency", "operator")]


class OwnWords(Asked):
    """A message in an authority's own words; ``{{ event.number }}`` stands for what the event says."""

    subject: Annotated[str, Text(200)]
    paragraphs: Annotated[tuple[Annotated[str, Text(4_000, lines=True)], ...], Field(min_length=1, max_length=50)]


class Sample(Asked):
    """The data of an event, those of its contract's example when left out; and words that are not saved yet."""

    language: Language = "vi"
    facts: dict[str, JsonValue] | None = None
    words: OwnWords | None = None


class Preview(BaseModel):
    """A message as it would be sent."""

    subject: str
    text: str
    html: str
    template_version: str


class VersionView(BaseModel):
    """What was saved once; ``template_version`` is its name in the records of what was sent."""

    number: int
    template_version: str
    subject: str
    paragraphs: tuple[str, ...]
    saved_by: str
    saved_at: datetime

    @classmethod
    def of(cls, version: Version) -> "VersionView":
        return cls(**version.model_dump(), template_version=version_of(version))


class WordingView(BaseModel):
    """What may be filled in, and an authority's own versions; without any, the message is sent as it was delivered."""

    template: str
    language: Language
    event: str
    fields: list[str]
    versions: list[VersionView]


def routes(
    wordings: Wordings, messages: Messages, examples: Mapping[str, Mapping[str, JsonValue]], clock: Clock
) -> APIRouter:
    """The routes of templates; ``examples`` are the data of an event by its type."""
    router = Router(prefix="/templates", tags=["templates"])

    def view(held: Wording) -> WordingView:
        heard = messages.heard(held.template)
        return WordingView(
            template=held.template,
            language=held.language,
            event=heard.TYPE,
            fields=fields_of(heard),
            versions=[VersionView.of(each) for each in held.versions],
        )

    @router.get("/{template}/{language}")
    async def shown(template: str, language: Language, caller: Looking) -> WordingView:
        heard_by(messages, template)
        try:
            held = await wordings.get(wording_key(caller.authority, template, language))
        except NotFound:
            held = Wording.unsaid(caller.authority, template, language)
        return view(held)

    @router.put("/{template}/{language}")
    async def save(
        template: str,
        language: Language,
        words: OwnWords,
        caller: Annotated[Caller, allow("agency")],
        command: Annotated[Command, Depends(command)],
    ) -> WordingView:
        """Send these words from now on. Refused when a field is not the event's, or when they could fail."""
        own, now = fitting(words, heard_by(messages, template), ""), clock()

        def saved(held: Wording | None) -> Decision[Wording]:
            wording = held or Wording.unsaid(caller.authority, template, language)
            return wording.saved(own, caller.principal, now)

        key = wording_key(caller.authority, template, language)
        answer = (await wordings.settle(key, saved, command=command, answer=view)).answer
        return WordingView.model_validate(answer)

    @router.post("/{template}/preview")
    async def preview(template: str, body: Sample, caller: Looking) -> Preview:
        """How a message would look for an event with these data, in these words or in those that are sent now."""
        heard = heard_by(messages, template)
        if body.words is not None:
            words: Words | None = fitting(body.words, heard, "/words")
        else:
            words = await wordings.said(caller.authority, template, body.language)
        try:
            facts = body.facts if body.facts is not None else examples.get(heard.TYPE, {})
            text = messages.text(template, body.language, heard.TYPE, facts, "…", words)
        except ValidationError as error:
            # The places are counted from the request's body, as those of any other field.
            found = flaws([{**each, "loc": ("body", "facts", *each["loc"])} for each in error.errors()])
            raise RequestInvalid(*found, count=len(found)) from error
        except TemplateError as error:
            unfit = Flaw("/facts", "Mẫu cần trường mà sự kiện không có.", f"The template asks for more: {error}.")
            raise RequestInvalid(unfit, count=1) from error
        return Preview(subject=text.subject, text=text.plain, html=text.html, template_version=text.version)

    return router


def heard_by(messages: Messages, template: str) -> type[Heard]:
    """The event of a template. Raises ``NotFound``."""
    if template not in {rule.template for rule in RULES}:
        raise NotFound(what=template)
    return messages.heard(template)


def fitting(asked: OwnWords, heard: type[Heard], place: str) -> Words:
    """The words, which fit the event. Raises ``RequestInvalid`` with every place that does not."""
    words = Words(subject=asked.subject, paragraphs=asked.paragraphs)
    found = [Flaw(place + flaw.pointer, flaw.vi, flaw.en) for flaw in flaws_of(words, heard)]
    if found:
        raise RequestInvalid(*found, count=len(found))
    return words

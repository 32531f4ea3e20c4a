"""What an authority says in a message in its own words: every version is kept, and the last one is sent."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.document import Decision, Document
from shared.errors import Language, Refusal

MOST_VERSIONS = 200


class WordingOverfull(Refusal):
    vi = "Mẫu này đã có {count} phiên bản, không thể lưu thêm. Hãy báo người vận hành."
    en = "This template has {count} versions and takes no more. Tell the operator."


class Words(BaseModel):
    """A subject and paragraphs, with the places at which an event's fields are filled in."""

    model_config = ConfigDict(frozen=True)

    subject: str
    paragraphs: tuple[str, ...]


class Version(Words):
    """What was saved once, by whom. ``number`` counts from 1."""

    number: Annotated[int, Field(ge=1)]
    saved_by: str
    saved_at: datetime


class Wording(Document):
    """The words of one template in one language."""

    template: str
    language: Language
    versions: tuple[Version, ...] = ()

    @classmethod
    def unsaid(cls, authority: str, template: str, language: Language) -> "Wording":
        id = wording_key(authority, template, language)
        return cls(id=id, authority=authority, template=template, language=language)

    def saved(self, words: Words, who: str, now: datetime) -> Decision["Wording"]:
        """One more version, unless it says what the last one says."""
        last = self.versions[-1] if self.versions else None
        if last is not None and (last.subject, last.paragraphs) == (words.subject, words.paragraphs):
            return self, ()
        if len(self.versions) >= MOST_VERSIONS:
            raise WordingOverfull(count=MOST_VERSIONS)
        number = len(self.versions) + 1
        version = Version(**words.model_dump(), number=number, saved_by=who, saved_at=now)
        return self.but(versions=(*self.versions, version)), ()


def wording_key(authority: str, template: str, language: Language) -> str:
    return f"wording/{authority}/{template}/{language}"

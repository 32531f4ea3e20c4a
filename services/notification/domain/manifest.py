"""The daily manifest: what was said on each partition, so that a subscriber can prove that it has everything."""

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from shared.document import Authority, Document
from shared.errors import Refusal


class DayNotOver(Refusal):
    vi = "Ngày {day} chưa kết thúc theo giờ Việt Nam; bản kê có từ hôm sau."
    en = "The day {day} is not over in Việt Nam; its manifest is there from the next day on."


class Span(BaseModel):
    """The events of one partition from offset ``first`` up to, and without, ``end``."""

    model_config = ConfigDict(frozen=True)

    authority: Authority
    stream: str
    partition: int
    first: int
    end: int
    count: int
    skipped: tuple[int, ...]
    """Offsets of records that are no events; the feed leaves them out."""
    sha256: str


class Manifest(Document):
    """One day of a deployment, as it was first asked for; it never changes afterwards. ``signed`` is its JWS."""

    day: date
    made_at: datetime
    spans: tuple[Span, ...]
    signed: str


class Sum:
    """Counts and hashes events in the order of their offsets.

    The hash is the SHA-256 of one line per event: its offset, its id, and the SHA-256 of its data as JSON with sorted
    names and without blanks, with single spaces between and a line feed at the end.
    """

    def __init__(self) -> None:
        self.count = 0
        self._hash = sha256()

    def add(self, offset: int, id: str, data: str) -> None:
        self.count += 1
        self._hash.update(f"{offset} {id} {sha256(data.encode()).hexdigest()}\n".encode())

    def digest(self) -> str:
        return self._hash.hexdigest()


def missing(span: Span, held: Iterable[tuple[int, str, str]]) -> list[int]:
    """The offsets of a span that somebody who holds these events (offset, id, data) does not have.

    Everything is there and unchanged when the list is empty; what is there and was changed shows as all of the span.
    """
    mine = {offset: (id, data) for offset, id, data in held if span.first <= offset < span.end}
    gaps = [offset for offset in range(span.first, span.end) if offset not in mine and offset not in span.skipped]
    if gaps:
        return gaps
    summed = Sum()
    for offset in sorted(mine):
        summed.add(offset, *mine[offset])
    return [] if summed.digest() == span.sha256 else list(range(span.first, span.end))

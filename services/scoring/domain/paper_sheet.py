"""A sheet that a member signed by hand, as the secretary entered it, with its scan and the member's answer."""

from datetime import date, datetime
from typing import Literal

from pydantic import PositiveInt

from shared.files.held import Held

from .stars import Frozen


class Scan(Frozen):
    """The scanned paper, as it lies in the store of files."""

    file_name: str
    sha256: str
    size: int
    media_type: str
    by: str
    at: datetime

    @property
    def held(self) -> Held:
        return Held(self.sha256, self.size, self.media_type)


class Answer(Frozen):
    """What became of an entry: its member's word, another entry in its place, or a regulation that asks nobody."""

    how: Literal["confirmed", "refused", "replaced", "counted"]
    reason: str | None = None
    by: str
    at: datetime


class PaperSheet(Frozen):
    """One entry; it is never altered, only given its scan and its answer."""

    number: PositiveInt
    member: str
    session_id: str
    round: PositiveInt
    marks: str
    opinion: str | None = None
    signed_on: date
    """The day written on the paper."""
    entered_by: str
    entered_at: datetime
    scan: Scan | None = None
    answer: Answer | None = None

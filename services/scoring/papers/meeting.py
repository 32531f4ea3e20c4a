"""What the office tells of a meeting when it asks for a paper: printed, and never kept, because it names persons."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.text import Text

Line = Annotated[str, Text(200)]
Seat = Literal["chair", "deputy", "member", "secretary", "advisory_group", "guest"]

SEATS: dict[Seat, str] = {
    "chair": "Chủ tịch Hội đồng",
    "deputy": "Phó Chủ tịch Hội đồng",
    "member": "Ủy viên",
    "secretary": "Thư ký",
    "advisory_group": "Tổ tư vấn",
    "guest": "Khách mời",
}


class Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attendee(Told):
    """One person at the meeting, or missing from it."""

    name: Line
    position: Line
    seat: Seat


class Office(Told):
    """Whose paper it is, as its head stands above it."""

    superior: Line
    """For example «UBND TỈNH NINH BÌNH»."""
    council: Line
    place: Line
    """Where the paper is signed."""


class Meeting(Told):
    """One meeting of the council on some products, in the order of its agenda."""

    office: Office
    number: Line | None = None
    decision: Line
    """The decision that set up the council."""
    round: Annotated[int, Field(ge=1, le=20)]
    held_on: date
    room: Line
    began: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    ended: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    present: Annotated[tuple[Attendee, ...], Field(max_length=100)] = ()
    absent: Annotated[tuple[Attendee, ...], Field(max_length=100)] = ()
    evaluations: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")], ...], Field(min_length=1, max_length=500)
    ]
    discussion: Annotated[str, Text(4000, lines=True)] | None = None

"""What the office tells of a meeting when it asks for a paper: printed, and never kept, because it names persons."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.scoring.domain.council import PersonId
from shared.text import Text

Line = Annotated[str, Text(200)]
OfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Seat = Literal["chair", "deputy", "member", "secretary", "advisory_group", "guest"]

SEATS: dict[Seat, str] = {
    "chair": "Chủ tịch Hội đồng",
    "deputy": "Phó Chủ tịch Hội đồng",
    "member": "Ủy viên",
    "secretary": "Thư ký",
    "advisory_group": "Tổ tư vấn",
    "guest": "Khách mời",
}


class Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attendee(Said):
    """One person at the meeting, or missing from it; ``person`` is the id under which a member signs."""

    person: PersonId | None = None
    name: Line
    position: Line
    seat: Seat


class Office(Said):
    """Whose paper it is, as its head stands above it."""

    superior: Line
    """For example «UBND tỉnh Ninh Bình»."""
    council: Line
    place: Line
    """Where the paper is signed."""


class Meeting(Said):
    """What only the office knows of a session; its day, round, agenda and results are kept with the session."""

    office: Office
    room: Line
    began: OfDay | None = None
    ended: OfDay | None = None
    present: Annotated[tuple[Attendee, ...], Field(max_length=100)] = ()
    absent: Annotated[tuple[Attendee, ...], Field(max_length=100)] = ()
    discussion: Annotated[str, Text(4000, lines=True)] | None = None

    def name_of(self, person: str) -> str:
        """The name of whoever signs under this id, or the id where nobody says the name."""
        return next((one.name for one in (*self.present, *self.absent) if one.person == person), person)

    def first_seated(self, *seats: Seat) -> str:
        """The name of the first person present in the first of these seats that somebody holds."""
        return next((one.name for seat in seats for one in self.present if one.seat == seat), "")

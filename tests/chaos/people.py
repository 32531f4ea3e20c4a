"""Who takes part: agencies, chairs, council members and operators, each with a token and one appointment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from deploy.ocop.issuer import issue
from shared.identity import APPOINTMENT
from shared.tokens import Appointment

_TOKEN_LIFE = timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """Somebody who sends requests, in one appointment."""

    subject: str
    appointment: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", APPOINTMENT: self.appointment}


@dataclass(frozen=True)
class People:
    """Everybody a province needs to carry a dossier to its certificate."""

    agencies: Sequence[Person]
    chairs: Sequence[Person]
    members: Sequence[Person]
    council_chair: Person
    council_secretary: Person
    operator: Person


def appoint(issuer: Path, authority: str, members: int) -> People:
    """The people of ``authority``, with ``members`` on its council."""

    def person(role: str, number: int = 1) -> Person:
        id = f"{role}-{authority}"
        held = Appointment(id=id, role=role, authority=authority, since=date(2020, 1, 1))
        subject = f"{role}-{number}"
        return Person(subject, id, issue(issuer, subject, [held], _TOKEN_LIFE))

    return People(
        agencies=[person("agency", number) for number in range(1, 7)],
        chairs=[person("chair", number) for number in (1, 2)],
        members=[person("council_member", number) for number in range(1, members + 1)],
        council_chair=person("council_chair"),
        council_secretary=person("council_secretary"),
        operator=person("operator"),
    )

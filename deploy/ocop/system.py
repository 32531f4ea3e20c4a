"""Where the running system is: its services, its Kafka, its clock, and who may sign in to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from deploy.local.bus import Bus
from deploy.ocop.issuer import ensure_issuer, issue
from deploy.ocop.telling import NotRunning, Trouble
from shared.tokens import Appointment

SERVICES = ("dossier", "scoring", "certification", "notification")
"""In the order of the chain."""

Folder = Annotated[
    Path, typer.Option("--folder", envvar="OCOP_FOLDER", help="Folder in which the local system keeps its state.")
]
FOLDER = Path(".local")


class SignedIn(NamedTuple):
    """What a request shows: a token, and the appointment in it that is used."""

    token: str
    appointment: str


@dataclass(frozen=True)
class System:
    """One running system, as the commands need it."""

    services: Mapping[str, str]
    """From a service's name to the address of its HTTP API."""
    authorities: tuple[str, ...]
    kafka: Bus | None = None
    clock_file: Path | None = None
    issuer: Path | None = None
    """Folder of the local issuer; without one, ``signed_in`` is all we have."""
    signed_in: SignedIn | None = field(default=None, repr=False)

    def address(self, service: str) -> str:
        if service not in self.services:
            raise Trouble(f"there is no service {service!r}; there are {', '.join(self.services)}")
        return self.services[service].rstrip("/")

    def bus(self) -> Bus:
        if self.kafka is None:
            raise Trouble(
                "the address of Kafka is not known; set OCOP_KAFKA (and OCOP_KAFKA_USER, OCOP_KAFKA_PASSWORD)"
            )
        return self.kafka

    def moved_clock(self) -> Path:
        if self.clock_file is None:
            raise Trouble("this system runs on the real clock; only a local trial (`ocop up`) has one that moves")
        return self.clock_file

    def sign_in(self, subject: str, appointment: Appointment) -> SignedIn:
        """The token we were given, else one of the local issuer that says ``subject`` holds ``appointment``."""
        if self.signed_in is not None:
            return self.signed_in
        if self.issuer is None:
            raise Trouble("nobody is signed in; give an operator's token in OCOP_TOKEN and its id in OCOP_APPOINTMENT")
        ensure_issuer(self.issuer)
        return SignedIn(issue(self.issuer, subject, (appointment,), timedelta(hours=8)), appointment.id)


def find_system(folder: Path) -> System:
    raise NotRunning(f"nothing runs in {folder}; start it with `ocop up`")

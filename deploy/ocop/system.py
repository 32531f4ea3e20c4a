"""Where the running system is: its services, its Kafka, its clock, and who may sign in to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.bus import Bus
from deploy.local.credentials import Credentials, Principal
from deploy.local.state import State, StateFile
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


class Given(BaseSettings):
    """A system that somebody else runs, told by ``OCOP_*`` variables; whatever is given wins over the local state."""

    model_config = SettingsConfigDict(env_prefix="OCOP_", extra="ignore")

    authorities: str = ""
    """Two digits each, comma separated."""
    dossier_url: str = ""
    scoring_url: str = ""
    certification_url: str = ""
    notification_url: str = ""
    kafka: str = ""
    kafka_user: str = ""
    kafka_password: str = ""
    token: str = ""
    """The operator's token, and the id of the appointment in it that is used."""
    appointment: str = ""
    clock_file: Path | None = None

    @property
    def services(self) -> dict[str, str]:
        return {name: address for name in SERVICES if (address := str(getattr(self, f"{name}_url")))}

    @property
    def bus(self) -> Bus | None:
        if not self.kafka:
            return None
        return Bus(self.kafka, Principal(self.kafka_user, self.kafka_password) if self.kafka_user else None)


def find_system(folder: Path, given: Given | None = None) -> System:
    """The system that runs in ``folder``, or the one that ``OCOP_*_URL`` variables name.

    Raises ``NotRunning`` when there is neither.
    """
    given = given or Given()
    signed_in = SignedIn(given.token, given.appointment) if given.token else None
    if given.services:
        authorities = tuple(filter(None, given.authorities.split(",")))
        if not authorities:
            raise Trouble("say in OCOP_AUTHORITIES for which authorities these services act, for example 37")
        local = folder / "issuer"
        issuer = local if local.is_dir() else None
        return System(given.services, authorities, given.bus, given.clock_file, issuer, signed_in)
    state = StateFile(folder / "run").read()
    if not state.services or state.phase == "stopped":
        raise NotRunning(f"nothing runs in {folder}; start it with `make run` or `ocop up --detach`")
    return System(
        state.services,
        state.authorities,
        given.bus or _local_bus(folder, state),
        folder / "clock",
        folder / "issuer",
        signed_in,
    )


def _local_bus(folder: Path, state: State) -> Bus:
    """The local Kafka as the services know it, with their rights."""
    credentials = folder / "kafka" / "credentials.json"
    if not credentials.exists():
        return Bus(state.kafka)
    name = "deployment-" + "-".join(sorted(state.authorities))
    return Bus(state.kafka, Credentials(credentials).principal(name))

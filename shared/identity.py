"""Who may do what: the appointment a request names, decided by role, authority and stage before any query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
from fastapi import Depends, Request, params
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from shared.clock import Clock, day, system_clock
from shared.errors import Forbidden, Refusal
from shared.settings import Settings
from shared.tokens import Appointment, Keys, KeysAtUrl, KeysInFile, NotSignedIn, Person, Verifier

APPOINTMENT = "Ocop-Appointment"
"""The header in which a request names the appointment it uses."""
OWNER = "owner"
"""The role that sees only what belongs to its own organisation."""
OBSERVER = "observer"
"""The role that reads and never changes anything."""
SERVICE = "service"
"""The role of a service that asks another one."""


class AppointmentNotNamed(Refusal):
    status = 400
    vi = "Hãy nêu phân công được dùng trong tiêu đề Ocop-Appointment. Đang có: {held}."
    en = "Name the appointment you use in the header Ocop-Appointment. You hold: {held}."


class AppointmentUnknown(Refusal):
    status = 403
    vi = "Không có phân công «{named}». Đang có: {held}."
    en = "You do not hold the appointment “{named}”. You hold: {held}."


class AppointmentNotInForce(Refusal):
    status = 403
    vi = "Phân công «{named}» không có hiệu lực ngày {on} ({term}). Đang có: {held}."
    en = "The appointment “{named}” is not in force on {on} ({term}). You hold: {held}."


class AppointmentIncomplete(Refusal):
    status = 403
    vi = "Phân công «{named}» thiếu tổ chức của chủ thể. Hãy nhờ nơi cấp phân công bổ sung."
    en = "The appointment “{named}” names no organisation. Ask whoever issued it to add one."


class AuthorityElsewhere(Refusal):
    status = 403
    vi = "Hệ thống này không phục vụ cơ quan {authority}. Hãy gửi tới hệ thống của cơ quan đó."
    en = "This deployment does not act for authority {authority}. Send the request to the one that does."


class StageElsewhere(Refusal):
    status = 403
    vi = "Phân công «{named}» chỉ dùng cho bước «{stage}». Hãy dùng một phân công khác."
    en = "The appointment “{named}” is for the stage “{stage}” only. Use another appointment."


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who asks, in the appointment this request names."""

    subject: str
    appointment: Appointment

    @property
    def principal(self) -> str:
        """Who is answerable, in one word: the person and the appointment."""
        return f"{self.subject}#{self.appointment.id}"

    @property
    def role(self) -> str:
        return self.appointment.role

    @property
    def authority(self) -> str:
        return self.appointment.authority

    @property
    def within(self) -> Mapping[str, str]:
        """The reach of the appointment, as fields a document must have to be seen or changed."""
        appointment = self.appointment
        reach = {"authority": appointment.authority}
        if appointment.commune is not None:
            reach["commune"] = appointment.commune
        if appointment.role == OWNER and appointment.organisation is not None:
            reach["owner_id"] = appointment.organisation
        return reach


class Gate:
    """Lets a request in: knows who signs tokens, what day it is, and for which authorities we act."""

    def __init__(self, verifier: Verifier, authorities: frozenset[str], clock: Clock) -> None:
        self._verifier = verifier
        self._authorities = authorities
        self._clock = clock

    async def admit(
        self, authorization: str | None, named: str | None, roles: frozenset[str], stages: frozenset[str]
    ) -> Caller:
        """The caller, when the token holds and the named appointment reaches the route; else a refusal."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn()
        person = await self._verifier.person(token.strip())
        appointment = self._in_force(person, named)
        if appointment.authority not in self._authorities:
            raise AuthorityElsewhere(authority=appointment.authority)
        if appointment.role not in roles:
            raise Forbidden(role=appointment.role)
        if appointment.stage is not None and appointment.stage not in stages:
            raise StageElsewhere(named=appointment.id, stage=appointment.stage)
        if appointment.role == OWNER and appointment.organisation is None:
            # Without an organisation an owner would see every owner of the authority.
            raise AppointmentIncomplete(named=appointment.id)
        return Caller(person.subject, appointment)

    def _in_force(self, person: Person, named: str | None) -> Appointment:
        on = day(self._clock())
        if named is not None:
            for appointment in person.appointments:
                if appointment.id == named:
                    if appointment.in_force(on):
                        return appointment
                    term = f"{appointment.since} – {appointment.until or '…'}"
                    raise AppointmentNotInForce(named=named, on=on, term=term, held=_held(person))
            raise AppointmentUnknown(named=named[:64], held=_held(person))
        raise AppointmentNotNamed(held=_held(person))


def _held(person: Person) -> str:
    held = [f"{each.id} ({each.role}, {each.authority})" for each in person.appointments[:10]]
    return ", ".join(held) or "—"


def open_gate(settings: Settings, clock: Clock, client: httpx.AsyncClient | None = None) -> Gate:
    """The gate a deployment's settings describe. Keys are first read when the first token comes.

    A token's term is measured by the system clock, because its issuer knows no other; the day on which an
    appointment is in force is that of ``clock``, which a trial may move.
    """
    keys: Keys
    if settings.jwks.startswith(("https://", "http://")):
        keys = KeysAtUrl(settings.jwks, client or httpx.AsyncClient())
    else:
        keys = KeysInFile(Path(settings.jwks))
    verifier = Verifier(keys, settings.issuer, settings.audience, system_clock)
    return Gate(verifier, settings.authorities, clock)


@dataclass(frozen=True)
class Allowed(SecurityBase):
    """What a route asks of its caller; FastAPI calls it before the route and describes it in OpenAPI."""

    roles: frozenset[str]
    stages: frozenset[str]
    model: HTTPBearer = field(default_factory=lambda: HTTPBearer(bearerFormat="JWT"), compare=False)
    scheme_name: str = field(default="token", compare=False)

    async def __call__(self, request: Request) -> Caller:
        gate = cast(Gate, request.app.state.gate)
        headers = request.headers
        caller = await gate.admit(headers.get("authorization"), headers.get(APPOINTMENT), self.roles, self.stages)
        request.scope["ocop.caller"] = caller
        return caller


class Public:
    """Says that a route is open to everybody, so that a forgotten ``allow`` cannot be taken for one."""

    async def __call__(self) -> None:
        return None


PUBLIC = cast(params.Depends, Depends(Public()))


def allow(*roles: str, stage: str | tuple[str, ...] = ()) -> params.Depends:
    """Lets in the named roles: ``caller: Annotated[Caller, allow("owner", "member", stage="lodging")]``.

    An appointment limited to a stage passes only routes of that stage; a route may belong to several.
    """
    if not roles:
        raise ValueError("name at least one role")
    return cast(
        params.Depends, Depends(Allowed(frozenset(roles), frozenset((stage,) if isinstance(stage, str) else stage)))
    )

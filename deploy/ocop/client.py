"""Speaks to the services over HTTP as one person after another, asks again while one is away, reads problems."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from deploy.ocop.system import SignedIn, System
from deploy.ocop.telling import NotAllowed, NotRunning, Trouble
from shared.identity import APPOINTMENT
from shared.tokens import Appointment

M = TypeVar("M", bound=BaseModel)

PATIENCE = 60.0
"""Seconds for which a request is repeated while its service is away or says that it cannot serve now."""


@dataclass(frozen=True)
class Who:
    """A person in one of the appointments this person holds."""

    subject: str
    appointment: Appointment


def operator(authority: str) -> Who:
    """The operator of ``authority``'s services."""
    return Who(
        "operator",
        Appointment(id=f"operator-{authority}", role="operator", authority=authority, since=date(2020, 1, 1)),
    )


class _Flaw(BaseModel):
    pointer: str
    detail: str


class _Problem(BaseModel):
    """Problem details (RFC 9457), the part that is shown."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: list[_Flaw] | None = None


class Paged(BaseModel, Generic[M]):
    """A page of a list, and the cursor of the next one."""

    items: list[M]
    next: str | None = None


class Refused(NotAllowed):
    """A service answered with a problem. ``kind`` is its type without the path, ``status`` the HTTP status."""

    def __init__(self, service: str, status: int, problem: _Problem) -> None:
        flaws = "; ".join(f"{flaw.pointer}: {flaw.detail}" for flaw in (problem.errors or [])[:5])
        super().__init__(
            f"{service} answered {status}: {problem.detail or problem.title}{f' ({flaws})' if flaws else ''}"
        )
        self.status = status
        self.kind = problem.type.rsplit("/", 1)[-1]


class Client:
    """The services of one running system, by their names."""

    def __init__(self, system: System, http: httpx.AsyncClient, *, patience: float = PATIENCE) -> None:
        self.system = system
        self._http = http
        self._patience = patience
        self._tokens: dict[tuple[str, str], SignedIn] = {}

    async def get(self, service: str, path: str, model: type[M], who: Who | None = None, **asked: object) -> M:
        """What ``path`` shows to ``who`` (nobody: the public). Raises ``Refused`` or ``NotRunning``."""
        parameters = {name: str(value) for name, value in asked.items() if value is not None}
        return self._read(service, await self._ask("GET", service, path, who, params=parameters), model)

    async def post(
        self, service: str, path: str, model: type[M], who: Who, body: Mapping[str, object], *, key: str | None = None
    ) -> M:
        """Ask for a change. With a ``key`` a repeat of the whole command does nothing twice."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._read(service, await self._ask("POST", service, path, who, json=dict(body), headers=headers), model)

    async def patch(self, service: str, path: str, model: type[M], who: Who, body: Mapping[str, object]) -> M:
        """Ask for another value of what is there."""
        return self._read(service, await self._ask("PATCH", service, path, who, json=dict(body)), model)

    async def pages(
        self, service: str, path: str, page: type[Paged[M]], who: Who | None = None, **asked: object
    ) -> list[M]:
        """Every item of a list, however many pages it has."""
        items: list[M] = []
        after: str | None = None
        while True:
            read = await self.get(service, path, page, who, after=after, limit=200, **asked)
            items.extend(read.items)
            if (after := read.next) is None:
                return items

    async def _ask(
        self,
        method: str,
        service: str,
        path: str,
        who: Who | None,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> httpx.Response:
        address = self.system.address(service)
        carried = {"Accept-Language": "en", **(headers or {}), **(self._signed(who) if who is not None else {})}
        end = time.monotonic() + self._patience
        while True:
            away: str
            wait = 0.5
            try:
                answer = await self._http.request(method, address + path, headers=carried, **sent)
                if answer.status_code != 503:
                    return self._granted(service, answer)
                away = f"{service} cannot serve now: {_problem(answer).detail}"
                wait = min(float(answer.headers.get("retry-after", "1")), 5.0)
            except httpx.TransportError as error:
                away = (
                    f"{service} does not answer at {address} ({type(error).__name__}); "
                    "start it with `ocop up`, or look into its log below .local/logs"
                )
            if time.monotonic() + wait > end:
                raise NotRunning(away)
            await asyncio.sleep(wait)

    def _signed(self, who: Who) -> dict[str, str]:
        known = (who.subject, who.appointment.id)
        if known not in self._tokens:
            self._tokens[known] = self.system.sign_in(who.subject, who.appointment)
        signed = self._tokens[known]
        return {"Authorization": f"Bearer {signed.token}", APPOINTMENT: signed.appointment}

    @staticmethod
    def _granted(service: str, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        raise Refused(service, answer.status_code, _problem(answer))

    @staticmethod
    def _read(service: str, answer: httpx.Response, model: type[M]) -> M:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the answer"
            raise Trouble(
                f"{service} answered {answer.request.url.path} in another form than this command knows "
                f"({where}: {first['msg']}); command line and service must be of one version"
            ) from error


def _problem(answer: httpx.Response) -> _Problem:
    try:
        return _Problem.model_validate_json(answer.content)
    except ValidationError:
        return _Problem(detail=answer.text[:200] or answer.reason_phrase)


@asynccontextmanager
async def client_of(system: System, *, patience: float = PATIENCE) -> AsyncIterator[Client]:
    """A client for as long as a command runs."""
    # The services of a local system are never behind this machine's proxy.
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        yield Client(system, http, patience=patience)

"""The HTTP edge every service shares: the application, its routes, and the command behind a request."""

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from hashlib import sha256
from secrets import token_hex
from time import time_ns
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from shared.bodies import USUAL_LIMITS, BodyRequest, Limits
from shared.command import Command
from shared.errors import Flaw, Refusal
from shared.identity import APPOINTMENT, OBSERVER, Allowed, Gate, Public
from shared.problems import Problem, RequestInvalid, answer_with_problems, correlation_id
from shared.telemetry import correlation

IDEMPOTENCY_KEY = "Idempotency-Key"

_CORRELATION = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_KEY = re.compile(r"[A-Za-z0-9._:~+/=-]{1,128}")

_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]


_PROBLEM: dict[str, Any] = {
    "description": "What went wrong, as problem details (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


_NO_SUCH = ("Không có tham số này; hãy bỏ đi.", "There is no such parameter; leave it out.")
_APPOINTMENT: dict[str, Any] = {
    "name": APPOINTMENT,
    "in": "header",
    "required": True,
    "description": "The id of the appointment this request uses.",
    "schema": {"type": "string", "maxLength": 64},
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "description": "The same key again gives the first answer and changes nothing.",
    "schema": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
}


class Asked(BaseModel):
    """What a request says; what it says beyond that is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What an answer says."""

    model_config = ConfigDict(frozen=True)


class IdempotencyKeyMalformed(Refusal):
    status = 400
    vi = "Idempotency-Key phải có 1–128 ký tự gồm chữ không dấu, số và . _ : ~ + / = -"
    en = "An Idempotency-Key has 1–128 characters: letters, digits and . _ : ~ + / = -"


class AddressHasNul(Refusal):
    status = 400
    vi = "Địa chỉ có ký tự NUL. Hãy bỏ ký tự đó."
    en = "The address holds a NUL character. Remove it."


class Route(APIRoute):
    """A route that reads its body through ``BodyRequest`` and describes the headers its callers send."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **described: Any) -> None:
        super().__init__(path, endpoint, **described)
        calls = [dependency.call for dependency in _flat(self.dependant)]
        headers = []
        if any(isinstance(call, Allowed) for call in calls):
            headers.append(_APPOINTMENT)
        if command in calls:
            headers.append(_IDEMPOTENCY_KEY)
        if headers:
            # Described here instead of declared, because FastAPI spends 20 µs on each declared header.
            self.openapi_extra = {"parameters": headers, **(self.openapi_extra or {})}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        takes_body = self.body_field is not None
        asked = frozenset(_query_names(self.dependant))

        async def handle(request: Request) -> Response:
            if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
                raise AddressHasNul()
            if request.scope["query_string"]:
                # A misspelt filter must not be taken for none.
                unknown = [Flaw(f"?{name[:100]}", *_NO_SUCH) for name in request.query_params if name not in asked]
                if unknown:
                    raise RequestInvalid(*unknown, count=len(unknown))
            reading = BodyRequest(request.scope, request.receive)
            if takes_body:
                await reading.decode()
            return await answer(reading)

        return handle


class Router(APIRouter):
    """The routes of one subject; what ``APIRouter`` is to FastAPI."""

    def __init__(self, prefix: str = "", tags: list[str] | None = None) -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags or ()),
            route_class=Route,
            redirect_slashes=False,
            responses={"default": _PROBLEM},
        )


async def command(request: Request) -> Command:
    """What is asked, known again when asked again: ``command: Annotated[Command, Depends(command)]``."""
    scope = request.scope
    body = await request.body()
    idempotency_key = request.headers.get(IDEMPOTENCY_KEY)
    if idempotency_key is None:
        id = fresh_id()
    elif _KEY.fullmatch(idempotency_key):
        caller = scope.get("ocop.caller")
        principal = caller.principal if caller is not None else ""
        asked = "\n".join((principal, scope["method"], scope["path"], idempotency_key))
        id = sha256(asked.encode()).hexdigest()[:32]
    else:
        raise IdempotencyKeyMalformed()
    return Command(id, sha256(body).hexdigest(), correlation_id(scope))


def fresh_id() -> str:
    """A random id of 32 hexadecimal digits that sorts by the time it was made."""
    return f"{time_ns() // 1_000_000:012x}{token_hex(10)}"


class Edge:
    """Runs around every request: gives it a correlation id and its answer the headers of an API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id = _correlation(scope["headers"])
        scope["ocop.correlation"] = id
        correlation.set(id)
        added = (b"x-correlation-id", id.encode())

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"]]
                # What a route says itself, of its cache or its policy, stands.
                said = {name for name, _ in headers}
                message["headers"] = [*headers, added, *(usual for usual in _HEADERS if usual[0] not in said)]
            await send(message)

        await self._app(scope, receive, answer)


def _correlation(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The asker's own correlation id, else its trace id, else a fresh one; a malformed one counts as none."""
    traced = b""
    for name, value in headers:
        if name == b"x-correlation-id" and _CORRELATION.fullmatch(value):
            return value.decode()
        if name == b"traceparent":
            found = _TRACEPARENT.fullmatch(value)
            traced = found[1] if found else b""
    return traced.decode() or token_hex(16)


class Application(FastAPI):
    """A service's API, with the edge around everything, the answer to an unforeseen error included."""

    def build_middleware_stack(self) -> ASGIApp:
        return Edge(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _describe(super().openapi())
        return super().openapi()


def create_app(
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    *,
    gate: Gate,
    lifespan: Lifespan[FastAPI] | None = None,
    middleware: Sequence[Middleware] = (),
    limits: Limits = USUAL_LIMITS,
) -> FastAPI:
    """The API of a service. ``middleware`` (pure ASGI) runs inside the edge, which knows the correlation id.

    Raises TypeError for a route that is not safe: one whose callers nobody chose, one that lets an observer
    change something, or one that asks for the command before it knows the caller.
    """
    app = Application(
        title=title,
        version=version,
        lifespan=lifespan,
        middleware=list(middleware),
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.gate = gate
    app.state.limits = limits
    answer_with_problems(app)
    for router in routers:
        for route in router.routes:
            _check(route)
        # FastAPI's include_router would look every request up twice (30 µs) and gives nothing we use.
        app.router.routes.extend(router.routes)
    return app


def _check(route: object) -> None:
    if not isinstance(route, Route):
        raise TypeError(f"{route!r}: make its router with shared.http.Router")
    methods = route.methods or set()
    name = f"{'/'.join(sorted(methods))} {route.path}"
    calls = [dependency.call for dependency in _flat(route.dependant)]
    gates = [call for call in calls if isinstance(call, Allowed)]
    if not gates and not any(isinstance(call, Public) for call in calls):
        raise TypeError(f"{name}: say who may call it with allow(...), or dependencies=[PUBLIC] for everybody")
    if methods - {"GET", "HEAD"} and any(OBSERVER in each.roles for each in gates):
        raise TypeError(f"{name}: an observer reads and never changes anything")
    if command in calls and gates and calls.index(command) < calls.index(gates[0]):
        raise TypeError(f"{name}: name the caller before the command, whose id is made of it")


def _query_names(dependant: Dependant) -> Iterator[str]:
    for each in (dependant, *_flat(dependant)):
        for parameter in each.query_params:
            kind = parameter.field_info.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from (field.alias or name for name, field in kind.model_fields.items())
            else:
                yield parameter.alias


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for dependency in dependant.dependencies:
        yield dependency
        yield from _flat(dependency)


def _describe(schema: dict[str, Any]) -> None:
    """Adds to an OpenAPI document what every route answers when something is wrong."""
    parts = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.update(problem.pop("$defs"))
    parts["Problem"] = problem

"""Every wrong answer over HTTP as problem details (RFC 9457), in the reader's language."""

import re
from functools import lru_cache

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Scope

from shared.errors import Flaw, Language, Refusal, Unavailable
from shared.telemetry import log_for
from shared.validation import flaws

MOST_FLAWS = 50
"""Flaws that are listed; the sentence counts them all."""

log = log_for(__name__)

_TITLES: dict[int, tuple[str, str]] = {
    400: ("Yêu cầu không đọc được", "The request cannot be read"),
    401: ("Cần đăng nhập", "Sign-in needed"),
    403: ("Không được phép", "Not allowed"),
    404: ("Không tìm thấy", "Not found"),
    408: ("Gửi quá lâu", "Sent too slowly"),
    405: ("Không dùng được cách gọi này", "Method not allowed"),
    409: ("Trái với quy định hoặc trạng thái hiện tại", "Against a rule or the present state"),
    413: ("Nội dung quá lớn", "Content too large"),
    415: ("Không nhận loại nội dung này", "Unsupported content type"),
    422: ("Yêu cầu có chỗ sai", "The request has flaws"),
    429: ("Hỏi quá nhanh", "Too many requests"),
    500: ("Lỗi của hệ thống", "An error of ours"),
    503: ("Tạm thời chưa phục vụ được", "Temporarily unavailable"),
}


class ProblemFlaw(BaseModel):
    """One thing to mend, and where it stands in the request."""

    pointer: str = Field(
        description="A JSON pointer into the body; `?name` for a query parameter, `{name}` for a part of the "
        "address, `name:` for a header."
    )
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str
    errors: list[ProblemFlaw] | None = None


class AddressUnknown(Refusal):
    status = 404
    vi = "Không có địa chỉ này. Hãy xem mô tả giao diện ở /openapi.json."
    en = "There is no such address. The interface is described at /openapi.json."


class MethodNotAllowed(Refusal):
    status = 405
    vi = "Địa chỉ này không nhận phương thức {method}. Được dùng: {allowed}."
    en = "This address does not take the method {method}. It takes: {allowed}."


class RequestInvalid(Refusal):
    status = 422
    vi = "Yêu cầu có {count} chỗ sai; hãy sửa từng chỗ nêu trong «errors» rồi gửi lại."
    en = "The request has {count} flaw(s); mend each one listed in “errors” and send it again."


class RequestUnreadable(Refusal):
    status = 400
    vi = "Không đọc được yêu cầu. Hãy kiểm tra rồi gửi lại."
    en = "The request cannot be read. Check it and send it again."


@lru_cache(maxsize=256)
def language(accepted: str) -> Language:
    """The language of an ``Accept-Language`` header: Vietnamese unless English is liked better."""
    weights = {"vi": 0.0, "en": 0.0}
    for part in accepted[:200].lower().split(","):
        tag, _, weight = part.partition(";")
        name = tag.strip().partition("-")[0]
        found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        if name in weights:
            weights[name] = max(weights[name], float(found[1]) if found else 0.0 if weight else 1.0)
    return "en" if weights["en"] > weights["vi"] else "vi"


def correlation_id(scope: Scope) -> str:
    """The id that ties this request to everything it causes; set by the edge before anything else runs."""
    return str(scope.get("ocop.correlation", ""))


def problem_type(kind: type[Exception]) -> str:
    """The type under which an error is shown, ``/problems/not-found`` for ``NotFound``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__)
    return f"/problems/{words.lower()}"


def problem(
    request: Request,
    kind: type[Exception],
    status: int,
    sentences: tuple[str, str],
    flawed: tuple[Flaw, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem details answer; ``sentences`` are its detail in Vietnamese and in English."""
    spoken = language(request.headers.get("accept-language", ""))
    pick = 0 if spoken == "vi" else 1
    body: dict[str, object] = {
        "type": problem_type(kind),
        "title": _TITLES.get(status, ("Không thực hiện được", "Not done"))[pick],
        "status": status,
        "detail": sentences[pick],
        "instance": request.scope["path"],
        "correlation_id": correlation_id(request.scope),
    }
    if flawed:
        body["errors"] = [
            {"pointer": flaw.pointer, "detail": flaw.vi if spoken == "vi" else flaw.en} for flaw in flawed[:MOST_FLAWS]
        ]
    return Response(
        to_json(body),
        status,
        {"Content-Language": spoken, "Vary": "Accept-Language", **(headers or {})},
        "application/problem+json",
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    headers: dict[str, str] = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 429:
        headers["Retry-After"] = str(error.facts["seconds"])
    if error.status in (408, 413):
        # What is left of the body is not read, so the connection cannot carry another request.
        headers["Connection"] = "close"
    sentences = (error.sentence("vi"), error.sentence("en"))
    return problem(request, type(error), error.status, sentences, error.flaws, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    return await _refused(request, RequestInvalid(*flaws(found[:MOST_FLAWS]), count=len(found)))


async def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    sentences = (
        "Tạm thời chưa phục vụ được. Hãy gửi lại chính yêu cầu này (cùng Idempotency-Key) sau ít giây.",
        "This cannot be served right now. Send the same request (and Idempotency-Key) again in a moment.",
    )
    headers = {"Retry-After": str(error.retry_after)}
    return problem(request, type(error), 503, sentences, headers=headers)


async def _http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: no such address, a wrong method, a body it cannot take."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await _refused(request, AddressUnknown())
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        answer = await _refused(request, MethodNotAllowed(method=request.method[:16], allowed=allowed))
        answer.headers["Allow"] = allowed
        return answer
    refusal = RequestUnreadable()
    sentences = (refusal.sentence("vi"), refusal.sentence("en"))
    return problem(request, RequestUnreadable, error.status_code, sentences, headers=dict(error.headers or {}))


async def _gone(request: Request, error: Exception) -> Response:
    """The asker hung up while sending; nobody reads this answer."""
    return await _refused(request, RequestUnreadable())


class UnexpectedError(Exception):
    """The name under which an error nobody foresaw is shown; what it was stays in the log."""


async def _unexpected(request: Request, error: Exception) -> Response:
    known = correlation_id(request.scope)
    # The server logs the traceback when the error goes on to it; this line ties it to the request.
    log.error("request_failed", path=request.scope["path"], correlation_id=known, error=type(error).__name__)
    sentences = (
        f"Hệ thống gặp lỗi ngoài dự kiến. Hãy báo mã {known} cho người vận hành.",
        f"The system met an error nobody foresaw. Tell its operator the code {known}.",
    )
    # The error goes on to the server, which then hangs up; whoever asked must not send the next request there.
    return problem(request, UnexpectedError, 500, sentences, headers={"Connection": "close"})


def answer_with_problems(app: FastAPI) -> None:
    """Makes ``app`` answer every error as problem details."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)

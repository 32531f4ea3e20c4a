"""Every HTTP request counted, timed and traced, at the edge and nowhere else."""

import time

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import measured
from shared.telemetry import correlation, tracing


class RequestTelemetry:
    """Runs inside the edge, which has given the request its correlation id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def noticing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = correlation.set(scope.get("ocop.correlation", ""))
        try:
            if tracing.on:
                method = scope["method"]
                with tracing.span(method, SpanKind.SERVER, _traceparent(scope), url_path=scope["path"]) as span:
                    await self._app(scope, receive, noticing)
                    # Which route it is, is known when it has been looked up.
                    span.update_name(f"{method} {_route(scope)}")
                    span.set_attributes(
                        {
                            "http.request.method": method,
                            "http.route": _route(scope),
                            "http.response.status_code": status,
                        }
                    )
            else:
                await self._app(scope, receive, noticing)
        finally:
            correlation.reset(token)
            taken = time.perf_counter() - begun
            measured("request", taken, route=_route(scope), method=scope["method"], status=str(status))


def _route(scope: Scope) -> str:
    """The route's template, not the path: ids must not become labels."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _traceparent(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), "")

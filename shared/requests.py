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
                with tracing.span(f"{scope['method']}", SpanKind.SERVER, _traceparent(scope), url_path=scope["path"]):
                    await self._app(scope, receive, noticing)
            else:
                await self._app(scope, receive, noticing)
        finally:
            correlation.reset(token)
            # The route's template, not the path: ids must not become labels.
            route = getattr(scope.get("route"), "path", "unknown")
            taken = time.perf_counter() - begun
            measured("request", taken, route=route, method=scope["method"], status=str(status))


def _traceparent(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), "")

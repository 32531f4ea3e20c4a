"""One trace from the request through outbox, Kafka and handlers; metrics; JSON logs with trace and correlation ids."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, cast

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Exporter = Literal["off", "console", "otlp"]

correlation: ContextVar[str] = ContextVar("correlation", default="")
"""The correlation id of what is being handled now, for the log."""

_W3C = TraceContextTextMapPropagator()


class Tracing:
    """Spans when they are wanted, and next to nothing when they are not.

    While it is off an event's trace context still travels on unchanged, so that a chain of services in which only
    some record spans stays one trace.
    """

    def __init__(self) -> None:
        self._tracer: Tracer | None = None
        self._provider: TracerProvider | None = None

    def record_with(self, provider: TracerProvider) -> None:
        """Record spans through ``provider`` from now on."""
        self._provider = provider
        self._tracer = provider.get_tracer("ocop")

    def stop(self) -> None:
        """Send what is recorded and record no more."""
        if self._provider is not None:
            self._provider.shutdown()
        self._tracer = self._provider = None

    @property
    def on(self) -> bool:
        return self._tracer is not None

    def current(self) -> str:
        """The W3C ``traceparent`` of the span that is open now, or nothing."""
        if self._tracer is None:
            return ""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent", "")

    @contextmanager
    def span(self, name: str, kind: SpanKind, traceparent: str = "", **attributes: str | int) -> Iterator[Span]:
        """A span around a piece of work; its parent is ``traceparent`` when given, else the open span."""
        if self._tracer is None:
            yield INVALID_SPAN
            return
        parent = _parent(traceparent)
        with self._tracer.start_as_current_span(name, context=parent, kind=kind, attributes=_named(attributes)) as span:
            yield span

    def begun(self, name: str, kind: SpanKind, traceparent: str, **attributes: str | int) -> Span:
        """A span that is not the open one, for work that many wait for together; whoever began it ends it."""
        if self._tracer is None:
            return INVALID_SPAN
        return self._tracer.start_span(name, context=_parent(traceparent), kind=kind, attributes=_named(attributes))


def _parent(traceparent: str) -> Context | None:
    return _W3C.extract({"traceparent": traceparent}) if traceparent else None


def _named(attributes: dict[str, str | int]) -> dict[str, str | int]:
    """Attributes under the names of OpenTelemetry, which have dots where an argument cannot."""
    return {key.replace("_", "."): value for key, value in attributes.items()}


tracing = Tracing()


def set_up(service: str, exporter: Exporter, log_format: Literal["json", "console"], level: str) -> None:
    """Configure logs, and spans when they are wanted, once for the process."""
    _set_up_logs(service, log_format, level)
    if exporter == "off":
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"ocop-{service}"}))
    provider.add_span_processor(_processor(exporter))
    # It is not made the provider of the whole process: FastAPI would add four spans of its own to every request.
    tracing.record_with(provider)


def _processor(exporter: Exporter) -> SpanProcessor:
    if exporter == "console":
        return SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr, formatter=line_of))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter())


def line_of(span: ReadableSpan) -> str:
    """A span as one line of JSON, as every other line of the log."""
    return " ".join(span.to_json(indent=0).split("\n")) + "\n"


def _set_up_logs(service: str, log_format: Literal["json", "console"], level: str) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _identify(service),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The libraries speak through the standard library; their lines take the same form.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class Seldom(logging.Filter):
    """Lets a library say the same thing once in a while: a broker that is away is told of hundreds of times.

    Tracebacks all pass, because two of them are seldom the same.
    """

    SECONDS = 10.0
    MOST_KNOWN = 1_000

    def __init__(self, watch: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._watch = watch
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            return True
        said, now = (record.name, str(record.msg)), self._watch()
        last, held = self._said.get(said, (-self.SECONDS, 0))
        if now - last < self.SECONDS:
            self._said[said] = (last, held + 1)
            return False
        if len(self._said) >= self.MOST_KNOWN:
            self._said.clear()
        self._said[said] = (now, 0)
        if held:
            record.msg = f"{record.msg} (and {held} times more since)"
        return True


def _identify(service: str) -> structlog.typing.Processor:
    def add(
        _logger: structlog.typing.WrappedLogger, _name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        if current := correlation.get():
            event["correlation_id"] = current
        if tracing.on and (span := trace.get_current_span().get_span_context()).is_valid:
            event["trace_id"] = format(span.trace_id, "032x")
        return event

    return add


def log_for(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of a module. Events are constants, facts are fields: ``log.info("partition_paused", topic=…)``."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(module=name))

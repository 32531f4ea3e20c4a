"""The few numbers a night shift looks at, for Prometheus to scrape; names follow OpenTelemetry."""

from collections.abc import Callable, Iterable

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider

_meter = MeterProvider([PrometheusMetricReader()]).get_meter("ocop")

_counters = {
    "parked": _meter.create_counter("ocop.events.parked", description="Events put aside, by cause"),
    "retries": _meter.create_counter("ocop.events.retried", description="Handlers run again after a failure"),
    "requests": _meter.create_counter("http.server.requests", description="HTTP requests, by route and status"),
}
_histograms = {
    "batch": _meter.create_histogram("messaging.batch.message_count", description="Records in a batch"),
    "request": _meter.create_histogram("http.server.request.duration", unit="s", description="HTTP request duration"),
}


def counted(name: str, **labels: str) -> None:
    _counters[name].add(1, labels)


def measured(name: str, value: float, **labels: str) -> None:
    _histograms[name].record(value, labels)


def gauge(name: str, description: str, read: Callable[[], Iterable[tuple[float, dict[str, str]]]]) -> None:
    """A number that is looked up when somebody asks."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, labels) for value, labels in read()]

    _meter.create_observable_gauge(name, callbacks=[observe], description=description)

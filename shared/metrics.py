"""The few numbers a night shift looks at, for Prometheus to scrape; names follow OpenTelemetry."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import REGISTRY, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Read = Callable[[], Iterable[tuple[float, dict[str, str]]]]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The limits that OpenTelemetry advises for requests."""

disable_created_metrics()  # type: ignore[no-untyped-call]

_counters = {
    "parked": Counter("ocop_events_parked", "Events put aside, by cause", ("topic", "cause")),
    "retries": Counter("ocop_events_retried", "Handlers run again after a failure", ("topic",)),
}
_histograms = {
    "batch": Histogram(
        "messaging_batch_message_count", "Records in a batch", ("stream",), buckets=(1, 10, 100, 1_000, 4_000)
    ),
    "request": Histogram(
        "http_server_request_duration_seconds",
        "HTTP request duration",
        ("route", "method", "status"),
        buckets=_SECONDS,
    ),
}


def counted(name: str, **labels: str) -> None:
    _counters[name].labels(**labels).inc()


def measured(name: str, value: float, **labels: str) -> None:
    _histograms[name].labels(**labels).observe(value)


def gauge(name: str, description: str, read: Read) -> None:
    """A number that is looked up when somebody asks."""
    _gauges.read[name] = (description, read)


class _Gauges(Collector):
    def __init__(self) -> None:
        self.read: dict[str, tuple[str, Read]] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (description, read) in self.read.items():
            family = GaugeMetricFamily(name, description)
            for value, labels in read():
                family.add_sample(name, labels, value)
            yield family


_gauges = _Gauges()
REGISTRY.register(_gauges)

"""The numbers on /metrics: a request's duration falls between limits that tell something, and gauges are looked up."""

from prometheus_client import REGISTRY, generate_latest

from shared.metrics import gauge, measured


def test_a_request_of_thirty_milliseconds_is_told_from_one_of_a_second() -> None:
    for seconds in (0.03, 1.2):
        measured("request", seconds, route="/tea", method="GET", status="200")

    def within(limit: str) -> float | None:
        labels = {"route": "/tea", "method": "GET", "status": "200", "le": limit}
        return REGISTRY.get_sample_value("http_server_request_duration_seconds_bucket", labels)

    assert [within(limit) for limit in ("0.025", "0.05", "1.0", "2.5")] == [0, 1, 1, 2]


def test_a_gauge_is_looked_up_each_time_and_a_later_one_takes_its_place() -> None:
    cups = iter((1.0, 2.0))
    gauge("tea_cups", "Cups on the table", lambda: [(next(cups), {"room": "north"})])
    told = [generate_latest().decode() for _ in range(2)]

    gauge("tea_cups", "Cups on the table", lambda: [(7.0, {"room": "south"})])

    assert ['tea_cups{room="north"} 1.0' in told[0], 'tea_cups{room="north"} 2.0' in told[1]] == [True, True]
    assert [line for line in generate_latest().decode().splitlines() if line.startswith("tea_cups")] == [
        'tea_cups{room="south"} 7.0'
    ]

"""``ocop status``: every service as it sees itself, and those that do not answer."""

from pathlib import Path

from rich.console import Console

from deploy.ocop.lag import Behind
from deploy.ocop.status import Report, look, render
from tests.deploy.ocop.room import Room


def shown(report: Report) -> str:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(render(report))
    return captured.get()


async def test_a_service_tells_its_troubles_and_what_is_parked(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.park()
    async with room.client() as client:
        report = await look(client)

    (service,) = report.services
    assert (service.ready, service.parked, service.away, report.good) == (False, 1, None, False)
    assert "scoring: 1 parked; see `ocop parked list`" in shown(report)
    assert "MongoDB: not asked yet" in shown(report)


async def test_a_service_that_does_not_answer_is_part_of_the_report(tmp_path: Path) -> None:
    async with Room(tmp_path).client("scoring", "notification") as client:
        report = await look(client)

    away = report.services[1]
    assert away.service == "notification" and away.away is not None and "ocop up" in away.away
    assert "away" in shown(report)


async def test_lag_is_told_per_province_stream_and_service(tmp_path: Path) -> None:
    async with Room(tmp_path).client() as client:
        report = await look(client)
    lag = [Behind(authority="37", stream="dossiers", service="scoring", records=1234)]

    text = shown(report.model_copy(update={"lag": lag}))

    assert any(line.split() == ["37", "dossiers", "1234"] for line in text.splitlines())

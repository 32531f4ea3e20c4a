"""``ocop clock``: spans and instants as people write them, the file the services read, and the guard."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.local.state import State, StateFile
from deploy.ocop import clock
from deploy.ocop.telling import Trouble
from shared.clock import MovedClock, system_clock
from tests.deploy.ocop.room import Room


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    clock.register(app)
    result = CliRunner().invoke(app, ["clock", *arguments, "--folder", str(folder)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """A folder whose state says that a system runs there."""
    services = {"scoring": "http://127.0.0.1:9"}
    StateFile(tmp_path / "run").write(State(phase="ready", authorities=("37",), kafka="nowhere:9", services=services))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("90 m", timedelta(minutes=90)),
    ],
)
def test_a_span_is_read_as_it_is_written(text: str, meant: timedelta) -> None:
    assert clock.span(text) == meant


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3y", "30d!"])
def test_what_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Trouble, match="30d"):
        clock.span(text)


def test_a_day_means_its_noon_in_viet_nam() -> None:
    assert clock.instant("2027-03-31") == datetime(2027, 3, 31, 5, 0, tzinfo=UTC)
    assert clock.instant("2027-03-31T08:00:00+07:00") == datetime(2027, 3, 31, 1, 0, tzinfo=UTC)


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Trouble, match="2027-02-30"):
        clock.instant("2027-02-30")


def test_the_services_read_what_is_moved(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock.move(file, system_clock() + timedelta(days=400))
    assert timedelta(0) <= MovedClock(file)() - system_clock() - timedelta(days=400) + timedelta(seconds=5)

    clock.move(file, system_clock())
    assert abs(MovedClock(file)() - system_clock()) < timedelta(seconds=1)


def test_a_far_move_says_that_it_must_be_accepted(running: Path) -> None:
    code, out, _ = run(running, "advance", "30d")
    assert (code, "ocop clock accept" in out) == (0, True)

    code, out, _ = run(running, "advance", "2h", "--json")
    told = json.loads(out)
    assert (code, told["needs_accepting"]) == (0, False)
    assert round(told["moved_seconds"] / 3600) == 30 * 24 + 2


def test_where_nothing_runs_one_line_says_so(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "advance", "1d")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1 and "ocop up" in err


async def test_accepting_lets_stopped_timers_go_on_and_says_where_none_were_stopped(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.guard.passed()
    async with room.client() as client:
        assert [each.outcome for each in await clock.accept(client)] == ["not stopped"]
        room.clock.turn(timedelta(days=30))
        assert await room.guard.passed() is None
        assert list(await clock.stopped(client)) == ["scoring"]

        assert [each.outcome for each in await clock.accept(client)] == ["accepted"]

        assert await clock.stopped(client) == {}
    assert await room.guard.passed() == room.clock.now


async def test_a_service_without_timers_has_nothing_to_accept(tmp_path: Path) -> None:
    async with Room(tmp_path).client() as client:
        assert [each.outcome for each in await clock.accept(client)] == ["no timers"]

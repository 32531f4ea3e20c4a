"""``ocop clock``: the trial clock that all services of a local system share, and the guard that stops their timers."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel
from rich import box
from rich.table import Table

from deploy.ocop.client import Client, Refused, client_of, operator
from deploy.ocop.system import FOLDER, Folder, System, find_system
from deploy.ocop.telling import AsJson, Trouble, console, print_json, told
from shared.clock import VIETNAM, MovedClock, system_clock
from shared.timers import FURTHEST

_app = typer.Typer(no_args_is_help=True, help="The trial clock: show, advance, set, accept.")
_SPAN = re.compile(r"(\d{1,5})\s*(d|h|m|w)")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


class Accepted(BaseModel):
    """What a service said when the clock was put to it."""

    service: str
    outcome: Literal["accepted", "not stopped", "no timers"]
    now: datetime | None = None


class ClockShown(BaseModel):
    """The clock as the services have it."""

    now: datetime
    moved_seconds: float
    stopped: dict[str, datetime]


class _Now(BaseModel):
    now: datetime


class _Status(BaseModel):
    clock_stopped_at: datetime | None


def span(text: str) -> timedelta:
    """``30d``, ``12h``, ``2w``, ``90m``, or several in a row (``1d12h``)."""
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text).strip():
        raise Trouble(f"{text!r} is no span of time; write 30d, 12h, 2w or 90m")
    return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())


def instant(text: str) -> datetime:
    """A day (its noon in Việt Nam), an instant with its zone, or ``now`` for the real time."""
    if text == "now":
        return system_clock()
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Trouble(f"{text!r} is no date; write 2027-03-31, 2027-03-31T08:00:00+07:00 or now") from error
    if len(text) == len("2027-03-31"):
        read = read.replace(hour=12)
    return read.replace(tzinfo=read.tzinfo or VIETNAM).astimezone(UTC)


def move(file: Path, to: datetime) -> timedelta:
    """Puts the trial clock at ``to``; by how much it now differs from the real one."""
    moved = to - system_clock()
    if abs(moved) < timedelta(seconds=1):
        moved = timedelta()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(f"{moved.total_seconds():.3f}")
    # Whole or not at all: the services read the file whenever it changes.
    part.replace(file)
    return moved


async def accept(client: Client) -> list[Accepted]:
    """Vouches for the clock as it is, in every service."""
    outcomes: list[Accepted] = []
    for service in client.system.services:
        try:
            who = operator(client.system.authorities[0])
            said = await client.post(service, "/operations/clock/accept", _Now, who, {})
            outcomes.append(Accepted(service=service, outcome="accepted", now=said.now))
        except Refused as refused:
            if refused.status == 404:
                outcomes.append(Accepted(service=service, outcome="no timers"))
            elif refused.kind == "clock-accepted":
                outcomes.append(Accepted(service=service, outcome="not stopped"))
            else:
                raise
    return outcomes


async def stopped(client: Client) -> dict[str, datetime]:
    """The services whose timers the guard has stopped, and the time at which it did."""
    found: dict[str, datetime] = {}
    for service in client.system.services:
        who = operator(client.system.authorities[0])
        status = await client.get(service, "/operations/status", _Status, who)
        if status.clock_stopped_at is not None:
            found[service] = status.clock_stopped_at
    return found


def now(system: System) -> datetime:
    """The time by the clock the services use."""
    return system_clock() if system.clock_file is None else MovedClock(system.clock_file)()


@_app.command()
@told
async def show(as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """Show the services' time, by how much it is moved, and whose timers are stopped."""
    system = find_system(folder)
    async with client_of(system, patience=0) as client:
        held = await stopped(client)
    at = now(system)
    shown = ClockShown(now=at, moved_seconds=round((at - system_clock()).total_seconds(), 1), stopped=held)
    if as_json:
        print_json(shown)
        return
    typer.echo(f"{_local(shown.now)}, {_moved(timedelta(seconds=shown.moved_seconds))}")
    for service, since in held.items():
        typer.echo(f"{service}: timers stopped at {_local(since)}; go on with `ocop clock accept`")


@_app.command()
@told
async def advance(
    by: Annotated[str, typer.Argument(metavar="SPAN", help="How far: 30d, 12h, 2w, 90m.")],
    as_json: AsJson = False,
    folder: Folder = FOLDER,
) -> None:
    """Move the trial clock forward."""
    system = find_system(folder)
    _move_and_tell(system, now(system) + span(by), as_json)


@_app.command("set")
@told
async def set_to(
    to: Annotated[str, typer.Argument(metavar="WHEN", help="2027-03-31, an instant with its zone, or now.")],
    as_json: AsJson = False,
    folder: Folder = FOLDER,
) -> None:
    """Put the trial clock at a day or an instant, or back to the real time."""
    _move_and_tell(find_system(folder), instant(to), as_json)


@_app.command("accept")
@told
async def accept_command(as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """Vouch for a clock that has jumped, so that the timers go on."""
    async with client_of(find_system(folder), patience=0) as client:
        outcomes = await accept(client)
    if as_json:
        print_json([each.model_dump(mode="json") for each in outcomes])
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("Service", "Outcome", "Time"):
        table.add_column(column)
    for each in outcomes:
        table.add_row(each.service, each.outcome, _local(each.now) if each.now else "")
    console().print(table)


def _move_and_tell(system: System, to: datetime, as_json: bool) -> None:
    file = system.moved_clock()
    before = now(system)
    moved = move(file, to)
    jumps = to - before > FURTHEST
    if as_json:
        print_json({"now": to.isoformat(), "moved_seconds": moved.total_seconds(), "needs_accepting": jumps})
        return
    typer.echo(f"{_local(to)}, {_moved(moved)}")
    if jumps:
        hours = FURTHEST.total_seconds() / 3600
        typer.echo(f"That is more than {hours:.0f} hours at once: timers stop until `ocop clock accept`.")


def _local(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S %z")


def _moved(by: timedelta) -> str:
    if not by:
        return "the real time"
    return f"{'+' if by > timedelta() else '-'}{abs(by).days} days {abs(by).seconds // 3600} h from the real time"


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.add_typer(_app, name="clock")

"""``ocop up`` and ``ocop down``: the whole system on this machine, in the foreground or behind it."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.live import Live

from deploy.local.missing import Missing, StartFailed
from deploy.local.processes import last_lines
from deploy.local.service import PROJECT
from deploy.local.stack import AlreadyRunning, Stack
from deploy.local.state import State, StateFile, end_leftovers
from deploy.ocop.scenario import play
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.system_view import StartView, running_table
from deploy.ocop.telling import AsJson, Trouble

_PATIENCE = 300.0


def up(
    folder: Folder = FOLDER,
    authorities: Annotated[
        str, typer.Option(envvar="OCOP_AUTHORITIES", help="Authorities acted for: two digits each, commas between.")
    ] = "00,37",
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Come back when everything is ready.")] = False,
    scenario: Annotated[bool, typer.Option("--scenario", help="Play the scenario once everything is ready.")] = False,
    insecure: Annotated[bool, typer.Option("--insecure", help="Kafka without users and access rules.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start Kafka, MongoDB and the services, and show them until Ctrl-C, which stops them all."""
    codes = tuple(filter(None, authorities.split(",")))
    if not codes or any(len(code) != 2 or not (code.isascii() and code.isdigit()) for code in codes):
        raise typer.BadParameter(
            f"{authorities!r} is not a list of two-digit codes such as 00,37", param_hint="--authorities"
        )
    console = Console(highlight=False, quiet=as_json)
    if detach:
        state = _detached(folder, codes, insecure, console)
        if as_json:
            typer.echo(state.model_dump_json(indent=2))
        if scenario and not asyncio.run(_play(folder, console)):
            raise typer.Exit(1)
        return
    try:
        good = asyncio.run(_foreground(folder, codes, insecure, scenario, as_json, console))
    except (AlreadyRunning, Missing, StartFailed, KafkaException) as trouble:
        typer.echo(f"ocop: {trouble}", err=True)
        raise typer.Exit(1) from trouble
    raise typer.Exit(0 if good else 1)


def down(folder: Folder = FOLDER, as_json: AsJson = False) -> None:
    """Stop the system of this folder, services first, and end whatever a crash left over."""
    file = StateFile(folder / "run")
    state = file.read()
    supervisor = state.supervisor.process() if state.supervisor else None
    if supervisor is not None:
        supervisor.terminate()
        end = time.monotonic() + 60
        while supervisor.is_running() and state.supervisor and state.supervisor.process():
            if time.monotonic() > end:
                supervisor.kill()
            time.sleep(0.1)
    left = end_leftovers(file.read())
    if as_json:
        typer.echo(f'{{"was_running": {str(supervisor is not None).lower()}}}')
    elif supervisor is not None or left:
        typer.echo("Everything is stopped; the data is kept. `make clean` forgets it.")
    else:
        typer.echo(f"Nothing runs in {folder}.")


async def _foreground(
    folder: Path, authorities: tuple[str, ...], insecure: bool, scenario: bool, as_json: bool, console: Console
) -> bool:
    """Run until a signal comes; whether the scenario, if one was wanted, went well."""
    view = StartView(console)
    stack = Stack(folder, authorities, secured=not insecure, told=view.told)
    task = asyncio.current_task()
    assert task is not None
    stopping = False

    def stop() -> None:
        # A second Ctrl-C must not leave half of the system behind.
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    good = True
    try:
        with view:
            await stack.up()
        console.print(f"[green]Ready[/] in {view.seconds:.1f} s.")
        if as_json:
            typer.echo(StateFile(folder / "run").read().model_dump_json(indent=2))
        if scenario:
            good = await _play(folder, console)
        await _show_until_cancelled(stack, console)
    except asyncio.CancelledError:
        console.print("Stopping, the services first …")
    finally:
        stopping = True
        await stack.down()
    console.print("Stopped; the data is kept.")
    return good


async def _show_until_cancelled(stack: Stack, console: Console) -> None:
    if not console.is_terminal:
        console.print(running_table(stack))
        await asyncio.Event().wait()
    with Live(running_table(stack), console=console, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(1)
            live.update(running_table(stack), refresh=True)


async def _play(folder: Path, console: Console) -> bool:
    """Play the scenario through the HTTP APIs; whether it went well."""
    try:
        await play(find_system(folder), console)
    except Trouble as trouble:
        typer.echo(f"ocop: {trouble}", err=True)
        return False
    return True


def _detached(folder: Path, authorities: tuple[str, ...], insecure: bool, console: Console) -> State:
    """Start the launcher behind this terminal, and wait with it until everything is ready."""
    folder = folder.resolve()
    log = folder / "logs" / "ocop.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "deploy.ocop.main", "up", "--folder", str(folder)]
    command += ["--authorities", ",".join(authorities), *(["--insecure"] if insecure else [])]
    with log.open("ab") as output:
        launcher = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=PROJECT, start_new_session=True
        )
    file = StateFile(folder / "run")
    shown: set[str] = set()
    end = time.monotonic() + _PATIENCE
    with _ended_with_us(launcher), console.status("Starting …"):
        while time.monotonic() < end:
            state = file.read()
            if state.supervisor and state.supervisor.pid == launcher.pid:
                for name, member in state.members.items():
                    if member.running and name not in shown:
                        shown.add(name)
                        console.print(f"  [green]●[/] {name}")
                if state.phase == "ready":
                    # The launcher lives on without us; nobody will ask this object how it ended.
                    launcher.returncode = 0
                    console.print("Ready. Look at it with [bold]ocop status[/], end it with [bold]ocop down[/].")
                    return state
            if launcher.poll() is not None:
                typer.echo(last_lines(log), err=True)
                raise typer.Exit(1)
            time.sleep(0.1)
    launcher.terminate()
    typer.echo(f"ocop: not ready after {_PATIENCE:.0f} s; its log is {log}", err=True)
    raise typer.Exit(1)


@contextlib.contextmanager
def _ended_with_us(launcher: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Ctrl-C while waiting stops what was about to start."""
    try:
        yield
    except KeyboardInterrupt:
        launcher.terminate()
        launcher.wait()
        raise


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.command("up")(up)
    app.command("down")(down)

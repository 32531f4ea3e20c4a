"""How a command speaks: tables for people, JSON for machines, and one clear line when something is wrong."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Annotated, Any, ParamSpec

import typer
from pydantic import BaseModel
from rich.console import Console

P = ParamSpec("P")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Trouble(Exception):
    """Something a person has to mend: one sentence that says what it is and what to do."""

    exit_code = 1


class NotRunning(Trouble):
    """The system, or the part of it that is needed, does not answer."""

    exit_code = 3


class NotAllowed(Trouble):
    """A service has refused what was asked; the sentence is its own."""

    exit_code = 4


def console() -> Console:
    """Where tables go. Without a terminal the lines are wide enough for a whole table."""
    terminal = sys.stdout.isatty()
    return Console(highlight=False, width=None if terminal else 160)


def told(command: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A coroutine as a command: what a person has to mend becomes one line on stderr and an exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            asyncio.run(command(*args, **kwargs))
        except Trouble as trouble:
            typer.echo(f"ocop: {trouble}", err=True)
            raise typer.Exit(trouble.exit_code) from trouble

    return run


def print_json(content: BaseModel | list[Any] | dict[str, Any]) -> None:
    """One JSON document on stdout."""
    plain = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))

"""How the local system looks in a terminal: while it starts, and while it runs."""

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.local.service import ServiceProcess
from deploy.local.stack import Stack

_COLOURS = {"ready": "green", "starting": "yellow", "restarting": "yellow", "paused": "magenta", "stopped": "red"}


class StartView:
    """Members as they come up; lines instead of a moving picture where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._news: dict[str, tuple[str, float, Spinner]] = {}
        self._live: Live | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def __enter__(self) -> "StartView":
        self._began = time.monotonic()
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._picture, console=self._console, refresh_per_second=12)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def told(self, member: str, news: str) -> None:
        """Take in what the stack tells; later news of a running system is seen in its table instead."""
        spinner = self._news[member][2] if member in self._news else Spinner("dots", style="yellow")
        self._news[member] = (news, self.seconds, spinner)
        if self._live is None and not self._console.is_terminal:
            self._console.print(f"{self.seconds:6.1f} s  {member}: {news}", soft_wrap=True)

    def _picture(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for member, (news, at, spinner) in self._news.items():
            if news == "ready":
                table.add_row(Text("✓", style="green"), member, Text(f"{at:.1f} s", style="dim"))
            else:
                table.add_row(spinner, member, Text(news, style="yellow"))
        return table


def running_table(stack: Stack) -> Table:
    """Every process with its state, its address, its memory and how often it had to be started again."""
    table = Table(title="OCOP Hub", caption=f"Ctrl-C stops everything · logs: {stack.folder / 'logs'}")
    for name in ("part", "state", "address"):
        table.add_column(name)
    for name in ("pid", "memory", "restarts"):
        table.add_column(name, justify="right")
    for member in stack.members.values():
        part = member.part
        address = part.url if isinstance(part, ServiceProcess) else f"127.0.0.1:{part.port}"
        table.add_row(
            member.name,
            Text(member.condition, style=_COLOURS[member.condition]),
            address,
            str(member.process.pid or "–"),
            f"{member.process.memory() >> 20} MB",
            f"{member.restarts} ({member.note})" if member.restarts else "0",
        )
    return table

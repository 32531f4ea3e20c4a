"""What an audience sees of a scenario while it is played: the acts, how far each has come, what just happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.ocop.scenario.script import Said


class Act(Protocol):
    """One act under way."""

    def done(self, count: int = 1) -> None:
        """So many more of its steps are done."""

    def reached(self, count: int) -> None:
        """So many of its steps are done in all."""


class Stage(Protocol):
    """Where a scenario is shown."""

    @contextmanager
    def act(self, title: Said, steps: int) -> Iterator[Act]:
        """A new act of so many steps."""
        ...

    def tell(self, line: str) -> None:
        """Something worth reading has happened."""


class _Shown:
    def __init__(self, progress: Progress, number: int) -> None:
        self._progress = progress
        self._number = number

    def done(self, count: int = 1) -> None:
        self._progress.advance(self._number, count)  # type: ignore[arg-type]

    def reached(self, count: int) -> None:
        self._progress.update(self._number, completed=count)  # type: ignore[arg-type]


class LiveStage:
    """Progress bars on a terminal; elsewhere one line per act and event."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> "LiveStage":
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    @contextmanager
    def act(self, title: Said, steps: int) -> Iterator[Act]:
        shown = f"{title.vi} [dim]· {title.en}[/]"
        number = self._progress.add_task(shown, total=steps)
        if not self._console.is_terminal:
            self._console.print(shown)
        yield _Shown(self._progress, number)
        self._progress.update(number, completed=steps)

    def tell(self, line: str) -> None:
        self._progress.console.print(f"  [dim]│[/] {escape(line)}")


class SilentStage:
    """Nothing is shown; for ``--json``."""

    @contextmanager
    def act(self, title: Said, steps: int) -> Iterator[Act]:
        yield _Unseen()

    def tell(self, line: str) -> None:
        return None


class _Unseen:
    def done(self, count: int = 1) -> None:
        return None

    def reached(self, count: int) -> None:
        return None

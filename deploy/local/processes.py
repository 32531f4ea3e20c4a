"""One process of the local system: started, paused, killed, stopped, never outliving the launcher."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import psutil

from deploy.local.missing import StartFailed

_TETHER = Path(__file__).with_name("tether.py")


class Process:
    """A command with its log file. It runs in a session of its own, so Ctrl-C reaches the launcher alone."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self.paused = False
        self.environment = environment
        self._directory = directory
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._popen.pid if self._popen is not None and self.running else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal); ``None`` while it runs or before it ever ran."""
        return self._popen.poll() if self._popen is not None else None

    def spawn(self) -> None:
        """Start the command; what it prints is appended to its log."""
        if self.running:
            raise StartFailed(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.paused = False
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self._directory,
                start_new_session=True,
            )

    async def ready(self, probe: Callable[[], Awaitable[bool]], within: float) -> None:
        """Wait until ``probe`` says yes; raises ``StartFailed`` when it ends or ``within`` seconds pass."""
        end = time.monotonic() + within
        while not await probe():
            if not self.running:
                raise StartFailed(f"{self.name} ended with code {self.exit_code} while starting.\n{self.last_lines()}")
            if time.monotonic() > end:
                raise StartFailed(f"{self.name} was not ready within {within:.0f} s.\n{self.last_lines()}")
            await asyncio.sleep(0.05)

    def last_lines(self) -> str:
        """The end of the log, for a person who wants to know why."""
        return last_lines(self.log)

    def kill(self) -> None:
        """SIGKILL, at once, without a chance to tidy up."""
        self._send(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()
        self.paused = False

    def pause(self) -> None:
        """SIGSTOP: alive for the kernel, silent for everybody else."""
        self._send(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        """SIGCONT after ``pause``."""
        self._send(signal.SIGCONT)
        self.paused = False

    async def stop(self, within: float = 20.0) -> None:
        """SIGTERM, and SIGKILL when it has not ended ``within`` seconds."""
        if self._popen is None:
            return
        if self.paused:
            self.resume()
        self._send(signal.SIGTERM)
        end = time.monotonic() + within
        while self.running:
            if time.monotonic() > end:
                self.kill()
            await asyncio.sleep(0.02)

    def memory(self) -> int:
        """Resident memory in bytes; 0 when it does not run."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.pid else 0
        except psutil.NoSuchProcess:
            return 0

    def _send(self, number: signal.Signals) -> None:
        if self._popen is not None and self.running:
            os.killpg(self._popen.pid, number)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file; empty when there is none."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])

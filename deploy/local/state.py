"""What is known of the local system from outside: who runs it, which processes it has, and where they are."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

Phase = Literal["starting", "ready", "stopping", "stopped"]


class Running(BaseModel):
    """A process that was seen running. A pid is used again by the system, so its birth is written beside it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    born: float

    @classmethod
    def seen(cls, pid: int) -> "Running | None":
        try:
            return cls(pid=pid, born=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The very process that was seen, while it lives."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same else None


class MemberState(BaseModel):
    """One process of the system. Its port is kept when it has ended, to be taken again."""

    model_config = ConfigDict(frozen=True)

    running: Running | None = None
    port: int | None = None
    restarts: int = 0
    paused: bool = False
    note: str = ""


class State(BaseModel):
    """The whole, as ``.local/run/state.json`` holds it."""

    model_config = ConfigDict(frozen=True)

    phase: Phase = "stopped"
    supervisor: Running | None = None
    authorities: tuple[str, ...] = ()
    kafka: str = ""
    mongo_url: str = ""
    services: dict[str, str] = {}
    members: dict[str, MemberState] = {}


class StateFile:
    """``state.json`` in a folder, written whole or not at all, and the lock its writer holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "state.json"
        self._lock: IO[str] | None = None

    def read(self) -> State:
        """What was written last; an empty state when nothing was, or when it cannot be read."""
        try:
            return State.model_validate_json(self._file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return State()

    def write(self, state: State) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(f".state.{os.getpid()}")
        fresh.write_text(state.model_dump_json(indent=2) + "\n")
        fresh.replace(self._file)

    def lock(self) -> bool:
        """Become the one that runs the system, until ``unlock`` or death; ``False`` when another one is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    @property
    def locked(self) -> bool:
        """Whether it is we who run the system."""
        return self._lock is not None

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def end_leftovers(state: State) -> list[str]:
    """Kill the processes of ``state`` that outlived the one that ran them; gives their names."""
    ended = []
    for name, member in state.members.items():
        process = member.running.process() if member.running else None
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(10)
            ended.append(name)
    return ended

"""What is written about the local system: whole, owned by one, and never a reason to kill a stranger."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from deploy.local.state import MemberState, Running, State, StateFile, end_leftovers


def _sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_what_was_written_is_read(tmp_path: Path) -> None:
    state = State(phase="ready", authorities=("37",), members={"kafka": MemberState(port=9092)})

    StateFile(tmp_path).write(state)

    assert StateFile(tmp_path).read() == state
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


def test_a_state_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"phase": "rea')

    assert StateFile(tmp_path).read() == State()


def test_only_one_launcher_runs_a_folder(tmp_path: Path) -> None:
    first, second = StateFile(tmp_path), StateFile(tmp_path)

    got_first, got_second = first.lock(), second.lock()
    first.unlock()
    got_later = second.lock()
    second.unlock()

    assert (got_first, got_second, got_later) == (True, False, True)


def test_a_process_left_over_is_ended() -> None:
    child = _sleeper()
    state = State(members={"scoring": MemberState(running=Running.seen(child.pid))})

    ended = end_leftovers(state)

    assert ended == ["scoring"]
    assert not psutil.pid_exists(child.pid)
    child.wait()


def test_a_stranger_with_the_same_pid_is_left_alone() -> None:
    child = _sleeper()
    born = psutil.Process(child.pid).create_time() - 1_000
    state = State(members={"scoring": MemberState(running=Running(pid=child.pid, born=born))})

    ended = end_leftovers(state)

    assert ended == []
    assert child.poll() is None
    child.kill()
    child.wait()


def test_a_pid_that_is_gone_is_forgotten() -> None:
    child = _sleeper()
    running = Running.seen(child.pid)
    child.kill()
    child.wait()

    assert running is not None
    assert running.process() is None
    assert Running.seen(os.getpid()) is not None

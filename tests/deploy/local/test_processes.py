"""A process of the local system: it is paused, killed, stopped, and never outlives whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local.missing import StartFailed
from deploy.local.processes import Process

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)


async def _up(process: Process) -> None:
    process.spawn()

    async def said_so() -> bool:
        return "up" in process.last_lines()

    await process.ready(said_so, within=20)


async def test_a_killed_process_says_by_which_signal(tmp_path: Path) -> None:
    process = Process("sleep", SLEEP, tmp_path / "log")
    await _up(process)

    process.kill()

    assert not process.running
    assert process.exit_code == -signal.SIGKILL
    assert process.pid is None


async def test_a_process_that_ends_while_starting_is_told_with_its_last_lines(tmp_path: Path) -> None:
    process = Process("broken", (sys.executable, "-c", "raise SystemExit('no port')"), tmp_path / "log")
    process.spawn()

    async def never() -> bool:
        return False

    with pytest.raises(StartFailed, match=r"broken ended with code 1 while starting\.\nno port"):
        await process.ready(never, within=20)


async def test_a_paused_process_is_stopped_all_the_same(tmp_path: Path) -> None:
    process = Process("sleep", SLEEP, tmp_path / "log")
    await _up(process)
    process.pause()

    await process.stop(within=5)

    assert process.exit_code == -signal.SIGTERM


async def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    process = Process("stubborn", STUBBORN, tmp_path / "log")
    await _up(process)

    await process.stop(within=0.2)

    assert process.exit_code == -signal.SIGKILL


def test_a_process_dies_with_its_launcher(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from deploy.local.processes import Process\n"
        f"child = Process('child', {SLEEP!r}, Path({str(tmp_path / 'log')!r}))\n"
        "child.spawn()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    with launcher.stdout:
        child = psutil.Process(int(launcher.stdout.readline()))
    while not (tmp_path / "log").read_text():
        time.sleep(0.02)

    os.kill(launcher.pid, signal.SIGKILL)
    launcher.wait()

    psutil.wait_procs([child], 10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_launcher_that_is_gone_already_starts_nothing() -> None:
    tether = Path("deploy/local/tether.py").resolve()
    command = [sys.executable, str(tether), "1", sys.executable, "-c", "print('alive')"]

    done = subprocess.run(command, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (1, "")

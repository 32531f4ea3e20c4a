"""``ocop up``, ``ocop down`` and ``ocop topics``, as a person types them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.local.kafka import resolve_libs
from deploy.local.service import PROJECT
from deploy.local.state import State, StateFile
from deploy.ocop.main import app


def _ocop(*arguments: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy.ocop.main", *arguments],
        env=environment | {"OCOP_FOLDER": str(folder)} | variables,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def _asked(*arguments: str, folder: Path, **variables: str) -> Result:
    """The same without a process of its own, for what ends before anything is started."""
    cleared = {name: None for name in os.environ if name.startswith("OCOP_")}
    return CliRunner(env={**cleared, "OCOP_FOLDER": str(folder), **variables}).invoke(app, list(arguments))


def _told(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path, jars: Path) -> Iterator[Path]:
    """A folder for a system of this test's own, which does not outlive the test."""
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "libs").symlink_to(resolve_libs(jars).resolve())
    yield tmp_path
    _ocop("down", folder=tmp_path)


@pytest.mark.real
@pytest.mark.slow
def test_the_system_runs_in_the_background_and_survives_the_death_of_its_launcher(folder: Path) -> None:
    first = State.model_validate(_told(_ocop("up", "--detach", "--json", "--authorities", "37", folder=folder)))
    answers = {name: httpx.get(f"{url}/ready", trust_env=False).status_code for name, url in first.services.items()}
    topics = _told(_ocop("topics", "list", "--json", folder=folder))
    again = _ocop("up", folder=folder)
    undisturbed = StateFile(folder / "run").read()
    children = [psutil.Process(member.running.pid) for member in first.members.values() if member.running]
    assert first.supervisor is not None
    os.kill(first.supervisor.pid, signal.SIGKILL)
    _, orphans = psutil.wait_procs(children, timeout=10)
    second = State.model_validate(_told(_ocop("up", "--detach", "--json", "--authorities", "37", folder=folder)))
    made = _told(_ocop("topics", "ensure", "--json", folder=folder))
    stopped = _told(_ocop("down", "--json", folder=folder))
    end = StateFile(folder / "run").read()

    assert answers == dict.fromkeys(["dossier", "scoring", "certification", "notification"], 200)
    assert len(topics) == 6
    assert again.returncode == 1
    assert "runs already" in again.stderr
    assert undisturbed == first
    assert orphans == []
    assert second.services == first.services
    assert made == {"made": []}
    assert stopped == {"was_running": True}
    assert end.phase == "stopped"
    assert [member.running for member in end.members.values()] == [None] * 6


@pytest.mark.real
@pytest.mark.slow
def test_a_signal_stops_what_runs_in_the_foreground(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    command = [sys.executable, "-m", "deploy.ocop.main", "up", "--json", "--folder", str(folder)]
    launcher = subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    with launcher.stdout as output:
        while output.readline() not in ("}\n", ""):
            pass
        running = StateFile(folder / "run").read()
        launcher.send_signal(signal.SIGINT)
        launcher.wait(60)

    end = StateFile(folder / "run").read()

    assert running.phase == "ready"
    assert launcher.returncode == 0
    assert end.phase == "stopped"


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    done = _asked("down", folder=tmp_path)

    assert done.exit_code == 0
    assert done.stdout == f"Nothing runs in {tmp_path}.\n"


def test_asking_for_topics_where_nothing_runs_says_what_to_do(tmp_path: Path) -> None:
    done = _asked("topics", "list", folder=tmp_path)

    assert done.exit_code == 3
    assert "ocop up" in done.stderr


@pytest.mark.parametrize("wrong", ["", "3", "37,xx", "37 48", "٣٧"])
def test_authorities_are_two_digits_each(wrong: str, tmp_path: Path) -> None:
    done = _asked("up", "--authorities", wrong, folder=tmp_path)

    assert done.exit_code == 2
    assert "two-digit" in done.stderr


def test_a_missing_java_is_one_sentence_with_the_command_that_installs_it(tmp_path: Path) -> None:
    done = _asked("up", folder=tmp_path, PATH=str(tmp_path), OCOP_MONGO_URL="mongodb://127.0.0.1:1")

    assert done.exit_code == 1
    assert done.stderr.startswith("ocop: Java 17 or newer is missing; install it with: ")
    assert done.stderr.count("\n") == 1


def test_a_missing_maven_is_one_sentence_too(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "java").symlink_to("/bin/true")

    done = _asked("up", folder=tmp_path / "state", PATH=str(programs), OCOP_MONGO_URL="mongodb://127.0.0.1:1")

    assert done.exit_code == 1
    assert done.stderr.startswith("ocop: Maven is missing; install it with: ")
    assert done.stderr.count("\n") == 1

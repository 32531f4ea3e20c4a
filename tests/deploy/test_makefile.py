"""The targets that everybody types."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = ("run", "test", "lint", "check", "bench", "chaos", "contracts", "lock", "clean", "help")


def _make(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the files that the targets depend on, and no environment."""
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).touch()
    return tmp_path


def test_help_lists_every_target_with_its_comment() -> None:
    done = _make("help")

    listed = dict(re.findall(r"^  make (\S+)\s+(.+)$", done.stdout, re.MULTILINE))
    assert tuple(listed) == TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_knows_what_to_do(target: str, checkout: Path) -> None:
    done = _make("--dry-run", target, folder=checkout)

    assert done.returncode == 0, done.stderr


def test_an_old_python_is_one_sentence_with_the_command_that_installs_a_newer(checkout: Path) -> None:
    old = checkout / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = _make("run", f"PYTHON={old}", folder=checkout)

    assert done.returncode == 2
    assert "Python 3.11 or newer is missing; install it with: " in done.stdout


def test_clean_forgets_data_and_keeps_what_was_downloaded(tmp_path: Path) -> None:
    for name in ("kafka/libs/kafka.jar", "kafka/data/log", "kafka/credentials.json", "mongo/data/wt", "run/state.json"):
        file = tmp_path / ".local" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    done = _make("clean", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [file.name for file in (tmp_path / ".local").rglob("*") if file.is_file()] == ["kafka.jar"]

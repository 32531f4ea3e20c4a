"""The AsyncAPI document: written from the services' own tables, and valid for the official parser."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.contracts import asyncapi
from deploy.contracts.files import CONTRACTS
from deploy.contracts.voices import ROOT, facts, voices

TOOL = ROOT / "deploy" / "contracts"
FILE = CONTRACTS / "asyncapi.yaml"


@pytest.fixture(scope="session")
def parser() -> Path:
    """A folder with the official parser, installed once in the version that package.json names."""
    folder = ROOT / ".local" / "asyncapi"
    wanted = (TOOL / "package.json").read_text()
    kept = folder / "package.json"
    if not (folder / "node_modules").exists() or kept.read_text() != wanted:
        if shutil.which("npm") is None:
            pytest.fail("The official AsyncAPI parser needs Node.js; install it with: sudo apt-get install nodejs npm")
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        shutil.copy(TOOL / "package.json", kept)
        subprocess.run(npm, cwd=folder, check=True, timeout=300)
    return folder


def parsed(parser: Path, document: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", str(TOOL / "asyncapi.cjs"), str(parser), str(document)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_document_on_file_is_the_one_the_services_describe() -> None:
    assert FILE.read_text() == asyncapi.document(voices())


def test_it_says_who_sends_and_who_receives() -> None:
    operations = yaml.safe_load(FILE.read_text())["operations"]
    titles = {fact.TYPE: fact.__name__ for _, fact in facts(voices())}

    for voice in voices():
        for stream in voice.streams:
            heard = {titles[each.TYPE] for each in voice.consumes if stream == each.STREAM}
            assert named(operations[f"{voice.service}-receives-{stream}"]) == heard
        sent = [named(each) for name, each in operations.items() if name.startswith(f"{voice.service}-sends-")]
        assert set().union(*sent) == {each.__name__ for each in voice.publishes}


def named(operation: dict[str, Any]) -> set[str]:
    """The messages of an operation."""
    return {message["$ref"].rsplit("/", 1)[1] for message in operation["messages"]}


@pytest.mark.slow
@pytest.mark.real
def test_the_official_parser_finds_nothing_wrong_and_reads_every_schema(parser: Path) -> None:
    result = parsed(parser, FILE)

    assert result.returncode == 0, result.stdout
    messages = yaml.safe_load(FILE.read_text())["components"]["messages"]
    assert f"{len(messages)} messages with fields" in result.stdout


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("action: send", "action: shout"),
        (r"\$ref: '#/channels/scores'", "$ref: '#/channels/scoers'"),
        (r"schema\.json", "shcema.json"),
        ("asyncapi: 3.0.0", "asyncapi: 9.0.0"),
    ],
)
def test_the_official_parser_finds_what_is_planted(parser: Path, tmp_path: Path, right: str, wrong: str) -> None:
    planted, times = re.subn(right, wrong, FILE.read_text(), count=1)
    (tmp_path / "events").symlink_to(CONTRACTS / "events")
    (tmp_path / "asyncapi.yaml").write_text(planted)

    result = parsed(parser, tmp_path / "asyncapi.yaml")

    assert times == 1
    assert result.returncode == 1
    assert "error" in result.stdout

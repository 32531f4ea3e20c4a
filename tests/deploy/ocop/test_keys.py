"""The keys certificates are signed with, from the command line: rotated ones stay published, revoked ones fall."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.signing import ensure_keys, keys_folder
from deploy.ocop.main import app
from services.certification.keyring import Keyring
from services.certification.verifier.trust import NotGenuine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ensure_keys(tmp_path, ["37"])
    return keys_folder(tmp_path)


def ocop(folder: Path, *arguments: str) -> str:
    ran = CliRunner().invoke(app, ["keys", *arguments, "--authority", "37", "--folder", str(folder)])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_a_rotation_leaves_the_former_key_published(folder: Path) -> None:
    ocop(folder, "rotate")

    assert ocop(folder, "list").split("\n")[:2] == ["37-1  published", "37-2  signs"]
    assert [key["kid"] for key in json.loads(ocop(folder, "list", "--json"))["keys"]] == ["37-1", "37-2"]


def test_nothing_a_revoked_key_has_signed_is_believed(folder: Path) -> None:
    keyring = Keyring(folder, "https://ocop.vn")
    signature = keyring.of("37").signature(b"tea")
    keyring.of("37").trusted().check("37-1", b"tea", signature)

    ocop(folder, "revoke", "37-1")

    after = keyring.of("37")
    assert after.used.kid == "37-2"
    with pytest.raises(NotGenuine, match="key_revoked"):
        after.trusted().check("37-1", b"tea", signature)


def test_the_list_never_shows_a_private_key(folder: Path) -> None:
    assert '"d"' not in ocop(folder, "list", "--json")
    assert (folder / "37.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("arguments", [["rotate"], ["list"], ["revoke", "37-1"]])
def test_an_authority_without_keys_is_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    ran = CliRunner().invoke(app, ["keys", *arguments, "--authority", "38", "--folder", str(tmp_path)])

    assert ran.exit_code == 2

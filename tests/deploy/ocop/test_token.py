"""``ocop token`` and the issuer behind it: what it makes is believed, and only its owner can read the key."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.ocop.issuer import AUDIENCE, ISSUER, ensure_issuer, issue
from deploy.ocop.token import register
from shared.settings import Settings
from shared.tokens import Appointment, KeysInFile, TokenExpired, TokenUntrusted, Verifier

AGENCY = Appointment(id="agency-37", role="agency", authority="37", since=date(2026, 1, 1))


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, ["token", *arguments])
    return result.exit_code, result.stdout


async def test_an_issued_token_is_believed(tmp_path: Path) -> None:
    verifier = Verifier(KeysInFile(ensure_issuer(tmp_path)), ISSUER, AUDIENCE)
    person = await verifier.person(issue(tmp_path, "an", (AGENCY,)))
    assert (person.subject, person.appointments) == ("an", (AGENCY,))


async def test_a_token_of_another_folder_is_not_believed(tmp_path: Path) -> None:
    keys = KeysInFile(ensure_issuer(tmp_path / "ours"))
    ensure_issuer(tmp_path / "theirs")
    with pytest.raises(TokenUntrusted):
        await Verifier(keys, ISSUER, AUDIENCE).person(issue(tmp_path / "theirs", "an", (AGENCY,)))


async def test_an_issued_token_ends(tmp_path: Path) -> None:
    verifier = Verifier(KeysInFile(ensure_issuer(tmp_path)), ISSUER, AUDIENCE)
    with pytest.raises(TokenExpired):
        await verifier.person(issue(tmp_path, "an", (AGENCY,), timedelta(seconds=-1)))


def test_the_key_is_kept_to_its_owner_and_its_public_half_holds_no_secret(tmp_path: Path) -> None:
    public = ensure_issuer(tmp_path / "issuer")
    assert (tmp_path / "issuer" / "issuer.json").stat().st_mode & 0o777 == 0o600
    assert all("d" not in key for key in json.loads(public.read_text())["keys"])


def test_the_key_stays_when_asked_for_again(tmp_path: Path) -> None:
    before = ensure_issuer(tmp_path).read_text()
    (tmp_path / "jwks.json").unlink()
    assert ensure_issuer(tmp_path).read_text() == before


def test_the_issuer_signs_for_the_audience_the_services_expect() -> None:
    fields = Settings.model_fields
    assert (fields["issuer"].default, fields["audience"].default) == (ISSUER, AUDIENCE)


async def test_the_command_prints_a_token_with_the_appointment(tmp_path: Path) -> None:
    arguments = ("--role", "owner", "--authority", "37", "--commune", "14362", "--organisation", "htx-1")
    code, printed = run(*arguments, "--as", "an", "--folder", str(tmp_path), "--json")
    assert code == 0
    made = json.loads(printed)
    person = await Verifier(KeysInFile(tmp_path / "jwks.json"), ISSUER, AUDIENCE).person(made["token"])
    assert person.subject == "an"
    assert person.appointments[0].id == made["appointment"]["id"] == "owner-14362-htx-1"


def test_the_command_prints_the_bare_token_for_the_shell(tmp_path: Path) -> None:
    code, printed = run("--role", "chair", "--authority", "37", "--folder", str(tmp_path))
    assert (code, printed.count(".")) == (0, 2)
    assert len(printed.split()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--authority", "3"),
        ("--authority", "xx"),
        ("--commune", "1"),
        ("--from", "2026-02-30"),
        ("--role", "A"),
        ("--hours", "-1"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, wrong: tuple[str, str]) -> None:
    given = {"--role": "chair", "--authority": "37", "--folder": str(tmp_path)} | dict([wrong])
    code, _ = run(*(part for pair in given.items() for part in pair))
    assert code == 2

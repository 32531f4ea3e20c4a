"""What certification signs: the same certificate gives the same bytes, ends reach the status list, keys rotate."""

import asyncio
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.signing import ensure_keys, keys_folder, rotate
from services.certification.keyring import KeyFile, Keyring, KeysUnreadable, NoSigningKey
from services.certification.verifier.credential import read_status_list
from services.certification.verifier.trust import read_issuer
from services.certification.verifier.verdict import Report, verify
from tests.services.certification.office import Office, decision
from tests.services.certification.signing import ADDRESS

NUMBER = "37-2026-123-001"
ROOT = Path(__file__).parents[3]
JOSE = Path(__file__).parent / "jose"


@pytest.fixture
async def office() -> Office:
    """An office with three certificates."""
    office = Office()
    ids = [await office.score(n) for n in range(1, 4)]
    assert (await office.process.post("chair", "/decisions", decision(*ids))).status_code == 201
    await office.deliver()
    return office


async def text(office: Office, path: str) -> str:
    answer = await office.process.anybody(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def qr(office: Office, number: str = NUMBER) -> str:
    return str(json.loads(await text(office, f"/certificates/{number}/qr"))["text"])


async def judged(office: Office, claim: str) -> Report:
    """What somebody says who fetched keys and lists just now."""
    issuer = read_issuer(await text(office, "/issuers/37"))
    lists = [read_status_list(await text(office, "/status/37/2026"), [issuer])]
    return verify(claim, [issuer], lists, office.clock())


async def test_a_certificate_gives_the_same_claim_and_credential_at_every_process(office: Office) -> None:
    other = office.start()

    assert await qr(office) == (await other.anybody(f"/certificates/{NUMBER}/qr")).json()["text"]
    credential = f"/certificates/{NUMBER}/credential"
    assert await text(office, credential) == (await other.anybody(credential)).text


async def test_every_print_has_a_place_of_its_own_in_the_list(office: Office) -> None:
    processes = [office.start(seed) for seed in range(6)]
    for process in processes:
        for n in (1, 2, 3):
            assert (await process.anybody(f"/certificates/37-2026-123-00{n}/qr")).status_code == 200

    (register,) = (raw for raw in office.database.documents.values() if raw["kind"] == "StatusRegister")
    assert sorted(register["prints"]) == [f"37-2026-123-00{n}#1" for n in (1, 2, 3)]


async def test_a_credential_says_what_the_certificate_says_and_nothing_of_a_person(office: Office) -> None:
    credential = await text(office, f"/certificates/{NUMBER}/credential")

    assert (await judged(office, credential)).model_dump(exclude_none=True) == {
        "standing": "valid",
        "status": "in_force",
        "number": NUMBER,
        "print_version": 1,
        "stars": 3,
        "valid_from": office.clock().date().replace(day=20),
        "valid_until": office.clock().date().replace(year=2029, day=20),
        "product": "Sản phẩm 1",
    }
    assert "owner" not in credential


async def test_a_replaced_certificate_is_ended_in_the_list_and_its_neighbours_are_not(office: Office) -> None:
    first, second = await qr(office), await qr(office, "37-2026-123-002")
    again = await office.score(1, 4, evaluation_id="again", dossier_id="dossier-101", case_kind="upgrade")
    await office.turn(hours=1)
    body = decision(again, number="124", stars=4, decided_on="2026-11-21")
    assert (await office.process.post("chair", "/decisions", body)).status_code == 201
    await office.deliver()

    assert (await judged(office, first)).standing == "ended"
    assert (await judged(office, second)).standing == "valid"


async def test_a_status_list_is_good_for_half_a_day(office: Office) -> None:
    claim = await qr(office)
    issuer = read_issuer(await text(office, "/issuers/37"))
    lists = [read_status_list(await text(office, "/status/37/2026"), [issuer])]

    def standing(hours: float) -> str:
        return verify(claim, [issuer], lists, office.clock() + timedelta(hours=hours)).standing

    assert [standing(hours) for hours in (0, 12, 12.1)] == ["valid", "valid", "unconfirmed"]


async def test_what_a_former_key_signed_stays_good_after_a_rotation(tmp_path: Path) -> None:
    ensure_keys(tmp_path, ["37"])
    keys = keys_folder(tmp_path)
    keyring = Keyring(keys, ADDRESS)
    before = keyring.of("37")
    token = before.token({"issuer": before.address})

    assert rotate(keys, "37") == "37-2"

    after = keyring.of("37")
    published = after.published({})
    assert (before.used.kid, after.used.kid) == ("37-1", "37-2")
    assert after.token({"issuer": after.address}) != token
    assert [each.name for each in read_issuer(json.dumps(published)).methods] == ["37-1", "37-2"]
    # The former key is published without its private part, and gone from the folder.
    assert '"d"' not in json.dumps(published)
    assert [key.d is None for key in KeyFile.model_validate_json((keys / "37.json").read_bytes()).keys] == [True, False]


async def test_a_key_that_was_revoked_is_published_as_such_and_used_no_more(tmp_path: Path) -> None:
    ensure_keys(tmp_path, ["37"])
    file = keys_folder(tmp_path) / "37.json"
    held = json.loads(file.read_text())
    held["keys"][0]["revoked"] = "2026-12-01T00:00:00Z"
    file.write_text(json.dumps(held))

    with pytest.raises(NoSigningKey):
        Keyring(file.parent, ADDRESS).of("37")


@pytest.mark.parametrize("content", ["", "{", '{"keys": [{"kid": "37-1"}]}', '{"keys": [], "more": 1}'])
async def test_a_file_of_keys_that_cannot_be_used_is_the_operators_trouble(tmp_path: Path, content: str) -> None:
    (tmp_path / "37.json").write_text(content)

    with pytest.raises(KeysUnreadable):
        Keyring(tmp_path, ADDRESS).of("37")


async def test_an_authority_without_keys_and_a_year_without_certificates_are_not_found(office: Office) -> None:
    for path in ("/issuers/38", "/status/38/2026", "/status/37/2025", "/certificates/37-2026-9-001/credential"):
        assert (await office.process.anybody(path)).status_code == 404


@pytest.fixture(scope="session")
def jose() -> Path:
    """A folder with the npm library jose, installed once in the version that package.json names."""
    folder = ROOT / ".local" / "jose"
    wanted = (JOSE / "package.json").read_text()
    kept = folder / "package.json"
    if not (folder / "node_modules").exists() or kept.read_text() != wanted:
        if shutil.which("npm") is None:
            pytest.fail("The check by another library needs Node.js; install it with: sudo apt-get install nodejs npm")
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        shutil.copy(JOSE / "package.json", kept)
        subprocess.run(npm, cwd=folder, check=True, timeout=300)
    return folder


async def test_a_library_of_another_language_verifies_credential_and_status_list(
    office: Office, jose: Path, tmp_path: Path
) -> None:
    paths = {"issuer": "/issuers/37", "credential": f"/certificates/{NUMBER}/credential", "list": "/status/37/2026"}
    for name, path in paths.items():
        (tmp_path / name).write_text(await text(office, path))
    command = ["node", str(JOSE / "verify.cjs"), str(jose), *(str(tmp_path / name) for name in paths)]

    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"number": NUMBER, "ended": False, "altered": 0}

"""The verifier kit: what is genuine verifies without a network, and whatever was altered does not."""

import ast
import gzip
import json
import subprocess
import sys
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.certification.verifier.__main__ import main
from services.certification.verifier.claim import LONGEST_TEXT, packed, read, to_be_signed, written
from services.certification.verifier.credential import StatusList, read_status_list
from services.certification.verifier.trust import Issuer, NotGenuine, read_issuer
from services.certification.verifier.verdict import verify
from tests.architecture import sources

ROOT = Path(__file__).parents[4]
KIT = ROOT / "contracts" / "verifier"
ISSUER, STATUS = KIT / "issuer-37.json", KIT / "status-37-2026.jwt"
VECTORS: list[dict[str, Any]] = json.loads((KIT / "vectors.json").read_text())
AT = datetime.fromisoformat(VECTORS[0]["at"])
QR = str(VECTORS[0]["text"])
CREDENTIAL = next(str(each["text"]) for each in VECTORS if each["name"] == "a credential in force")


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return read_issuer(ISSUER.read_text())


@pytest.fixture(scope="module")
def listed(issuer: Issuer) -> StatusList:
    return read_status_list(STATUS.read_text(), [issuer])


@pytest.mark.parametrize("vector", VECTORS, ids=[each["name"] for each in VECTORS])
def test_each_test_vector_is_judged_as_written(vector: dict[str, Any], issuer: Issuer, listed: StatusList) -> None:
    lists = [listed] if vector["status_list"] else []

    report = verify(vector["text"], [issuer], lists, datetime.fromisoformat(vector["at"]), vector["product"])

    assert report.model_dump(mode="json", exclude_none=True) == vector["report"]


def test_a_qr_text_is_short_and_of_the_characters_that_take_least_room() -> None:
    assert len(QR) <= LONGEST_TEXT
    assert set(QR) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_a_claim_that_is_read_and_written_again_is_the_same() -> None:
    signed = read(QR)

    assert written("https://ocop.vn", packed(signed.claim), signed.signature) == QR


def test_no_altered_character_of_a_qr_claim_is_taken(issuer: Issuer, listed: StatusList) -> None:
    start = QR.index("/Q/") + 3
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for place in range(start, len(QR)):
        for letter in letters:
            if letter != QR[place]:
                altered = QR[:place] + letter + QR[place + 1 :]
                assert verify(altered, [issuer], [listed], AT).standing == "not_genuine", (place, letter)


def test_no_altered_bit_of_a_qr_claim_is_taken(issuer: Issuer, listed: StatusList) -> None:
    address, _, coded = QR.rpartition("/Q/")
    raw = b32decode(coded + "=" * (-len(coded) % 8))
    for altered in _one_bit_off(raw):
        text = f"{address}/Q/{b32encode(altered).rstrip(b'=').decode()}"
        assert verify(text, [issuer], [listed], AT).standing == "not_genuine"


@pytest.mark.parametrize("text", ["", "/Q/", "37-2026-123-001", "Q" * 10_000, f"{QR}A", QR.lower(), "/Q/" + "A" * 150])
def test_what_is_no_claim_is_called_so(text: str, issuer: Issuer) -> None:
    report = verify(text, [issuer], [], AT)

    assert (report.standing, report.number) == ("not_genuine", None)


def test_a_signature_for_anything_else_is_not_one_for_a_claim() -> None:
    assert to_be_signed(b"x") != b"x"


def test_no_altered_bit_of_a_credential_is_taken(issuer: Issuer, listed: StatusList) -> None:
    for token in _one_part_off(CREDENTIAL):
        assert verify(token, [issuer], [listed], AT).standing == "not_genuine"


def test_no_altered_bit_of_a_status_list_is_taken(issuer: Issuer) -> None:
    for token in _one_part_off(STATUS.read_text().strip()):
        with pytest.raises(NotGenuine):
            read_status_list(token, [issuer])


def test_a_token_has_one_text_only(issuer: Issuer) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in letters.replace(CREDENTIAL[-1], ""):
        assert verify(CREDENTIAL[:-1] + letter, [issuer], [], AT).standing == "not_genuine"


def test_a_status_list_is_no_credential_and_a_credential_no_list(issuer: Issuer) -> None:
    assert verify(STATUS.read_text(), [issuer], [], AT).reason == "other_kind"
    with pytest.raises(NotGenuine, match="other_kind"):
        read_status_list(CREDENTIAL, [issuer])


def test_an_issuer_nobody_trusts_proves_nothing(issuer: Issuer) -> None:
    assert verify(QR, [], [], AT).reason == "issuer_unknown"
    assert verify(CREDENTIAL, [], [], AT).reason == "issuer_unknown"


def test_the_key_of_one_authority_does_not_speak_for_another(issuer: Issuer) -> None:
    methods = tuple(each.model_copy(update={"id": each.id.replace("37", "38")}) for each in issuer.methods)
    other = Issuer(id="https://ocop.vn/issuers/38", verificationMethod=methods)
    claim = read(QR).claim.model_copy(update={"authority": "38"})

    forged = written("https://ocop.vn", packed(claim), read(QR).signature)

    assert verify(forged, [other], [], AT).reason == "signature_wrong"


def test_a_list_that_unpacks_to_far_too_much_is_refused(listed: StatusList) -> None:
    bomb = urlsafe_b64encode(gzip.compress(bytes(1 << 23))).rstrip(b"=").decode()
    subject = listed.subject.model_copy(update={"encoded": f"u{bomb}"})

    with pytest.raises(NotGenuine, match="malformed"):
        listed.model_copy(update={"subject": subject}).unpacked()


def test_the_command_line_says_it_and_exits_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    at, late = AT.isoformat(), "2029-12-01T08:00+07:00"
    known = ["--issuer", str(ISSUER), "--status", str(STATUS)]

    assert main([QR, *known, "--at", at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["standing"] == "valid"
    assert main([QR, "--issuer", str(ISSUER), "--at", at]) == 3
    assert "WARNING: the status list is stale or missing" in capsys.readouterr().out
    assert main([QR, *known, "--at", at, "--product", "Rượu trắng"]) == 3
    assert "not of that product" in capsys.readouterr().out
    assert main([QR, *known, "--at", late]) == 1
    assert "past the term" in capsys.readouterr().out
    assert main([QR[:-1] + "A", *known, "--at", at]) == 1


@pytest.mark.parametrize(
    "arguments",
    [[], [QR], [QR, "--issuer", "nowhere.json"], [QR, "--issuer", str(STATUS)], ["@nowhere", "--issuer", str(ISSUER)]],
)
def test_wrong_use_of_the_command_line_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_kit_runs_where_there_is_no_network() -> None:
    arguments = [QR, "--issuer", str(ISSUER), "--status", str(STATUS), "--at", AT.isoformat()]
    without = "import socket, sys; socket.socket = None; from services.certification.verifier.__main__ import main"

    ran = subprocess.run(
        [sys.executable, "-c", f"{without}; sys.exit(main({arguments!r}))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_kit_needs_nothing_else_of_this_project() -> None:
    ours = [file for file in sources(ROOT, "services/certification") if "/verifier/" in file.path]
    allowed = ("services.certification.verifier", "pydantic", "joserfc", "cryptography")

    assert len(ours) >= 5
    for file in ours:
        assert isinstance(file.tree, ast.Module)
        for line, module in file.imports():
            known = module.split(".")[0] in sys.stdlib_module_names or module.startswith(allowed)
            assert known, f"{file.path}:{line} imports {module}"


def _one_bit_off(raw: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(raw)):
        altered = bytearray(raw)
        altered[bit // 8] ^= 0x80 >> bit % 8
        yield bytes(altered)


def _one_part_off(token: str) -> Iterator[str]:
    """The token with a bit of each byte of each of its three parts altered."""
    parts = token.split(".")
    for n, part in enumerate(parts):
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        for place in range(len(raw)):
            altered = bytearray(raw)
            altered[place] ^= 1 << place % 8
            coded = urlsafe_b64encode(bytes(altered)).rstrip(b"=").decode()
            yield ".".join([*parts[:n], coded, *parts[n + 1 :]])

"""The key of an office's seal, read and checked once however many prints it signs."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from services.certification.documents.sealing import KeptKeySigner
from tests.services.certification.signing import keys


def test_a_seal_signs_with_the_key_that_was_checked_once() -> None:
    seal = KeptKeySigner.of(keys() / "37-seal-key.pem", keys() / "37-seal.pem")
    assert seal is not None
    key = seal.kept_key
    assert isinstance(key, RSAPrivateKey)

    signatures = [seal.sign_raw(data, "sha256") for data in (b"one", b"two")]

    assert seal.kept_key is key
    for data, signature in zip((b"one", b"two"), signatures, strict=True):
        key.public_key().verify(signature, data, PKCS1v15(), SHA256())


def test_files_that_are_no_seal_are_none(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")

    assert KeptKeySigner.of(tmp_path / "key.pem", keys() / "37-seal.pem") is None

"""The keys a local system signs certificates with: trial keys and a trial seal for each authority."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local.credentials import write_private
from services.certification.keyring import KeyFile

_BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
_LIFE = timedelta(days=36_500)
"""A trial's clock is moved by years, and the seal has to live through that."""


def keys_folder(folder: Path) -> Path:
    """Where the keys of the system in ``folder`` lie."""
    return folder / "keys"


def ensure_keys(folder: Path, authorities: Iterable[str]) -> None:
    """Make a signing key and a seal for each of ``authorities`` that has none."""
    keys = keys_folder(folder)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for authority in authorities:
        if not (keys / f"{authority}.json").exists():
            rotate(keys, authority)
        if not (keys / f"{authority}-seal.pem").exists():
            _make_seal(keys, authority)


def rotate(keys: Path, authority: str) -> str:
    """A fresh signing key for ``authority``, whose former ones stay published; gives its name."""
    file = keys / f"{authority}.json"
    held = KeyFile.model_validate_json(file.read_bytes()) if file.exists() else KeyFile(keys=())
    rotated = held.rotated(authority)
    write_private(file, rotated.written())
    return rotated.keys[-1].kid


def _make_seal(keys: Path, authority: str) -> None:
    """A seal under a trial root of its own, whose key is thrown away: nothing else is ever certified by it."""
    root, seal = (rsa.generate_private_key(public_exponent=65_537, key_size=3_072) for _ in range(2))
    issuer, subject = (_name(authority, f"Trial {what} of authority {authority}") for what in ("root", "seal"))
    certified = _certificate(issuer, issuer, root, root, ca=True), _certificate(subject, issuer, seal, root, ca=False)
    trust, certificate = (each.public_bytes(Encoding.PEM).decode() for each in certified)
    private = seal.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # The certificate goes last: while it is missing there is no seal.
    write_private(keys / f"{authority}-trust.pem", trust)
    write_private(keys / f"{authority}-seal-key.pem", private.decode())
    write_private(keys / f"{authority}-seal.pem", certificate)


def _name(authority: str, common: str) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "VN",
        NameOID.ORGANIZATION_NAME: f"OCOP {authority}",
        NameOID.COMMON_NAME: common,
    }
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, by: rsa.RSAPrivateKey, *, ca: bool
) -> x509.Certificate:
    never = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage = x509.KeyUsage(digital_signature=not ca, content_commitment=not ca, key_cert_sign=ca, crl_sign=ca, **never)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGINS)
        .not_valid_after(_BEGINS + _LIFE)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(usage, critical=True)
        .sign(by, SHA256())
    )

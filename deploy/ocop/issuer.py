"""A token issuer for one machine: a signing key in a folder, its public half, and tokens made with it."""

import json
import os
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.tokens import Appointment

ISSUER = "https://issuer.ocop.local"
AUDIENCE = "ocop-hub"


def ensure_issuer(folder: Path) -> Path:
    """Makes the key of the local issuer in ``folder`` when there is none; gives its JWKS file."""
    private, public = folder / "issuer.json", folder / "jwks.json"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not private.exists():
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
        _write(private, json.dumps(key.as_dict(private=True)), 0o600)
    held = json.dumps({"keys": [_key(folder).as_dict(private=False)]})
    if not public.exists() or public.read_text() != held:
        _write(public, held, 0o644)
    return public


def issue(
    folder: Path,
    subject: str,
    appointments: Sequence[Appointment],
    ttl: timedelta = timedelta(hours=8),
    *,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
) -> str:
    """A token of the local issuer that says ``subject`` holds ``appointments``, good for ``ttl`` from now."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + int(ttl.total_seconds()),
        "appointments": [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in appointments],
    }
    key = _key(folder)
    return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


def _key(folder: Path) -> OKPKey:
    return OKPKey.import_key(json.loads((folder / "issuer.json").read_text()))


def _write(file: Path, text: str, mode: int) -> None:
    """Writes the whole file or nothing, never readable by more people than ``mode`` says."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as opened:
        opened.write(text)
    part.replace(file)

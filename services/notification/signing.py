"""Standard Webhooks: the secrets of a subscription and the headers by which a receiver knows that we speak."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from services.notification.domain.subscription import Signature

_PRIVATE, _PUBLIC = "whsk_", "whpk_"


def new_secret(signature: Signature) -> str:
    """A fresh secret: shared (``whsec_``) or the private half of a key pair (``whsk_``)."""
    made = secrets.token_bytes(32)
    return f"{'whsec_' if signature == 'v1' else _PRIVATE}{b64encode(made).decode()}"


def shown(secret: str) -> str:
    """What the subscriber verifies with: the shared secret itself, or the public half (``whpk_``) of our own."""
    if not secret.startswith(_PRIVATE):
        return secret
    return f"{_PUBLIC}{b64encode(_private(secret).public_key().public_bytes_raw()).decode()}"


def signed_headers(id: str, at: datetime, body: str, live: Sequence[str]) -> dict[str, str]:
    """The three headers; one signature for each secret that is live. ``at`` is the real time: receivers check it."""
    signatures = " ".join(_signature(secret, id, at, body) for secret in live)
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signatures}


def _signature(secret: str, id: str, at: datetime, body: str) -> str:
    if not secret.startswith(_PRIVATE):
        return Webhook(secret).sign(id, at, body)
    # The library signs with shared secrets only; the content that is signed is the same.
    signed = _private(secret).sign(f"{id}.{int(at.timestamp())}.{body}".encode())
    return f"v1a,{b64encode(signed).decode()}"


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b64decode(secret.removeprefix(_PRIVATE)))

"""Keys and tokens for the tests: what an issuer would sign, and what a forger would."""

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from shared.identity import Gate
from shared.tokens import Verifier

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
ISSUER, AUDIENCE = "https://issuer.example", "ocop-hub"

KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
}
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})

OWNER = {"id": "own", "role": "owner", "authority": "37", "organisation": "htx-1", "from": "2026-01-01"}
OFFICER = {"id": "off", "role": "officer", "authority": "37", "commune": "14362", "from": "2026-01-01"}
WATCHER = {"id": "see", "role": "observer", "authority": "37", "from": "2026-01-01"}


class KnownKeys:
    """The public keys of the tests, without a file or an address."""

    def __init__(self) -> None:
        self.asked = 0

    async def find(self, kid: str | None) -> Key | None:
        self.asked += 1
        return next((key for key in KEYS.values() if key.kid == kid), None)


class Hands:
    """A clock that a test turns."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


def claims(*appointments: dict[str, str], **changed: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    return {
        "iss": ISSUER,
        "sub": "an",
        "aud": AUDIENCE,
        "nbf": now,
        "exp": now + 3600,
        "appointments": list(appointments),
    } | changed


def sign(held: dict[str, Any], algorithm: str = "ES256", key: Key | None = None, kid: str | None = None) -> str:
    key = key or KEYS[algorithm]
    return jwt.encode({"alg": algorithm, "kid": kid or key.kid}, held, key, algorithms=[algorithm])


def verifier(clock: Hands | None = None, keys: KnownKeys | None = None) -> Verifier:
    return Verifier(keys or KnownKeys(), ISSUER, AUDIENCE, clock or Hands())


def gate(*authorities: str, clock: Hands | None = None) -> Gate:
    clock = clock or Hands()
    return Gate(verifier(clock), frozenset(authorities or ("37",)), clock)


def bearer(*appointments: dict[str, str], using: str | None = None) -> dict[str, str]:
    """The headers of a request by someone who holds ``appointments`` and uses one (else the first)."""
    named = using or appointments[0]["id"]
    return {"Authorization": f"Bearer {sign(claims(*appointments))}", "Ocop-Appointment": named}

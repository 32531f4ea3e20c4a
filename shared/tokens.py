"""Who signed in: OIDC tokens checked against the issuer's public keys, and remembered for a minute."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Protocol

import httpx
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, Key
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from shared.clock import Clock, system_clock
from shared.errors import Refusal, Unavailable
from shared.telemetry import log_for

LONGEST_TOKEN = 8192
"""Characters of a token that are still looked at."""
REMEMBERED = timedelta(seconds=60)
MOST_REMEMBERED = 4096
SKEW = timedelta(seconds=30)
"""How far ahead of ours the issuer's clock may run before its token counts as not yet valid."""

log = log_for(__name__)


class NotSignedIn(Refusal):
    status = 401
    vi = "Yêu cầu này cần đăng nhập. Hãy gửi tiêu đề «Authorization: Bearer <mã thông báo>»."
    en = "This request needs a sign-in. Send the header “Authorization: Bearer <token>”."


class TokenUntrusted(Refusal):
    status = 401
    vi = "Không tin được mã thông báo đăng nhập ({reason}). Hãy đăng nhập lại."
    en = "The sign-in token cannot be trusted ({reason}). Sign in again."


class TokenExpired(Refusal):
    status = 401
    vi = "Mã thông báo đăng nhập đã hết hạn. Hãy đăng nhập lại."
    en = "The sign-in token has expired. Sign in again."


class TokenNotYetValid(Refusal):
    status = 401
    vi = "Mã thông báo đăng nhập chưa có hiệu lực. Hãy thử lại sau."
    en = "The sign-in token is not valid yet. Try again later."


class KeysUnavailable(Unavailable):
    """The issuer's public keys cannot be read, so nobody can be recognised."""


class Appointment(BaseModel):
    """What a person is appointed to: a role at an authority, from one day until another (both included)."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    role: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,31}$")]
    authority: Annotated[str, Field(pattern=r"^[0-9]{2}$")]
    commune: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    organisation: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    stage: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,31}$")] | None = None
    since: Annotated[date, Field(alias="from")]
    until: date | None = None

    def in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


class Person(BaseModel):
    """The one a token speaks for, with everything this person is appointed to."""

    model_config = ConfigDict(frozen=True)

    subject: str
    appointments: tuple[Appointment, ...]


class _Claims(BaseModel):
    """The claims of a token that are used; whatever else the issuer writes is ignored."""

    iss: str
    sub: Annotated[str, Field(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: Annotated[float, Field(gt=0, lt=253_402_300_800)]
    nbf: Annotated[float, Field(ge=0, lt=253_402_300_800)] = 0
    appointments: Annotated[tuple[Appointment, ...], Field(max_length=64)] = ()


class _Allowed(jws.JWSRegistry):
    """The signatures that are accepted: asymmetric ones only, whatever the token says."""

    names = frozenset({"ES256", "RS256", "EdDSA", "Ed25519"})

    def get_alg(self, name: str) -> jws.JWSAlgModel:  # type: ignore[name-defined]
        if name not in self.names:
            raise UnsupportedAlgorithmError(f"the algorithm {name!r} is not accepted")
        return self.algorithms[name]


_ALLOWED = _Allowed(strict_check_header=False)
_SAME = {"EdDSA": "Ed25519"}
"""RFC 9864 renamed the algorithm; issuers write either name."""


class Keys(Protocol):
    """Where the issuer's public keys come from."""

    async def find(self, kid: str | None) -> Key | None:
        """The key a token names; without a name, the only one there is."""
        ...


class KeysInFile:
    """Public keys in a JWKS file, read again whenever it changes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._keys: Mapping[str, Key] = {}

    async def find(self, kid: str | None) -> Key | None:
        try:
            stat = self._file.stat()
            if (stat.st_mtime_ns, stat.st_ino) != self._stamp:
                self._keys = read_keys(self._file.read_bytes())
                self._stamp = (stat.st_mtime_ns, stat.st_ino)
        except (OSError, ValidationError) as error:
            if not self._keys:
                raise KeysUnavailable(f"{self._file.name} holds no public keys") from error
            log.warning("jwks_unreadable", source=self._file.name, error=str(error))
        return _pick(self._keys, kid)


class KeysAtUrl:
    """Public keys at a JWKS address, kept for ten minutes and asked again when a token names an unknown one.

    The address is asked at most every thirty seconds, so that invented key names cost the issuer nothing.
    While the issuer is away the known keys go on serving.
    """

    KEPT = timedelta(minutes=10)
    PAUSE = timedelta(seconds=30)

    def __init__(self, url: str, client: httpx.AsyncClient, clock: Clock = system_clock) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._read: datetime | None = None
        self._asked: datetime | None = None
        self._asking = asyncio.Lock()

    async def find(self, kid: str | None) -> Key | None:
        if self._stale(kid):
            async with self._asking:
                if self._stale(kid):
                    await self._ask()
        if self._read is None:
            raise KeysUnavailable("the token issuer has not answered yet")
        return _pick(self._keys, kid)

    def _stale(self, kid: str | None) -> bool:
        now = self._clock()
        if self._asked is not None and now - self._asked < self.PAUSE:
            return False
        return self._read is None or now - self._read >= self.KEPT or _pick(self._keys, kid) is None

    async def _ask(self) -> None:
        self._asked = self._clock()
        try:
            answer = await self._client.get(self._url, timeout=5)
            answer.raise_for_status()
            self._keys = read_keys(answer.content)
            self._read = self._asked
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("jwks_unreadable", source=self._url, error=repr(error))


class _Jwks(BaseModel):
    keys: list[dict[str, JsonValue]]


_JWKS = TypeAdapter(_Jwks)


def read_keys(document: bytes) -> dict[str, Key]:
    """The public signing keys of a JWKS, by name. A key of another kind, or a broken one, is left out."""
    keys: dict[str, Key] = {}
    for entry in _JWKS.validate_json(document).keys:
        if entry.get("use", "sig") != "sig" or entry.get("kty") not in {"EC", "RSA", "OKP"}:
            continue
        try:
            key = JWKRegistry.import_key({name: value for name, value in entry.items() if name != "d"})  # type: ignore[misc]
            key.ensure_kid()
        except (JoseError, ValueError, TypeError) as error:
            log.warning("jwk_unreadable", kid=entry.get("kid"), error=str(error))
            continue
        if key.kid:
            keys[key.kid] = key
    return keys


def _pick(keys: Mapping[str, Key], kid: str | None) -> Key | None:
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)


class Verifier:
    """Tells who a token speaks for. A token that was good is remembered for a minute, never past its end."""

    def __init__(self, keys: Keys, issuer: str, audience: str, clock: Clock = system_clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, Person]] = OrderedDict()

    async def person(self, token: str) -> Person:
        """The person of ``token``; raises a 401 refusal that says what is wrong with it."""
        now = self._clock()
        known = self._known.get(token)
        if known is not None:
            if now < known[0]:
                self._known.move_to_end(token)
                return known[1]
            del self._known[token]
        if len(token) > LONGEST_TOKEN:
            raise TokenUntrusted(reason=f"> {LONGEST_TOKEN}")
        claims = self._read(await self._signed(token), now)
        person = Person(subject=claims.sub, appointments=claims.appointments)
        end = datetime.fromtimestamp(claims.exp, UTC)
        self._known[token] = (min(end, now + REMEMBERED), person)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return person

    async def _signed(self, token: str) -> bytes:
        """The payload of ``token`` once its signature is proved."""
        try:
            signed = jws.extract_compact(token.encode("ascii"), registry=_ALLOWED)
            header = signed.headers()
            algorithm = str(header.get("alg"))
            _ALLOWED.get_alg(algorithm)
            kid = header.get("kid")
            key = await self._keys.find(kid if isinstance(kid, str) else None)
            if key is None:
                raise TokenUntrusted(reason="kid")
            if key.alg is not None and _SAME.get(key.alg, key.alg) != _SAME.get(algorithm, algorithm):
                raise TokenUntrusted(reason="alg")
            if not jws.validate_compact(signed, key, registry=_ALLOWED):
                raise TokenUntrusted(reason="signature")
        except UnsupportedAlgorithmError as error:
            raise TokenUntrusted(reason="alg") from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenUntrusted(reason="form") from error
        return bytes(signed.payload or b"")

    def _read(self, payload: bytes, now: datetime) -> _Claims:
        try:
            claims = _Claims.model_validate_json(payload)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
            raise TokenUntrusted(reason=where or "claims") from error
        if claims.iss != self._issuer:
            raise TokenUntrusted(reason="iss")
        if self._audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
            raise TokenUntrusted(reason="aud")
        if datetime.fromtimestamp(claims.exp, UTC) <= now:
            raise TokenExpired()
        if datetime.fromtimestamp(claims.nbf, UTC) > now + SKEW:
            raise TokenNotYetValid()
        return claims

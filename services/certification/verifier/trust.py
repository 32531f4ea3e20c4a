"""Whom the verifier trusts: the published keys of issuers, and what it says of a signature that is none of theirs."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

ALGORITHM = "Ed25519"
LONGEST_TOKEN = 64_000
"""Characters of a credential or a status list that are still looked at."""

Reason = Literal["malformed", "issuer_unknown", "key_unknown", "key_revoked", "signature_wrong", "other_kind"]


class NotGenuine(Exception):
    """It does not come from an issuer that is trusted, or was altered."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


class Heeded(BaseModel):
    """The part of a published document that is used; the rest is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class PublicKey(Heeded):
    """An Ed25519 key as a JWK, without its private part."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Method(Heeded):
    """One key of an issuer. ``revoked`` says that nothing signed with it is believed any more."""

    id: Annotated[str, Field(pattern=r"^\S{1,300}#[0-9]{2}-[0-9]{1,3}$")]
    key: Annotated[PublicKey, Field(alias="publicKeyJwk")]
    revoked: datetime | None = None

    @property
    def name(self) -> str:
        return self.id.rpartition("#")[2]


class Issuer(Heeded):
    """An authority that issues certificates: its controlled identifier document, as ``/issuers/37`` publishes it."""

    id: Annotated[str, Field(pattern=r"^https?://\S{1,200}/issuers/[0-9]{2}$")]
    methods: Annotated[tuple[Method, ...], Field(alias="verificationMethod", max_length=256)]

    @property
    def authority(self) -> str:
        return self.id[-2:]

    def key(self, name: str) -> OKPKey:
        """The key called ``37-1``. Raises ``NotGenuine`` when there is none, or it is revoked."""
        found = next((method for method in self.methods if method.name == name), None)
        if found is None:
            raise NotGenuine("key_unknown")
        if found.revoked is not None:
            raise NotGenuine("key_revoked")
        return OKPKey.import_key({"kty": found.key.kty, "crv": found.key.crv, "x": found.key.x})

    def check(self, name: str, message: bytes, signature: bytes) -> None:
        """Raises ``NotGenuine`` unless the key of that name has signed ``message``."""
        try:
            self.key(name).public_key.verify(signature, message)  # type: ignore[union-attr]  # an Ed25519 key always
        except InvalidSignature:
            raise NotGenuine("signature_wrong") from None


def issuer_of(issuers: Iterable[Issuer], authority: str) -> Issuer:
    """The trusted issuer of this authority. Raises ``NotGenuine`` when there is none."""
    found = next((issuer for issuer in issuers if issuer.authority == authority), None)
    if found is None:
        raise NotGenuine("issuer_unknown")
    return found


def opened(token: str, issuers: Iterable[Issuer]) -> tuple[Issuer, dict[str, JsonValue]]:
    """What a JOSE-secured credential says, and which issuer says so. Raises ``NotGenuine``."""
    token = token.strip()
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not all(map(_canonical, parts)):
        raise NotGenuine("malformed")
    try:
        header = json.loads(_decoded(parts[0]))
        kid = header["kid"] if isinstance(header, dict) else None
    except (ValueError, KeyError):
        raise NotGenuine("malformed") from None
    if not isinstance(kid, str) or "#" not in kid:
        raise NotGenuine("malformed")
    if header.get("alg") != ALGORITHM or header.get("typ") != "vc+jwt":
        raise NotGenuine("other_kind")
    controller, _, name = kid.rpartition("#")
    issuer = next((one for one in issuers if one.id == controller), None)
    if issuer is None:
        raise NotGenuine("issuer_unknown")
    key = issuer.key(name)
    try:
        payload = jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
        said = json.loads(payload)
    except (JoseError, ValueError):
        raise NotGenuine("signature_wrong") from None
    if not isinstance(said, dict) or _issuer_named(said) != issuer.id:
        raise NotGenuine("issuer_unknown")
    return issuer, said


def read_issuer(text: str) -> Issuer:
    """A published issuer document. Raises ``NotGenuine`` when it is none."""
    try:
        return Issuer.model_validate_json(text)
    except ValidationError:
        raise NotGenuine("malformed") from None


def _issuer_named(said: dict[str, JsonValue]) -> JsonValue:
    issuer = said.get("issuer")
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def _canonical(part: str) -> bool:
    """One token has one text: bits that a decoder drops must not be free to change."""
    try:
        return bool(part) and urlsafe_b64encode(_decoded(part)).rstrip(b"=").decode() == part
    except (binascii.Error, ValueError):
        return False


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))

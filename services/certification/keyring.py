"""The keys authorities sign credentials with: one file each, one key in use, the former ones published for ever."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from joserfc import jws
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from services.certification.verifier.trust import ALGORITHM, Issuer
from shared.errors import Refusal, Unavailable


class NoSigningKey(Refusal):
    """The authority has no key in use, so nothing can be signed in its name."""

    status = 404
    vi = "Cơ quan {authority} chưa có khóa ký điện tử tại đây. Hãy nhờ người vận hành tạo khóa (ocop keys)."
    en = "Authority {authority} has no signing key here. Ask the operator to make one (ocop keys)."


class KeysUnreadable(Unavailable):
    """The file of keys cannot be read, or is not what it has to be."""


class KeyEntry(BaseModel):
    """A key in the file, as a JWK. Only the one in use has its private part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    kid: Annotated[str, Field(pattern=r"^[0-9]{2}-([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])$")]
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    d: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = None
    revoked: datetime | None = None
    """Since when nothing signed with it is believed."""

    @property
    def number(self) -> int:
        return int(self.kid.partition("-")[2])


class KeyFile(BaseModel):
    """``37.json``: the keys of one authority, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[KeyEntry, ...]

    def rotated(self, authority: str) -> "KeyFile":
        """With a fresh key in use; those of before can sign nothing any more and stay published."""
        fresh = OKPKey.generate_key("Ed25519").as_dict(private=True)
        number = max((key.number for key in self.keys), default=0) + 1
        former = tuple(key.model_copy(update={"d": None}) for key in self.keys)
        made = KeyEntry(kid=f"{authority}-{number}", x=str(fresh["x"]), d=str(fresh["d"]))
        return KeyFile(keys=(*former, made))

    def written(self) -> str:
        return self.model_dump_json(exclude_none=True, indent=1)


@dataclass(frozen=True)
class IssuerKeys:
    """An authority's keys as they are now, and what it signs with them."""

    authority: str
    address: str
    """Of the issuer: what its credentials name."""
    keys: tuple[KeyEntry, ...]
    _signing: OKPKey
    used: KeyEntry

    def token(self, said: Mapping[str, JsonValue]) -> str:
        """``said`` as a JOSE-secured credential (W3C, Securing Verifiable Credentials using JOSE and COSE)."""
        header = {"alg": ALGORITHM, "typ": "vc+jwt", "cty": "vc", "kid": f"{self.address}#{self.used.kid}"}
        payload = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, payload, self._signing, algorithms=[ALGORITHM])

    def signature(self, message: bytes) -> bytes:
        return self._signing.private_key.sign(message)  # type: ignore[union-attr]  # an Ed25519 key always

    def trusted(self) -> Issuer:
        """The issuer as a verifier knows it."""
        return Issuer.model_validate(self.published({}))

    def published(self, name: Mapping[str, str]) -> dict[str, JsonValue]:
        """The controlled identifier document (W3C) in which anybody finds the keys."""
        methods: list[JsonValue] = []
        for key in self.keys:
            method: dict[str, JsonValue] = {
                "id": f"{self.address}#{key.kid}",
                "type": "JsonWebKey",
                "controller": self.address,
                "publicKeyJwk": {"kty": key.kty, "crv": key.crv, "alg": ALGORITHM, "x": key.x, "kid": key.kid},
            }
            if key.revoked is not None:
                method["revoked"] = key.revoked.isoformat()
            methods.append(method)
        return {
            "@context": ["https://www.w3.org/ns/cid/v1"],
            "id": self.address,
            "name": dict(name),
            "verificationMethod": methods,
            "assertionMethod": [f"{self.address}#{key.kid}" for key in self.keys if key.revoked is None],
        }


class Keyring:
    """The folder of key files. A file is read again when it has changed, so that a rotation needs no restart."""

    def __init__(self, folder: Path | None, address: str) -> None:
        self._folder = folder
        self._address = address
        self._read: dict[str, tuple[int, IssuerKeys]] = {}

    def of(self, authority: str) -> IssuerKeys:
        """Raises ``NoSigningKey`` and ``KeysUnreadable``."""
        if self._folder is None or re.fullmatch(r"[0-9]{2}", authority) is None:
            raise NoSigningKey(authority=authority)
        file = self._folder / f"{authority}.json"
        try:
            stamp = file.stat().st_mtime_ns
            stood, keys = self._read.get(authority, (0, None))
            if keys is None or stood != stamp:
                keys = self._opened(authority, KeyFile.model_validate_json(file.read_bytes()))
                self._read[authority] = (stamp, keys)
        except FileNotFoundError:
            raise NoSigningKey(authority=authority) from None
        except ValidationError as error:
            # What stands in the file must not get into a log.
            raise KeysUnreadable(f"{file}: {error.error_count()} flaws") from None
        except OSError as error:
            raise KeysUnreadable(f"{file}: {error.strerror}") from error
        return keys

    def _opened(self, authority: str, held: KeyFile) -> IssuerKeys:
        usable = [key for key in held.keys if key.d is not None and key.revoked is None]
        if not usable or any(not key.kid.startswith(f"{authority}-") for key in held.keys):
            raise NoSigningKey(authority=authority)
        used = usable[-1]
        signing = OKPKey.import_key({"kty": used.kty, "crv": used.crv, "x": used.x, "d": used.d or ""})
        return IssuerKeys(authority, f"{self._address}/issuers/{authority}", held.keys, signing, used)

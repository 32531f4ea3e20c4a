"""The claim in a certificate's QR code: what it says in few bytes, and how it is written as the end of an address.

The text is ``<address>/Q/<claim>`` in the characters of a QR code's alphanumeric mode. The claim is base32 of
17 bytes of fixed fields, the certificate's number in UTF-8, and an Ed25519 signature over all of it:

    format 1 · authority · key · stars · print · first day (2) · last day (2) · year of the status list (counted from
    2018) · place in that list (3) · beginning of the SHA-256 of the product's name (4) · number · signature (64)
"""

import re
import struct
import unicodedata
from base64 import b32decode, b32encode
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from services.certification.verifier.trust import NotGenuine

LONGEST_TEXT = 190
"""Bytes a QR code may hold, so that it scans from a print of 25 mm."""
LONGEST_NUMBER = 40

_FORMAT = 1
_FIXED = struct.Struct(">BBBBBHHB3s4s")
_DAY_ZERO = date(2018, 1, 1)
_YEAR_ZERO = 2018
_SIGNATURE = 64
_TEXT = re.compile(r"(?:https?://[^/]{1,100})?/Q/([A-Z2-7]{100,200})", re.IGNORECASE)
_SIGNED_FOR = b"OCOP-QR-1\n"
"""Stands before what is signed, so that a signature made for anything else is never taken for one of these."""

Small = Annotated[int, Field(ge=0, le=255)]


class Claim(BaseModel):
    """What the QR code of one print says."""

    model_config = ConfigDict(frozen=True)

    authority: Annotated[str, Field(pattern=r"^[0-9]{2}$")]
    key: Small
    """The number of the issuer's key."""
    stars: Annotated[int, Field(ge=1, le=5)]
    print_version: Annotated[int, Field(ge=1, le=255)]
    valid_from: Annotated[date, Field(ge=_DAY_ZERO, lt=date(2190, 1, 1))]
    valid_until: Annotated[date, Field(ge=_DAY_ZERO, lt=date(2190, 1, 1))]
    status_year: Annotated[int, Field(ge=_YEAR_ZERO, le=_YEAR_ZERO + 255)]
    status_index: Annotated[int, Field(ge=0, lt=1 << 24)]
    product_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    number: Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f-\x9f]{1,40}$")]

    def names(self, product: str) -> bool:
        """Whether the certificate is of a product with this name."""
        return product_digest(product) == self.product_digest


class Signed(NamedTuple):
    """A claim as it was signed."""

    claim: Claim
    payload: bytes
    signature: bytes


def product_digest(product: str) -> str:
    """The name of a product, however it was typed, in eight hexadecimal digits."""
    composed = " ".join(unicodedata.normalize("NFC", product).casefold().split())
    return sha256(composed.encode()).hexdigest()[:8]


def packed(claim: Claim) -> bytes:
    fixed = _FIXED.pack(
        _FORMAT,
        int(claim.authority),
        claim.key,
        claim.stars,
        claim.print_version,
        (claim.valid_from - _DAY_ZERO).days,
        (claim.valid_until - _DAY_ZERO).days,
        claim.status_year - _YEAR_ZERO,
        claim.status_index.to_bytes(3, "big"),
        bytes.fromhex(claim.product_digest),
    )
    return fixed + claim.number.encode()


def to_be_signed(payload: bytes) -> bytes:
    return _SIGNED_FOR + payload


def written(address: str, payload: bytes, signature: bytes) -> str:
    """The text of the QR code; ``address`` is scheme and host of the public look-up."""
    return f"{address.upper()}/Q/{b32encode(payload + signature).rstrip(b'=').decode()}"


def read(text: str) -> Signed:
    """The claim in the text of a QR code, or in its part after ``/Q/``. Raises ``NotGenuine`` when there is none."""
    text = text.strip()
    if len(text) > 2 * LONGEST_TEXT:
        raise NotGenuine("malformed")
    found = _TEXT.fullmatch(text if "/" in text else f"/Q/{text}")
    coded = found[1] if found is not None else ""
    try:
        raw = b32decode(coded + "=" * (-len(coded) % 8))
    except ValueError:
        raise NotGenuine("malformed") from None
    # One claim has one text: bits that the decoder drops must not be free to change.
    if len(raw) <= _FIXED.size + _SIGNATURE or b32encode(raw).rstrip(b"=").decode() != coded:
        raise NotGenuine("malformed")
    payload, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    format, authority, key, stars, print_version, begins, ends, year, index, digest = _FIXED.unpack_from(payload)
    if format != _FORMAT:
        raise NotGenuine("malformed")
    try:
        claim = Claim(
            authority=f"{authority:02d}",
            key=key,
            stars=stars,
            print_version=print_version,
            valid_from=_DAY_ZERO + timedelta(days=begins),
            valid_until=_DAY_ZERO + timedelta(days=ends),
            status_year=_YEAR_ZERO + year,
            status_index=int.from_bytes(index, "big"),
            product_digest=digest.hex(),
            number=payload[_FIXED.size :].decode(),
        )
    except ValueError:
        raise NotGenuine("malformed") from None
    return Signed(claim, payload, signature)

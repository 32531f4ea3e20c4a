"""The Verifiable Credential of a certificate, and the status list that says which were ended before their term."""

import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from services.certification.verifier.trust import Heeded, Issuer, NotGenuine, opened

LARGEST_LIST = 1 << 21
"""Bytes of a status list that are still unpacked: the bits of sixteen million certificates."""


class Entry(Heeded):
    """Where the status of a credential stands."""

    type: Literal["BitstringStatusListEntry"]
    purpose: Annotated[Literal["revocation"], Field(alias="statusPurpose")]
    index: Annotated[str, Field(alias="statusListIndex", pattern=r"^[0-9]{1,8}$")]
    listed_in: Annotated[str, Field(alias="statusListCredential")]


class Stated(Heeded):
    """What is said of the certified product."""

    number: str
    print_version: Annotated[int, Field(alias="printVersion")]
    product: str
    stars: int


class Credential(Heeded):
    """A certificate's credential as the verifier uses it."""

    type: tuple[str, ...]
    valid_from: Annotated[AwareDatetime, Field(alias="validFrom")]
    valid_until: Annotated[AwareDatetime, Field(alias="validUntil")]
    status: Annotated[Entry, Field(alias="credentialStatus")]
    subject: Annotated[Stated, Field(alias="credentialSubject")]


class Bits(Heeded):
    """The list itself: one bit per credential, packed."""

    type: Literal["BitstringStatusList"]
    purpose: Annotated[Literal["revocation"], Field(alias="statusPurpose")]
    encoded: Annotated[str, Field(alias="encodedList", pattern=r"^u[A-Za-z0-9_-]+$")]


class StatusList(Heeded):
    """A status list, good for a short time only."""

    id: str
    type: tuple[str, ...]
    valid_from: Annotated[AwareDatetime, Field(alias="validFrom")]
    valid_until: Annotated[AwareDatetime, Field(alias="validUntil")]
    subject: Annotated[Bits, Field(alias="credentialSubject")]

    def unpacked(self) -> bytes:
        """The bits. Raises ``NotGenuine`` for what cannot be unpacked, or only to something far too large."""
        coded = self.subject.encoded[1:]
        try:
            unpacking = zlib.decompressobj(wbits=31)
            bits = unpacking.decompress(urlsafe_b64decode(coded + "=" * (-len(coded) % 4)), LARGEST_LIST)
        except (ValueError, zlib.error):
            raise NotGenuine("malformed") from None
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise NotGenuine("malformed")
        return bits

    def covers(self, index: int) -> bool:
        return index < 8 * len(self.unpacked())

    def ended(self, index: int) -> bool:
        """Whether the credential at ``index``, which the list covers, was ended before its term."""
        return bool(self.unpacked()[index // 8] & 0x80 >> index % 8)

    def stale(self, now: datetime) -> bool:
        return not self.valid_from <= now <= self.valid_until


def read_credential(token: str, issuers: Iterable[Issuer]) -> tuple[Issuer, Credential]:
    """A certificate's credential and its issuer. Raises ``NotGenuine``."""
    issuer, said = opened(token, issuers)
    try:
        credential = Credential.model_validate(said)
    except ValidationError:
        raise NotGenuine("other_kind") from None
    if "OcopCertificate" not in credential.type or not credential.status.listed_in.startswith(_lists(issuer)):
        raise NotGenuine("other_kind")
    return issuer, credential


def read_status_list(token: str, issuers: Iterable[Issuer]) -> StatusList:
    """A status list of a trusted issuer. Raises ``NotGenuine``."""
    issuer, said = opened(token, issuers)
    try:
        found = StatusList.model_validate(said)
    except ValidationError:
        raise NotGenuine("other_kind") from None
    # An issuer speaks for its own certificates only.
    if "BitstringStatusListCredential" not in found.type or not found.id.startswith(_lists(issuer)):
        raise NotGenuine("other_kind")
    found.unpacked()
    return found


def list_address(issuer: str, year: int) -> str:
    """The address of an issuer's status list for the decisions of one year."""
    return f"{issuer.replace('/issuers/', '/status/')}/{year}"


def _lists(issuer: Issuer) -> str:
    return list_address(issuer.id, 0)[:-1]

"""What is signed about a certificate: its Verifiable Credential, the claim in its QR code, and the status lists."""

import gzip
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from pydantic import JsonValue

from services.certification.domain.certificate import Certificate
from services.certification.domain.status_register import (
    StatusRegister,
    ended_early,
    listed,
    print_name,
    register_id,
    superseded,
)
from services.certification.keyring import Keyring
from services.certification.store import Recognitions, StatusRegisters
from services.certification.verifier.claim import (
    LONGEST_NUMBER,
    LONGEST_TEXT,
    Claim,
    packed,
    product_digest,
    to_be_signed,
    written,
)
from services.certification.verifier.credential import list_address
from shared.clock import Clock, day, midnight
from shared.document import Decision
from shared.errors import NotFound, Refusal

LIST_LIFE = timedelta(hours=12)
"""How long a status list is good for; whoever verifies with an older one is warned."""
LIST_KEPT = timedelta(minutes=2)
"""How long a list that was made is given to whoever asks, before it is made anew."""
SMALLEST_LIST = 131_072
"""Bits in the smallest list (W3C Bitstring Status List v1.0)."""
READ_AT_ONCE = 200


class ClaimTooLong(Refusal):
    vi = "Mã QR của giấy {number} dài {size} ký tự, quá {most}. Hãy dùng địa chỉ tra cứu (OCOP_PUBLIC_URL) ngắn hơn."
    en = "The QR code of {number} has {size} characters, over {most}. Use a shorter look-up address (OCOP_PUBLIC_URL)."


class Credentials:
    """Signs in the name of the authorities in ``keyring``; the same certificate gives the same bytes."""

    def __init__(
        self,
        registers: StatusRegisters,
        recognitions: Recognitions,
        keyring: Keyring,
        address: str,
        clock: Clock,
    ) -> None:
        self._registers = registers
        self._recognitions = recognitions
        self._keyring = keyring
        self._address = address
        self._clock = clock
        self._lists: dict[str, tuple[datetime, str]] = {}

    async def credential(self, authority: str, certificate: Certificate) -> str:
        """The certificate's current print as a JOSE-secured Verifiable Credential. Raises ``NoSigningKey``."""
        keys = self._keyring.of(authority)
        index = await self._place(authority, certificate)
        listed_in = list_address(keys.address, certificate.decided_on.year)
        subject = certificate.subject
        ends = midnight(certificate.valid_until + timedelta(days=1)) - timedelta(seconds=1)
        return keys.token(
            {
                "@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": f"{self._address}/vocabulary#"}],
                "id": f"{self._address}/certificates/{certificate.number}?print={certificate.print_version}",
                "type": ["VerifiableCredential", "OcopCertificate"],
                "issuer": keys.address,
                "validFrom": _instant(midnight(certificate.valid_from)),
                "validUntil": _instant(ends),
                "credentialStatus": {
                    "id": f"{listed_in}#{index}",
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation",
                    "statusListIndex": str(index),
                    "statusListCredential": listed_in,
                },
                "credentialSubject": {
                    "id": f"urn:uuid:{subject.product.id}",
                    "number": certificate.number,
                    "printVersion": certificate.print_version,
                    "product": subject.product.name,
                    "productSet": subject.product_set,
                    "stars": certificate.stars,
                    "province": subject.province,
                    "commune": subject.commune,
                    "decisionNumber": certificate.decision_number,
                    "decidedOn": certificate.decided_on.isoformat(),
                },
            }
        )

    async def qr_text(self, authority: str, certificate: Certificate) -> str:
        """The text of the print's QR code. Raises ``NoSigningKey`` and ``ClaimTooLong``."""
        keys = self._keyring.of(authority)
        if (size := len(certificate.number.encode())) > LONGEST_NUMBER:
            raise ClaimTooLong(number=certificate.number, size=size, most=LONGEST_NUMBER)
        claim = Claim(
            authority=authority,
            key=keys.used.number,
            stars=certificate.stars,
            print_version=certificate.print_version,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            status_year=certificate.decided_on.year,
            status_index=await self._place(authority, certificate),
            product_digest=product_digest(certificate.subject.product.name),
            number=certificate.number,
        )
        payload = packed(claim)
        text = written(self._address, payload, keys.signature(to_be_signed(payload)))
        if len(text) > LONGEST_TEXT:
            raise ClaimTooLong(number=certificate.number, size=len(text), most=LONGEST_TEXT)
        return text

    async def status_list(self, authority: str, year: int) -> str:
        """The signed status list of an authority's decisions of a year. Raises ``NotFound`` and ``NoSigningKey``."""
        keys, now = self._keyring.of(authority), self._clock()
        id = register_id(authority, year)
        made = self._lists.get(id)
        if made is not None and now - LIST_KEPT < made[0] <= now:
            return made[1]
        bits = await self._bits(await self._registers.get(id), now)
        address = list_address(keys.address, year)
        packed_bits = urlsafe_b64encode(gzip.compress(bits, mtime=0)).rstrip(b"=").decode()
        said: dict[str, JsonValue] = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": keys.address,
            "validFrom": _instant(now),
            "validUntil": _instant(now + LIST_LIFE),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": f"u{packed_bits}",
            },
        }
        token = keys.token(said)
        self._lists[id] = (now, token)
        return token

    async def _bits(self, register: StatusRegister, now: datetime) -> bytes:
        """A bit per place, set when that print was ended before its term."""
        bits = bytearray(-(-max(SMALLEST_LIST, len(register.prints)) // 8))
        for start in range(0, len(register.prints), READ_AT_ONCE):
            names = register.prints[start : start + READ_AT_ONCE]
            numbers = {name.rpartition("#")[0] for name in names}
            found = await self._recognitions.of_certificates(register.authority, numbers)
            for index, name in enumerate(names, start):
                number = name.rpartition("#")[0]
                certificate = found[number].certificate(number) if number in found else None
                # A certificate that is no longer there is not to be believed either.
                if certificate is None or superseded(name, certificate) or ended_early(certificate, day(now)):
                    bits[index // 8] |= 0x80 >> index % 8
        return bytes(bits)

    async def _place(self, authority: str, certificate: Certificate) -> int:
        year, name = certificate.decided_on.year, print_name(certificate)
        id = register_id(authority, year)
        try:
            known = (await self._registers.get(id)).place(name)
        except NotFound:
            known = None
        if known is not None:
            return known

        def given(held: StatusRegister | None) -> Decision[StatusRegister]:
            return listed(held, authority, year, name), ()

        saved = await self._registers.settle(id, given)
        place = saved.document.place(name)
        assert place is not None
        return place


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

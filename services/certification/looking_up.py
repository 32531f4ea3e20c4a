"""The public look-up: by number, or by the text of a QR code; whatever was asked, it is answered in one form."""

from services.certification.domain.certificate import Certificate
from services.certification.keyring import Keyring, NoSigningKey
from services.certification.store import Recognitions
from services.certification.verification import Verification, not_genuine, verify
from services.certification.verifier.claim import Signed, read, to_be_signed
from services.certification.verifier.trust import NotGenuine
from shared.clock import Clock, day

LONGEST_NUMBER = 80


class LookUp:
    """Answers from the certificate's own document, for the day of the question."""

    def __init__(self, recognitions: Recognitions, keyring: Keyring, clock: Clock) -> None:
        self._recognitions = recognitions
        self._keyring = keyring
        self._clock = clock

    async def of(self, asked: str) -> Verification:
        """By whatever was read or typed: a number, an older product code, or what a QR code holds."""
        asked = asked.strip()
        scanned = "/Q/" in asked or len(asked) > LONGEST_NUMBER
        return await self.of_qr(asked) if scanned else await self.of_number(asked)

    async def of_number(self, number: str, print_version: int | None = None) -> Verification:
        """By the number in our register, the number printed on an older paper, or an older product code."""
        certificate = await self._certificate(number)
        return verify(certificate.number if certificate else number, certificate, day(self._clock()), print_version)

    async def of_qr(self, text: str) -> Verification:
        """A print by its QR code. A genuine one tells which print it is; one that is not tells nothing."""
        try:
            signed = read(text)
            self._check(signed)
        except NotGenuine as wrong:
            return not_genuine(wrong.reason, day(self._clock()))
        return await self.of_number(signed.claim.number, signed.claim.print_version)

    def _check(self, signed: Signed) -> None:
        authority = signed.claim.authority
        try:
            issuer = self._keyring.of(authority).trusted()
        except NoSigningKey:
            raise NotGenuine("issuer_unknown") from None
        issuer.check(f"{authority}-{signed.claim.key}", to_be_signed(signed.payload), signed.signature)

    async def _certificate(self, asked: str) -> Certificate | None:
        if not asked or len(asked) > LONGEST_NUMBER:
            return None
        found = await self._recognitions.of_certificate(asked)
        if found is not None:
            return found.certificate(asked)
        older = await self._recognitions.of_older_paper(asked)
        return older[-1] if older else None

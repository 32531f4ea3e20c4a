"""Prints of certificates: drawn when asked for, signed by the seal kept here or outside, and then kept as signed."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256

from services.certification.catalogue import Regulations
from services.certification.credentials import Credentials
from services.certification.documents.drawing import TEMPLATE, Press, sheet
from services.certification.documents.sealing import Seals
from services.certification.domain.certificate import Certificate
from services.certification.domain.decision import Signer, decision_id
from services.certification.domain.signed_print import SignedBy, SignedPrint, signed_print_id
from services.certification.owners import Owners
from services.certification.store import Decisions, SignedPrints
from shared.command import Command
from shared.document import Decision
from shared.errors import NotFound


class Printing:
    """Brings together what a print needs; the same certificate and owner give the same unsigned bytes."""

    def __init__(
        self,
        decisions: Decisions,
        prints: SignedPrints,
        credentials: Credentials,
        owners: Owners,
        press: Press,
        seals: Seals,
        regulations: Regulations,
        address: str,
    ) -> None:
        self._decisions = decisions
        self._prints = prints
        self._credentials = credentials
        self._owners = owners
        self._press = press
        self._seals = seals
        self._regulations = regulations
        self._address = address

    async def unsigned(self, authority: str, certificate: Certificate, *, specimen: bool = False) -> bytes:
        """The print as it is exported. Raises ``NoSigningKey``, ``OwnerNameless`` and ``PeerAway``."""
        subject = certificate.subject
        owner = await self._owners.name(subject.province, subject.owner_id)
        drawn = sheet(
            certificate,
            owner,
            self._regulations.offices[authority],
            self._regulations.places.origin(subject.province, subject.commune),
            await self._signer(authority, certificate),
            await self._credentials.qr_text(authority, certificate),
            self._address,
            specimen,
        )
        return await self._press.drawn(drawn)

    async def kept(self, certificate: Certificate) -> SignedPrint | None:
        """The current print as it was signed; None while it was not."""
        try:
            return await self._prints.get(signed_print_id(certificate))
        except NotFound:
            return None

    async def seal(self, authority: str, certificate: Certificate, at: datetime, command: Command) -> SignedPrint:
        """The current print signed by the seal kept here; what was signed before stays. Raises ``NoSeal``."""
        known = await self.kept(certificate)
        if known is not None:
            return known
        pdf = await self._seals.sealed(authority, await self.unsigned(authority, certificate), at)
        return await self._keep(authority, certificate, pdf, "seal", at, command)

    async def take_back(
        self, authority: str, certificate: Certificate, pdf: bytes, at: datetime, command: Command
    ) -> SignedPrint:
        """Keep a print that was signed outside, once it has been checked; what was signed before stays.

        Raises ``NotTheExport`` and ``SealNotAccepted``.
        """
        await self._seals.check(authority, await self.unsigned(authority, certificate), pdf, at)
        return await self._keep(authority, certificate, pdf, "token", at, command)

    async def _keep(
        self, authority: str, certificate: Certificate, pdf: bytes, by: SignedBy, at: datetime, command: Command
    ) -> SignedPrint:
        made = SignedPrint(
            id=signed_print_id(certificate),
            authority=authority,
            number=certificate.number,
            print_version=certificate.print_version,
            template=TEMPLATE,
            sha256=sha256(pdf).hexdigest(),
            signed_by=by,
            kept_at=at,
            pdf=b64encode(pdf).decode(),
        )

        def first(held: SignedPrint | None) -> Decision[SignedPrint]:
            return held or made, ()

        return (await self._prints.settle(made.id, first, command=command)).document

    async def _signer(self, authority: str, certificate: Certificate) -> Signer | None:
        """Who signed the decision; None for a certificate whose decision was not made here."""
        number = certificate.decision_number.partition("/")[0]
        try:
            held = await self._decisions.get(decision_id(authority, certificate.decided_on.year, number))
        except NotFound:
            return None
        return held.signer

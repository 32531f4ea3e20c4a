"""What certification keeps: one document per product and authority, the decisions, the acts on certificates."""

from collections.abc import Collection

from services.certification.domain.act import Act
from services.certification.domain.award import Award
from services.certification.domain.certificate import Certificate
from services.certification.domain.complaint import Complaint
from services.certification.domain.decision import DecisionNumberTaken, RecognitionDecision
from services.certification.domain.draft import Draft
from services.certification.domain.inspection import Inspection
from services.certification.domain.recognition import Recognition
from services.certification.domain.revocation_case import RevocationCase
from services.certification.domain.signed_print import SignedPrint
from services.certification.domain.signing import SigningRegister
from services.certification.domain.status_register import StatusRegister
from shared.command import Command
from shared.document import Document
from shared.errors import Flaw, NotFound
from shared.store import Store


class Recognitions(Store[Recognition]):
    model = Recognition
    indexes = (
        ("results.evaluation_id",),
        ("certificates.number",),
        ("certificates.imported.printed_number",),
        ("certificates.imported.product_code",),
        ("authority", "results.state", "_id"),
        ("authority", "_id"),
    )

    async def of_evaluations(self, authority: str, ids: Collection[str]) -> dict[str, Recognition]:
        """The recognitions of ``authority`` in which these evaluations stand, by evaluation."""
        where = {"authority": authority, "results.evaluation_id": {"$in": sorted(ids)}}
        found = await self.find(where, limit=len(ids) + 1)
        return {result.evaluation_id: one for one in found.items for result in one.results}

    async def of_certificates(self, authority: str, numbers: Collection[str]) -> dict[str, Recognition]:
        """The recognitions of ``authority`` in which these certificates stand, by number."""
        where = {"authority": authority, "certificates.number": {"$in": sorted(numbers)}}
        found = await self.find(where, limit=len(numbers) + 1)
        return {certificate.number: one for one in found.items for certificate in one.certificates}

    async def of_older_paper(self, printed: str) -> list[Certificate]:
        """Certificates of before with this number or product code printed on them, the newest last."""
        printed_number, code = "certificates.imported.printed_number", "certificates.imported.product_code"
        found = (await self.find({printed_number: printed}, limit=10)).items
        found = found or (await self.find({code: printed}, limit=10)).items
        like = [
            certificate
            for one in found
            for certificate in one.certificates
            if certificate.imported is not None
            and printed in (certificate.imported.printed_number, certificate.imported.product_code)
        ]
        return sorted(like, key=lambda certificate: certificate.decided_on)

    async def of_certificate(self, number: str) -> Recognition | None:
        """The recognition in which this certificate stands, of whichever authority."""
        found = await self.find({"certificates.number": number}, limit=1)
        return found.items[0] if found.items else None


class Decisions(Store[RecognitionDecision]):
    model = RecognitionDecision
    indexes = (("authority", "_id"),)


class Drafts(Store[Draft]):
    model = Draft


class SigningRegisters(Store[SigningRegister]):
    model = SigningRegister

    async def of(self, authority: str) -> SigningRegister | None:
        """The register of an authority that keeps one."""
        try:
            return await self.get(signing_register_id(authority))
        except NotFound:
            return None


def signing_register_id(authority: str) -> str:
    return f"signers/{authority}"


class Acts(Store[Act]):
    model = Act
    indexes = (("authority", "matter.kind", "_id"),)


class RevocationCases(Store[RevocationCase]):
    model = RevocationCase
    indexes = (("authority", "state", "_id"),)


class Inspections(Store[Inspection]):
    model = Inspection


class Complaints(Store[Complaint]):
    model = Complaint


class Awards(Store[Award]):
    model = Award


class LegalNumber(Document):
    """A number of an issuer and year, and the one document that has it."""

    taken_by: str


class LegalNumbers(Store[LegalNumber]):
    model = LegalNumber

    async def take(self, authority: str, year: int, full_number: str, by: str) -> list[Flaw]:
        """Give the number to ``by`` for good, the same when it has it; what speaks against it.

        It is taken last, when everything else is in order, so that one typed in a wrong form is not lost.
        """
        number = full_number.partition("/")[0]
        if await self.holder(f"number/{authority}/{year}/{number}", authority, by) == by:
            return []
        return [DecisionNumberTaken(number=full_number, year=year).flaw("/number")]

    async def holder(self, id: str, authority: str, by: str) -> str:
        """Who has the number of this id: ``by``, unless somebody came before."""
        wanted = LegalNumber(id=id, authority=authority, taken_by=by)
        return (await self.settle(id, lambda held: (held or wanted, ()))).document.taken_by


class SignedPrints(Store[SignedPrint]):
    model = SignedPrint


class StatusRegisters(Store[StatusRegister]):
    model = StatusRegister


class Request(Document):
    """Which decision a command asked for, so that one Idempotency-Key never names two."""

    decision_id: str


class Requests(Store[Request]):
    model = Request

    async def note(self, command: Command, authority: str, decision_id: str) -> None:
        """Raises ``KeyReused`` when the command's key was used for another request."""
        request = Request(id=f"request/{command.id}", authority=authority, decision_id=decision_id)
        await self.add(request, command=command)

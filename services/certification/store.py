"""What certification keeps: one document per product and authority, the decisions, the hand-overs."""

from collections.abc import Collection

from services.certification.domain.decision import RecognitionDecision
from services.certification.domain.handover import Handover
from services.certification.domain.recognition import Recognition
from shared.document import Document
from shared.store import Store


class Recognitions(Store[Recognition]):
    model = Recognition
    indexes = (
        ("results.evaluation_id",),
        ("certificates.number",),
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

    async def of_certificate(self, number: str) -> Recognition | None:
        """The recognition in which this certificate stands, of whichever authority."""
        found = await self.find({"certificates.number": number}, limit=1)
        return found.items[0] if found.items else None


class Decisions(Store[RecognitionDecision]):
    model = RecognitionDecision
    indexes = (("authority", "_id"),)


class Handovers(Store[Handover]):
    model = Handover


class Request(Document):
    """Which decision a command asked for, so that one Idempotency-Key never names two."""

    decision_id: str


class Requests(Store[Request]):
    model = Request

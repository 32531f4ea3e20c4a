"""Prints over HTTP: one as PDF, those of a decision as an archive, and signed ones taken back."""

from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Annotated
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from fastapi import Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from services.certification.domain.certificate import Certificate
from services.certification.domain.decision import decision_id
from services.certification.domain.signed_print import SignedBy, SignedPrint
from services.certification.printing import Printing
from services.certification.routes.forms import DECISION, CertificateNumber
from services.certification.store import Decisions, Recognitions
from shared.clock import Clock, day
from shared.command import Command
from shared.errors import Flaw, NotFound
from shared.http import Asked, Router, Told, command
from shared.identity import SERVICE, Caller, allow
from shared.problems import RequestInvalid

MOST_EXPORTED = 50
"""Prints in one archive."""
_MADE = (1980, 1, 1, 0, 0, 0)
"""The day archives say of their files, so that the same prints give the same archive."""

Number = Annotated[CertificateNumber, Path()]


class SignedPrintGiven(Asked):
    """A print as it was exported, with the office's signature added."""

    pdf: Annotated[str, Field(min_length=1, max_length=1_000_000, description="The signed PDF in base64.")]


class SignedPrintReceipt(Told):
    """The print that is kept as signed: the first one that was."""

    number: str
    print_version: int
    sha256: str
    signed_by: SignedBy
    kept_at: datetime

    @classmethod
    def of(cls, kept: SignedPrint) -> "SignedPrintReceipt":
        return cls.model_validate(kept.model_dump(include=set(cls.model_fields)))


def print_routes(recognitions: Recognitions, decisions: Decisions, printing: Printing, clock: Clock) -> Router:
    router = Router(tags=["prints"])

    async def certificate_of(number: str, caller: Caller) -> Certificate:
        found = await recognitions.of_certificates(caller.authority, {number})
        certificate = found[number].certificate(number) if number in found else None
        if certificate is None:
            raise NotFound(what=number)
        return certificate

    @router.get("/certificates/{number}/print", response_class=Response)
    async def show_print(
        number: Number, caller: Annotated[Caller, allow("agency", "chair")], specimen: bool = False
    ) -> Response:
        """The current print as PDF/A: signed when it was signed, else as it is exported for signing.

        With `specimen` it is drawn anew and marked as one, whatever was signed.
        """
        certificate = await certificate_of(number, caller)
        kept = await printing.kept(certificate) if not specimen else None
        if kept is not None and kept.pdf is not None:
            return _pdf(b64decode(kept.pdf), number)
        return _pdf(await printing.unsigned(caller.authority, certificate, specimen=specimen), number)

    @router.get("/certificates/{number}/print/signed", response_class=Response)
    async def show_signed_print(
        number: Number, caller: Annotated[Caller, allow("agency", "chair", SERVICE)]
    ) -> Response:
        """The current print as it was signed, for whoever sends it to its owner; nothing while it is not signed."""
        kept = await printing.kept(await certificate_of(number, caller))
        if kept is None or kept.pdf is None:
            raise NotFound(what=number)
        return _pdf(b64decode(kept.pdf), number)

    @router.post("/certificates/{number}/print/seal", status_code=201)
    async def seal_print(
        number: Number,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> SignedPrintReceipt:
        """Sign the current print with the office's seal kept here (PAdES) and keep it."""
        certificate = await certificate_of(number, caller)
        return SignedPrintReceipt.of(await printing.seal(caller.authority, certificate, clock(), command))

    @router.post("/certificates/{number}/print/signed", status_code=201)
    async def take_back_print(
        number: Number,
        asked: SignedPrintGiven,
        caller: Annotated[Caller, allow("agency", "chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> SignedPrintReceipt:
        """Take back the exported print, signed outside with the office's token, when the signature is in order."""
        certificate = await certificate_of(number, caller)
        try:
            pdf = b64decode(asked.pdf, validate=True)
        except Error:
            flaw = Flaw("/pdf", "Không phải base64.", "This is not base64.")
            raise RequestInvalid(flaw, count=1) from None
        return SignedPrintReceipt.of(await printing.take_back(caller.authority, certificate, pdf, clock(), command))

    @router.get("/decisions/{number}/prints", response_class=Response)
    async def export_prints(
        number: Annotated[str, Path(pattern=DECISION)],
        caller: Annotated[Caller, allow("agency", "chair")],
        year: Annotated[int | None, Query(ge=2018, le=2200)] = None,
        start: Annotated[int, Query(ge=1, alias="from", description="Place of the first certificate.")] = 1,
        count: Annotated[int, Query(ge=1, le=MOST_EXPORTED)] = MOST_EXPORTED,
    ) -> Response:
        """The unsigned prints of a decision's certificates as a ZIP archive, to be signed outside."""
        id = decision_id(caller.authority, year or day(clock()).year, number)
        decision = await decisions.get(id, caller.within)
        given = [item.certificate_number for item in decision.items if item.certificate_number is not None]
        wanted = given[start - 1 : start - 1 + count]
        found = await recognitions.of_certificates(caller.authority, wanted)
        certificates = [found[each].certificate(each) for each in wanted if each in found]
        drawn = [(each.number, await printing.unsigned(caller.authority, each)) for each in certificates if each]
        headers = {"Content-Disposition": f'attachment; filename="{number}-{start}.zip"'}
        return Response(_archive(drawn), media_type="application/zip", headers=headers)

    return router


def _pdf(pdf: bytes, number: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{number}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for number, pdf in files:
            archive.writestr(ZipInfo(f"{number}.pdf", _MADE), pdf)
    return out.getvalue()

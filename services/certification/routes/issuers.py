"""What verifiers fetch: the issuers' keys, the status lists, and the credential of a certificate; open to everybody."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import JsonValue
from starlette.responses import Response

from services.certification.catalogue import Regulations
from services.certification.credentials import Credentials
from services.certification.domain.certificate import Certificate
from services.certification.keyring import Keyring
from services.certification.store import Recognitions
from services.certification.throttle import Throttle
from shared.errors import NotFound
from shared.http import Router, Told
from shared.identity import PUBLIC

KEPT_SECONDS = 300
"""How long keys and lists may be kept on the way; a list says itself how long it is good for."""

AuthorityCode = Annotated[str, Path(pattern=r"^[0-9]{2}$")]


class QrCode(Told):
    """What the QR code of a certificate's current print holds."""

    number: str
    print_version: int
    text: str


def issuer_routes(
    recognitions: Recognitions, credentials: Credentials, keyring: Keyring, regulations: Regulations, throttle: Throttle
) -> Router:
    router = Router(tags=["issuers"])
    public = [PUBLIC, Depends(throttle)]
    kept = {"Cache-Control": f"public, max-age={KEPT_SECONDS}"}

    async def issued(number: str) -> tuple[str, Certificate]:
        """A certificate and the authority that issued it."""
        found = await recognitions.of_certificate(number)
        certificate = found.certificate(number) if found is not None else None
        if found is None or certificate is None:
            raise NotFound(what=number)
        return found.authority, certificate

    @router.get("/issuers/{authority}", dependencies=public)
    async def show_issuer(authority: AuthorityCode, response: Response) -> dict[str, JsonValue]:
        """An issuer's keys, those of before included: a controlled identifier document."""
        office = regulations.offices.get(authority)
        response.headers.update(kept)
        return keyring.of(authority).published({"vi": office.title.vi, "en": office.title.en} if office else {})

    @router.get("/status/{authority}/{year}", dependencies=public, response_class=Response)
    async def show_status_list(authority: AuthorityCode, year: Annotated[int, Path(ge=2018, le=2200)]) -> Response:
        """The signed status list of an authority's decisions of a year, good for a few hours."""
        token = await credentials.status_list(authority, year)
        return Response(token, headers=kept, media_type="application/vc+jwt")

    @router.get("/certificates/{number}/credential", dependencies=public, response_class=Response)
    async def show_credential(number: Annotated[str, Path(max_length=40)]) -> Response:
        """The Verifiable Credential of a certificate's current print, secured with JOSE."""
        return Response(await credentials.credential(*await issued(number)), media_type="application/vc+jwt")

    @router.get("/certificates/{number}/qr", dependencies=public)
    async def show_qr(number: Annotated[str, Path(max_length=40)]) -> QrCode:
        """What the QR code of a certificate's current print holds, for labels and shop pages."""
        authority, certificate = await issued(number)
        text = await credentials.qr_text(authority, certificate)
        return QrCode(number=number, print_version=certificate.print_version, text=text)

    return router

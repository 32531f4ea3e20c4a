"""The look-up that is open to everybody: as JSON by number or QR code, and as a page for the phone that scanned it."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from services.certification.looking_up import LookUp
from services.certification.pages import Pages
from services.certification.throttle import Throttle
from services.certification.verification import Verification
from shared.clock import Clock, day, midnight
from shared.errors import Language
from shared.http import Router
from shared.identity import PUBLIC
from shared.problems import language

LONGEST_CACHED = 600
"""Seconds the answer of a look-up may be kept; never past midnight, when a certificate may end."""
SHORTEST_CACHED = 30
"""Seconds for which a number that is not known stays so; it may be issued at any moment."""

Spoken = Annotated[Language | None, Query(description="The language of the page; else the browser's.")]
Typed = Annotated[str, Query(max_length=400, description="A certificate's number, or what its QR code holds.")]


def look_up_routes(look_up: LookUp, pages: Pages, throttle: Throttle, clock: Clock) -> Router:
    router = Router(tags=["look-up"])
    public = [PUBLIC, Depends(throttle)]

    def cached(found: Verification) -> dict[str, str]:
        now = clock()
        seconds = LONGEST_CACHED if found.certificate is not None else SHORTEST_CACHED
        left = int((midnight(day(now) + timedelta(days=1)) - now).total_seconds())
        return {"Cache-Control": f"public, max-age={min(seconds, left)}"}

    def shown(request: Request, spoken: Language | None, asked: str, found: Verification) -> HTMLResponse:
        page = pages.answer(spoken or language(request.headers.get("accept-language", "")), asked, found)
        page.headers.update(cached(found))
        return page

    @router.get("/certificates/{number}", dependencies=public)
    async def look_up_number(
        number: Annotated[str, Path(max_length=200)],
        response: Response,
        print_version: Annotated[int | None, Query(alias="print", ge=1, le=255)] = None,
    ) -> Verification:
        """Whether a certificate is real and valid today, for anyone; computed from its dates when asked.

        With `print` it answers for that print: a later correction supersedes it.
        """
        found = await look_up.of_number(number.strip(), print_version)
        response.headers.update(cached(found))
        return found

    @router.get("/verification", dependencies=public)
    async def look_up_anything(q: Typed, response: Response) -> Verification:
        """The same, by a number or by what a QR code holds."""
        found = await look_up.of(q)
        response.headers.update(cached(found))
        return found

    @router.get("/verify", dependencies=public, response_class=HTMLResponse)
    async def verify_page(request: Request, q: Typed = "", lang: Spoken = None) -> HTMLResponse:
        """The page on which anybody looks a certificate up."""
        if q.strip():
            return shown(request, lang, q, await look_up.of(q))
        return pages.form(lang or language(request.headers.get("accept-language", "")), day(clock()))

    @router.get("/Q/{claim}", dependencies=public, response_class=HTMLResponse)
    async def scanned_page(
        request: Request, claim: Annotated[str, Path(max_length=400)], lang: Spoken = None
    ) -> HTMLResponse:
        """The page behind the QR code of a print."""
        return shown(request, lang, "", await look_up.of_qr(f"/Q/{claim}"))

    return router

"""Forms, receipts and letters over HTTP, printed from what was entered."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response

from services.dossier.catalogue import ProductSets
from services.dossier.domain.dossier import KNOWING
from services.dossier.domain.place import Places
from services.dossier.printing import pdf, word
from services.dossier.printing.forms import FormCode, printed
from services.dossier.printing.layout import Form
from services.dossier.printing.letters import LetterCode, NothingToPrint, lettered
from services.dossier.routes.reach import CONSULTANT, Reach
from services.dossier.store import Dossiers, Owners
from shared.clock import day
from shared.http import Router
from shared.identity import SERVICE, Caller, allow

_SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The form.", "content": {pdf.MEDIA_TYPE: {}, word.MEDIA_TYPE: {}}}
}
Format = Literal["pdf", "docx"]
AsFormat = Annotated[Format, Query(description="How it is written.")]

_READING = ("owner", CONSULTANT, "commune_officer", "agency", "chair")
_READERS = allow(*_READING, stage="lodging")
_ADDRESSEES = allow(*_READING, SERVICE, stage="lodging")
_WRITERS = {"pdf": (pdf.as_pdf, pdf.MEDIA_TYPE), "docx": (word.as_word, word.MEDIA_TYPE)}


def routes(owners: Owners, dossiers: Dossiers, product_sets: ProductSets, places: Places, reach: Reach) -> Router:
    router = Router(tags=["forms"])

    async def sent(form: Form, format: Format, name: str) -> Response:
        write, media_type = _WRITERS[format]
        # Setting pages takes a good part of a second; the requests of others go on meanwhile.
        content = await asyncio.to_thread(write, form)
        headers = {"Content-Disposition": f'inline; filename="{name}.{format}"'}
        return Response(content, media_type=media_type, headers=headers)

    @router.get("/dossiers/{id}/forms/{code}", response_class=Response, responses=_SENT)
    async def print_form(
        id: str, code: FormCode, caller: Annotated[Caller, _READERS], format: AsFormat = "pdf"
    ) -> Response:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        owner = await owners.one(dossier.owner_id, {"authority": dossier.authority})
        today = day(reach.clock())
        commune = places.name(dossier.commune, today)
        form = printed(code, dossier, owner, product_sets[dossier.product_set], commune, today)
        return await sent(form, format, f"mau-{code}-{id}")

    @router.get("/dossiers/{id}/letters/{letter}", response_class=Response, responses=_SENT)
    async def print_letter(
        id: str, letter: LetterCode, caller: Annotated[Caller, _ADDRESSEES], format: AsFormat = "pdf"
    ) -> Response:
        """Receipts, requests, letters and the announced result, for people and for the service that sends them out.

        That a case went to the centre is told to those only who may know.
        """
        dossier = await dossiers.get(id, await reach.to(id, caller))
        if letter == "central-submission" and caller.role not in KNOWING:
            raise NothingToPrint(letter=letter)
        owner = await owners.one(dossier.owner_id, {"authority": dossier.authority})
        form = lettered(letter, dossier, owner, product_sets[dossier.product_set])
        return await sent(form, format, f"{letter}-{id}")

    return router

"""Forms 01, 02 and 03 over HTTP, printed from what was entered."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response

from services.dossier.catalogue import ProductSets
from services.dossier.printing import pdf, word
from services.dossier.printing.forms import FormCode, printed
from services.dossier.routes.reach import CONSULTANT, Reach
from services.dossier.store import Dossiers, Owners
from shared.clock import day
from shared.http import Router
from shared.identity import Caller, allow

_SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The form.", "content": {pdf.MEDIA_TYPE: {}, word.MEDIA_TYPE: {}}}
}
_WRITERS = {"pdf": (pdf.as_pdf, pdf.MEDIA_TYPE), "docx": (word.as_word, word.MEDIA_TYPE)}


def routes(owners: Owners, dossiers: Dossiers, product_sets: ProductSets, reach: Reach) -> Router:
    router = Router(tags=["forms"])

    @router.get("/dossiers/{id}/forms/{code}", response_class=Response, responses=_SENT)
    async def print_form(
        id: str,
        code: FormCode,
        caller: Annotated[Caller, allow("owner", CONSULTANT, "commune_officer", "agency", "chair", stage="lodging")],
        format: Annotated[Literal["pdf", "docx"], Query(description="How it is written.")] = "pdf",
    ) -> Response:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        owner = await owners.one(dossier.owner_id, {"authority": dossier.authority})
        form = printed(code, dossier, owner, product_sets[dossier.product_set], day(reach.clock()))
        write, media_type = _WRITERS[format]
        # Setting pages takes a good part of a second; the requests of others go on meanwhile.
        content = await asyncio.to_thread(write, form)
        headers = {"Content-Disposition": f'inline; filename="mau-{code}-{id}.{format}"'}
        return Response(content, media_type=media_type, headers=headers)

    return router

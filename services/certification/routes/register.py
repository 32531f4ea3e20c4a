"""The public register over HTTP: a list to search, and the whole of it as open data."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import StreamingResponse

from services.certification.domain.rule_set import Stars
from services.certification.register import Register, RegisterLine, Sought, as_csv, as_json
from services.certification.throttle import Throttle
from shared.http import Router
from shared.identity import PUBLIC
from shared.pages import After, Limit, Page


def sought(
    stars: Annotated[Stars | None, Query()] = None,
    province: Annotated[str | None, Query(pattern=r"^[0-9]{2}$")] = None,
    commune: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    product_set: Annotated[str | None, Query(pattern=r"^[a-z][a-z-]{1,39}$")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words of the name, with or without marks.")] = None,
) -> Sought:
    """What of the register is wanted."""
    return Sought(stars=stars, province=province, commune=commune, product_set=product_set, words=q)


def register_routes(register: Register, throttle: Throttle) -> Router:
    """No answer may be kept on the way: a certificate revoked now must not be valid in anybody's cache."""
    router = Router(tags=["register"])
    public = [PUBLIC, Depends(throttle)]

    @router.get("/register", dependencies=public)
    async def list_register(
        wanted: Annotated[Sought, Depends(sought)], after: After = None, limit: Limit = 50
    ) -> Page[RegisterLine]:
        """The certificates in effect, in a fixed order; `limit` counts products."""
        return Page.of(*await register.page(wanted, after, limit))

    @router.get("/register.csv", dependencies=public, response_class=StreamingResponse)
    async def export_csv(wanted: Annotated[Sought, Depends(sought)]) -> StreamingResponse:
        """The same as one CSV file."""
        headers = {"Content-Disposition": 'attachment; filename="ocop-register.csv"'}
        return StreamingResponse(as_csv(register.all(wanted)), media_type="text/csv", headers=headers)

    @router.get("/register.json", dependencies=public, response_class=StreamingResponse)
    async def export_json(wanted: Annotated[Sought, Depends(sought)]) -> StreamingResponse:
        """The same as one JSON array."""
        return StreamingResponse(as_json(register.all(wanted)), media_type="application/json")

    return router

"""The integrity view over HTTP, for the agency and only over what is finalised."""

from datetime import date
from typing import Annotated

from fastapi import Query

from services.scoring.domain.integrity import Integrity, Rated, integrity
from services.scoring.store import Evaluations, Sheets
from shared.clock import day
from shared.http import Router
from shared.identity import Caller, allow

PAGE = 200


def routes(evaluations: Evaluations, sheets: Sheets) -> Router:
    router = Router(tags=["scoring"])

    @router.get("/integrity")
    async def show_integrity(
        caller: Annotated[Caller, allow("agency")],
        session: Annotated[str | None, Query(max_length=100, description="Scored in this session.")] = None,
        since: Annotated[date | None, Query(description="Finalised on this day or later.")] = None,
        until: Annotated[date | None, Query(description="Finalised on this day or earlier.")] = None,
        outlier_points: Annotated[int, Query(ge=1, le=100, description="From how far off a sheet is listed.")] = 10,
    ) -> Integrity:
        """How severe and how even each member was, which sheets lie apart, and where the members disagree most."""
        rated = [
            Rated(one, await sheets.under(one.basis.sheet_hash))
            async for one in evaluations.every({**caller.within, "state": "finalised"}, at_once=PAGE)
            if (session is None or (one.sitting is not None and one.sitting.session_id == session))
            and one.result is not None
            and (since or date.min) <= day(one.result.at) <= (until or date.max)
        ]
        return integrity(rated, outlier_points)

    return router

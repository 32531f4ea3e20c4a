"""Reports over HTTP: as JSON, and as a sheet for offices."""

from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from services.certification.catalogue import Regulations
from services.certification.reports import Gathering, RenewalReport, days_ahead
from services.certification.store import Recognitions
from services.certification.workbook import MEDIA_TYPE, as_workbook
from shared.clock import Clock, day
from shared.http import Router
from shared.identity import Caller, allow

Days = Annotated[int, Query(ge=1, le=1_100, description="So many days from today on.")]


def report_routes(recognitions: Recognitions, regulations: Regulations, clock: Clock) -> Router:
    router = Router(tags=["reports"])

    async def gather(caller: Caller, since: date, until: date) -> RenewalReport:
        gathering = Gathering(since, until, day(clock()), regulations)
        where = {**caller.within, "certificates.number": {"$gt": ""}}
        async for recognition in recognitions.every(where):
            gathering.take(recognition)
        return gathering.report()

    @router.get("/reports/renewal")
    async def report_renewal(
        since: date, until: date, caller: Annotated[Caller, allow("agency", "chair", "observer")]
    ) -> RenewalReport:
        """Of the certificates whose term ends from `since` to `until`, which were filed again and which not."""
        return await gather(caller, since, until)

    @router.get("/reports/renewal.xlsx", response_class=Response)
    async def print_renewal(
        since: date, until: date, caller: Annotated[Caller, allow("agency", "chair", "observer")]
    ) -> Response:
        """The same as a sheet."""
        return Response(as_workbook(await gather(caller, since, until)), media_type=MEDIA_TYPE)

    @router.get("/reports/expiring")
    async def report_expiring(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], days: Days = 180
    ) -> RenewalReport:
        """What comes to the end of its term within so many days."""
        return await gather(caller, *days_ahead(day(clock()), days))

    @router.get("/reports/expiring.xlsx", response_class=Response)
    async def print_expiring(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], days: Days = 180
    ) -> Response:
        """The same as a sheet."""
        return Response(as_workbook(await gather(caller, *days_ahead(day(clock()), days))), media_type=MEDIA_TYPE)

    return router

"""Certificates over HTTP: the authority's own list and figures, and the look-up that is open to everybody."""

import re
from datetime import date, timedelta
from typing import Annotated, Self

from fastapi import Path
from starlette.responses import Response

from services.certification.domain.certificate import Certificate, Product, Validity
from services.certification.domain.rule_set import CaseKind
from services.certification.routes.forms import CERTIFICATE, Told
from services.certification.store import Recognitions
from services.certification.summary import Summary, Tally
from services.certification.verification import Verification, verify
from shared.clock import Clock, day, midnight
from shared.http import Router
from shared.identity import PUBLIC, Caller, allow
from shared.pages import After, Limit, Page

LONGEST_CACHED = 600
"""Seconds the answer of a look-up may be kept; never past midnight, when a certificate may end."""
SHORTEST_CACHED = 30
"""Seconds for which a number that is not known stays so; it may be issued at any moment."""
TALLIED_AT_ONCE = 500


class HandedOverView(Told):
    on: date
    place: str


class CertificateView(Told):
    """A certificate, and whether it is valid today."""

    number: str
    validity: Validity
    product: Product
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    handed_over: HandedOverView | None
    replaces: str | None
    replaced_by: str | None
    replaced_on: date | None

    @classmethod
    def of(cls, certificate: Certificate, today: date) -> Self:
        subject, given, replaced = certificate.subject, certificate.handed_over, certificate.replaced
        return cls(
            number=certificate.number,
            validity=certificate.on(today),
            product=subject.product,
            owner_id=subject.owner_id,
            commune=subject.commune,
            product_set=subject.product_set,
            case_kind=subject.case_kind,
            stars=certificate.stars,
            decision_number=certificate.decision_number,
            decided_on=certificate.decided_on,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            handed_over=HandedOverView(on=given.on, place=given.place) if given is not None else None,
            replaces=certificate.replaces,
            replaced_by=replaced.number if replaced is not None else None,
            replaced_on=replaced.on if replaced is not None else None,
        )


def certificate_routes(recognitions: Recognitions, clock: Clock) -> Router:
    router = Router(tags=["certificates"])

    @router.get("/certificates")
    async def list_certificates(
        caller: Annotated[Caller, allow("agency", "chair", "observer")], after: After = None, limit: Limit = 50
    ) -> Page[CertificateView]:
        """The certificates of the caller's authority, product by product; `limit` counts products."""
        today = day(clock())
        where = {**caller.within, "certificates.number": {"$gt": ""}}
        found = await recognitions.find(where, after=after, limit=limit)
        shown = (CertificateView.of(each, today) for one in found.items for each in one.certificates)
        return Page.of(shown, found.next)

    @router.get("/certificates/{number}", dependencies=[PUBLIC])
    async def look_up(number: Annotated[str, Path(max_length=200)], response: Response) -> Verification:
        """Whether a certificate is real and valid today, for anyone; computed from its dates when asked."""
        now = clock()
        asked = number.strip()
        found = await recognitions.of_certificate(asked) if re.fullmatch(CERTIFICATE, asked) else None
        certificate = found.certificate(asked) if found is not None else None
        seconds = LONGEST_CACHED if certificate is not None else SHORTEST_CACHED
        left = int((midnight(day(now) + timedelta(days=1)) - now).total_seconds())
        response.headers["Cache-Control"] = f"public, max-age={min(seconds, left)}"
        return verify(asked, certificate, day(now))

    @router.get("/summary")
    async def summarise(caller: Annotated[Caller, allow("agency", "chair", "observer")]) -> Summary:
        """How many results and certificates of the caller's authority there are, counted now."""
        today = day(clock())
        tally = Tally(today)
        after: str | None = None
        while True:
            found = await recognitions.find(dict(caller.within), after=after, limit=TALLIED_AT_ONCE)
            for recognition in found.items:
                tally.count(recognition)
            if (after := found.next) is None:
                return tally.summary()

    return router

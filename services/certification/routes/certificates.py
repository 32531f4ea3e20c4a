"""Certificates over HTTP: the authority's own list and figures."""

from datetime import date
from typing import Annotated, Self

from fastapi import Depends, Path

from services.certification.domain.certificate import Certificate, Product, Validity
from services.certification.domain.correction import reprinted
from services.certification.domain.recognition import Recognition
from services.certification.domain.rule_set import CaseKind
from services.certification.routes.forms import CertificateNumber
from services.certification.store import Recognitions
from services.certification.summary import Summary, Tally
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.errors import NotFound
from shared.http import Asked, Router, Told, command
from shared.identity import PUBLIC, Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text


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


class ReprintAsked(Asked):
    """Why the same print is made once more."""

    reason: Annotated[str, Text(200)]


class ReprintReceipt(Told):
    """Which print it is, and how many copies of it there are now."""

    number: str
    print_version: int
    copies: int


class Link(Told):
    """A certificate in the line of a product's certificates; its validity is known where it was issued."""

    number: str
    authority: str
    stars: int
    decided_on: date
    valid_until: date
    validity: Validity | None


class Lineage(Told):
    certificates: list[Link]


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

    @router.post("/certificates/{number}/reprints", status_code=201)
    async def reprint(
        number: Annotated[CertificateNumber, Path()],
        asked: ReprintAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> ReprintReceipt:
        """Log one more copy of the print in force. What changes or is lost takes a correction and a new version."""
        today = day(clock())
        found = (await recognitions.of_certificates(caller.authority, {number})).get(number)
        if found is None:
            raise NotFound(what=number)

        def printed(held: Recognition) -> Decision[Recognition]:
            return reprinted(held, number, today, asked.reason), ()

        def answer(held: Recognition) -> ReprintReceipt:
            certificate = held.certificate(number)
            assert certificate is not None
            copies = [one for one in certificate.reprints if one.print_version == certificate.print_version]
            return ReprintReceipt(number=number, print_version=certificate.print_version, copies=len(copies) + 1)

        saved = await recognitions.change(found.id, printed, command=command, answer=answer)
        return ReprintReceipt.model_validate(saved.answer)

    @router.get("/certificates/{number}/lineage", dependencies=[PUBLIC])
    async def show_lineage(number: Annotated[str, Path(max_length=200)]) -> Lineage:
        """The certificates of the same product, the earliest first, those of the other authority included."""
        today = day(clock())
        found = await recognitions.of_certificate(number.strip())
        if found is None:
            raise NotFound(what=number)
        own = [
            Link(
                number=one.number,
                authority=found.authority,
                stars=one.stars,
                decided_on=one.decided_on,
                valid_until=one.last_day,
                validity=one.on(today),
            )
            for one in found.certificates
        ]
        theirs = [Link(**one.model_dump(), validity=None) for one in found.elsewhere]
        return Lineage(certificates=sorted([*own, *theirs], key=lambda link: (link.decided_on, link.stars)))

    @router.get("/summary")
    async def summarise(caller: Annotated[Caller, allow("agency", "chair", "observer")]) -> Summary:
        """How many results and certificates of the caller's authority there are, counted now."""
        tally = Tally(day(clock()))
        async for recognition in recognitions.every(caller.within):
            tally.count(recognition)
        return tally.summary()

    return router

"""Taking over certificates from before over HTTP."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.certification.announcing import end_of
from services.certification.catalogue import Regulations
from services.certification.domain.certificate import OwnerKind, Product
from services.certification.domain.history import (
    MONTHS,
    OldCertificate,
    TakenOver,
    historic_number,
    objection,
    take_over,
)
from services.certification.domain.recognition import Recognition
from services.certification.domain.rule_set import Stars
from services.certification.domain.term import last_valid_day
from services.certification.events.certificates import CertificateImported
from services.certification.store import LegalNumbers, Recognitions
from services.certification.timers import timed
from services.certification.together import together
from shared.clock import Clock, day
from shared.document import CENTRE, Authority, Decision, Fact
from shared.envelope import named
from shared.errors import Flaw, Refusal
from shared.http import Asked, Router, Told
from shared.identity import Caller, allow
from shared.text import Text

MOST_AT_ONCE = 500
_TAKEN = ("Số này đã thuộc một sản phẩm khác.", "This number belongs to another product.")


class HistoryRefused(Refusal):
    vi = "Chưa giấy nào được nhập vì {count} dòng chưa đúng. Hãy sửa từng dòng."
    en = "Nothing is taken over: {count} line(s) are not in order. Mend each one."


class ProductGiven(Asked):
    """The product by the id it has here."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    name: Annotated[str, Text(200)]


class OldCertificateGiven(Asked):
    """A certificate as its paper says it; without a last day it is that of 36 months."""

    printed_number: Annotated[str, Field(pattern=r"^[0-9A-ZĐ][0-9A-ZĐ./-]{0,49}$")]
    product: ProductGiven
    product_code: Annotated[str, Text(60)] | None = None
    owner_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    owner_kind: OwnerKind | None = None
    province: Authority
    commune: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    """The code the place has today: another place may have had it when the certificate was given."""
    product_set: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    rule_set: Annotated[str, Field(pattern=r"^[0-9]{1,4}-[0-9]{4}$", examples=["1048-2019"])]
    stars: Stars
    issuer: Annotated[str, Text(200)]
    decision_number: Annotated[str, Text(60)]
    decided_on: date
    valid_until: date | None = None

    def read(self, last: date) -> OldCertificate:
        """``last`` is the last valid day when the paper says none."""
        said = self.model_dump(exclude={"product", "valid_until"})
        product = Product(id=self.product.id, name=self.product.name)
        return OldCertificate(**said, product=product, valid_until=self.valid_until or last)


class HistoryAsked(Asked):
    certificates: Annotated[list[OldCertificateGiven], Field(min_length=1, max_length=MOST_AT_ONCE)]


class HistoryReceipt(Told):
    """How many were taken over now and how many before, and the number under which each is found."""

    taken_over: int
    known: int
    numbers: list[str]


def history_routes(recognitions: Recognitions, numbers: LegalNumbers, regulations: Regulations, clock: Clock) -> Router:
    router = Router(tags=["history"])

    @router.post("/history")
    async def import_history(
        asked: HistoryAsked,
        caller: Annotated[Caller, allow("agency", stage="deciding")],
    ) -> HistoryReceipt:
        """Take over certificates given under any of the five rule sets; what is there already is left alone.

        All lines are checked first. A request that broke off is simply sent again.
        """
        today, authority = day(clock()), caller.authority
        reading = regulations.authorities.reading
        lines = [
            given.read(last_valid_day(given.decided_on, MONTHS, reading(authority, given.decided_on)))
            for given in asked.certificates
        ]
        found = [historic_number(authority, old.decided_on, old.printed_number) for old in lines]
        before = await recognitions.of_certificates(authority, set(found))
        products: dict[str, str] = {number: held.product_id for number, held in before.items()}
        flaws = []
        for n, old in enumerate(lines):
            wrong = objection(old, regulations.history.get(old.rule_set), authority == CENTRE, today)
            if wrong is not None:
                flaws.append(Flaw(f"/certificates/{n}", wrong.vi, wrong.en))
            elif authority not in (CENTRE, old.province):
                flaws.append(Flaw(f"/certificates/{n}/province", "Sản phẩm của tỉnh khác.", "Another province's."))
            elif products.setdefault(found[n], old.product.id) != old.product.id:
                flaws.append(Flaw(f"/certificates/{n}/printed_number", *_TAKEN))
        if flaws:
            raise HistoryRefused(*flaws, count=len(flaws))

        async def keep(n: int, number: str, old: OldCertificate) -> None:
            id = named(authority, old.product.id)
            if await numbers.holder(f"certificate/{number}", authority, id) != id:
                # Somebody took the same number over for another product in this very moment.
                raise HistoryRefused(Flaw(f"/certificates/{n}/printed_number", *_TAKEN), count=1)

            def taken(held: Recognition | None) -> Decision[Recognition]:
                recognition = held or Recognition(id=id, authority=authority, product_id=old.product.id)
                outcome = take_over(recognition, number, old, today)
                return timed(outcome.recognition, regulations.ladder), _told(outcome)

            await recognitions.settle(id, taken)

        fresh = set(found) - before.keys()
        await together(keep(n, found[n], old) for n, old in enumerate(lines) if found[n] in fresh)
        return HistoryReceipt(taken_over=len(fresh), known=len(set(found)) - len(fresh), numbers=found)

    return router


def _told(outcome: TakenOver) -> list[Fact]:
    if outcome.issued is None:
        return []
    return [*(end_of(each) for each in outcome.ended), CertificateImported.of(outcome.issued)]

"""The public register: the certificates in effect at the moment of the question, found, listed and given away."""

import csv
import re
from collections.abc import AsyncIterator, Mapping
from datetime import date
from io import StringIO
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import Certificate, Validity
from services.certification.domain.place import Places
from services.certification.domain.recognition import Recognition
from services.certification.domain.rule_set import Stars
from services.certification.domain.searching import sought
from services.certification.store import Recognitions
from shared.clock import Clock, day
from shared.http import Told

READ_AT_ONCE = 200


class Sought(BaseModel):
    """What is looked for; whatever is None does not matter."""

    model_config = ConfigDict(frozen=True)

    stars: Stars | None = None
    province: str | None = None
    commune: str | None = None
    product_set: str | None = None
    words: str | None = None

    def where(self) -> Mapping[str, Any]:
        """What narrows the search in the database: documents with such a certificate, whatever became of it."""
        chosen: dict[str, Any] = {
            "certificates.stars": self.stars,
            "certificates.subject.province": self.province,
            "certificates.subject.commune": self.commune,
            "certificates.subject.product_set": self.product_set,
        }
        pattern = sought(self.words or "")
        named = {"certificates.plain": {"$regex": pattern}} if pattern is not None else {}
        return {name: value for name, value in chosen.items() if value is not None} | named

    def fits(self, certificate: Certificate) -> bool:
        """Whether this very certificate is what is looked for; the database has only seen its document."""
        subject, pattern = certificate.subject, sought(self.words or "")
        return (
            (pattern is None or re.search(pattern, certificate.plain) is not None)
            and self.stars in (None, certificate.stars)
            and self.province in (None, subject.province)
            and self.commune in (None, subject.commune)
            and self.product_set in (None, subject.product_set)
        )


class RegisterLine(Told):
    """A certificate in effect. Whose it is stays out: an owner may be a person."""

    number: str
    validity: Validity
    product: str
    product_set: str
    stars: int
    province: str
    commune: str
    commune_name: str
    """In Vietnamese."""
    issuer: str
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    """The last day of effect, an extension included."""

    @classmethod
    def of(cls, authority: str, certificate: Certificate, places: Places, today: date) -> "RegisterLine":
        subject = certificate.subject
        return cls(
            number=certificate.number,
            validity=certificate.on(today),
            product=subject.product.name,
            product_set=subject.product_set,
            stars=certificate.stars,
            province=subject.province,
            commune=subject.commune,
            commune_name=places.commune(subject.commune).vi,
            issuer=authority,
            decision_number=certificate.decision_number,
            decided_on=certificate.decided_on,
            valid_from=certificate.valid_from,
            valid_until=certificate.last_day,
        )


class Register:
    """Reads every line from the certificate's own document, so that none is shown whose end is known."""

    def __init__(self, recognitions: Recognitions, places: Places, clock: Clock) -> None:
        self._recognitions = recognitions
        self._places = places
        self._clock = clock

    async def page(self, wanted: Sought, after: str | None, limit: int) -> tuple[list[RegisterLine], str | None]:
        """Some lines and where to go on; ``limit`` counts products, of which some have nothing in effect."""
        found = await self._recognitions.find(self._where(wanted), after=after, limit=limit)
        return [line for one in found.items for line in self._lines(one, wanted)], found.next

    async def all(self, wanted: Sought) -> AsyncIterator[RegisterLine]:
        """Every line, each as it is when it is given out."""
        after: str | None = None
        while True:
            lines, after = await self.page(wanted, after, READ_AT_ONCE)
            for line in lines:
                yield line
            if after is None:
                return

    def _where(self, wanted: Sought) -> Mapping[str, Any]:
        return {"certificates.number": {"$gt": ""}, **wanted.where()}

    def _lines(self, recognition: Recognition, wanted: Sought) -> list[RegisterLine]:
        today = day(self._clock())
        return [
            RegisterLine.of(recognition.authority, each, self._places, today)
            for each in recognition.certificates
            if each.in_effect(today) and wanted.fits(each)
        ]


async def as_csv(lines: AsyncIterator[RegisterLine]) -> AsyncIterator[str]:
    """The lines as CSV in UTF-8 with the mark spreadsheets need. No cell can be taken for a formula."""
    columns = list(RegisterLine.model_fields)
    yield "\ufeff" + _row(columns)
    async for line in lines:
        cells = [str(value) for value in line.model_dump(mode="json").values()]
        yield _row([f"'{cell}" if cell[:1] in "=+-@\t" and cell else cell for cell in cells])


async def as_json(lines: AsyncIterator[RegisterLine]) -> AsyncIterator[str]:
    """The lines as one JSON array."""
    before = "["
    async for line in lines:
        yield f"{before}\n{line.model_dump_json()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _row(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()

"""Numbers: a series is a document that gives a number to an id, so that asking again gives the same one."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.document import Document
from shared.errors import Refusal

SeriesKind = Literal["registration", "product_code"]

MOST_IN_SERIES = 20_000
"""Numbers of one series. The largest province rates some 700 products a year; giving the 700th costs 1.4 ms of CPU."""


class SeriesFull(Refusal):
    vi = "Dãy số {series} đã cấp {count} số, là mức cao nhất. Hãy báo người vận hành."
    en = "The series {series} has given {count} numbers, the most it can. Tell the operators."


class Given(BaseModel):
    """A number and the day on which it was given."""

    model_config = ConfigDict(frozen=True)

    number: int
    on: date


class Series(Document):
    """The numbers of one office, purpose and year, by the id they were given to; none is ever given twice."""

    series: SeriesKind
    commune: str | None
    year: int
    given: Mapping[str, Given] = {}

    def number_of(self, id: str) -> int:
        return self.given[id].number


def series_id(series: SeriesKind, authority: str, commune: str | None, year: int) -> str:
    """A commune's own series, or without one that of the province."""
    return "/".join(("series", series, authority, commune or "province", str(year)))


def new_series(series: SeriesKind, authority: str, commune: str | None, year: int) -> Series:
    return Series(
        id=series_id(series, authority, commune, year),
        authority=authority,
        series=series,
        commune=commune,
        year=year,
    )


def give(held: Series, id: str, on: date) -> Series:
    """The series after ``id`` has its number: the next one, or the one it has. Raises ``SeriesFull``."""
    if id in held.given:
        return held
    if len(held.given) >= MOST_IN_SERIES:
        raise SeriesFull(series=held.id, count=MOST_IN_SERIES)
    return held.but(given={**held.given, id: Given(number=len(held.given) + 1, on=on)})


def registration_number(number: int, authority: str, commune: str, year: int, by: Literal["X", "T"]) -> str:
    """As form 01 prints it, ``…-…/PĐK-(province)-(commune)-(year)``.

    The form leaves two places before the stroke: the first says whose series it is (X the commune's, xã; T the
    province's, tỉnh), the second holds the running number.
    """
    return f"{by}-{number:03d}/PĐK-{authority}-{commune}-{year}"


def product_code(number: int, authority: str, commune: str, year: int) -> str:
    """``(province)-(commune)-(running number)-(year)``, kept by the commune; the year is that of the evaluation."""
    return f"{authority}-{commune}-{number:02d}-{year}"

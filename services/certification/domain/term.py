"""The term of a certificate: calendar months from the decision, and which day is the last valid one."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from .rule_set import InForce, Lenient

Reading = Literal["anniversary", "eve-of-anniversary"]
"""Two readings of one term are in official use: the day of the same number is the last valid one, or its eve is."""


def last_valid_day(decided_on: date, months: int, reading: Reading) -> date:
    """The last day on which a certificate decided ``decided_on`` is valid.

    The day of the same number ``months`` later, or the last of that month where there is no such day; by the other
    reading the eve of the day of the same number, and where there is no such day again the last of that month, for
    the full months end there. From 29 February 2024 both readings come to 28 February 2027.

    The rule set gives the months, 36 under Decision 26/2026/QĐ-TTg. That months are counted to the day of the same
    number, or to the last of a month without it, is the Civil Code's way (2015, article 148.3).
    """
    place = decided_on.month - 1 + months
    year, month = decided_on.year + place // 12, place % 12 + 1
    last = monthrange(year, month)[1]
    if decided_on.day > last:
        return date(year, month, last)
    same = date(year, month, decided_on.day)
    return same if reading == "anniversary" else same - timedelta(days=1)


class LastValidDay(InForce):
    """Which reading an authority's decisions of these days follow."""

    authority: str | None = Field(pattern=r"^\d\d$")
    """None stands for every authority without a line of its own."""
    reading: Reading
    basis: str = Field(min_length=1)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError("until: it does not lie after from")
        return self


class DecisionSymbol(Lenient):
    """What stands behind the number of an authority's decisions."""

    authority: str | None = Field(pattern=r"^\d\d$")
    symbol: str = Field(pattern=r"^QĐ-[A-ZĐ]{2,10}$")
    basis: str = Field(min_length=1)


class Practice(Lenient):
    """How an authority handles what the law leaves open."""

    authority: str | None = Field(pattern=r"^\d\d$")
    new_owner: Literal["continues", "ends"]
    """What becomes of a certificate whose product goes to another owner."""
    extends_latecomers: bool
    """Whether the extension serves those who missed the filing window after the transition too."""
    basis: str = Field(min_length=1)


class AuthoritySettings(Lenient):
    """What differs from authority to authority."""

    last_valid_day: tuple[LastValidDay, ...]
    decision_symbol: tuple[DecisionSymbol, ...]
    practice: tuple[Practice, ...]

    def reading(self, authority: str, decided_on: date) -> Reading:
        """The reading of an authority's decisions of a day: its own setting, else that of all."""
        covering = [line for line in self.last_valid_day if line.covers(decided_on)]
        own = [line.reading for line in covering if line.authority == authority]
        return own[0] if own else next((line.reading for line in covering if line.authority is None), "anniversary")

    def symbol(self, authority: str) -> str:
        """The symbol of an authority's decisions, for example ``QĐ-UBND``."""
        lines = {line.authority: line.symbol for line in self.decision_symbol}
        return lines.get(authority) or lines[None]

    def practice_of(self, authority: str) -> Practice:
        """An authority's own practice, else that of all."""
        lines = {line.authority: line for line in self.practice}
        return lines.get(authority) or lines[None]

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        if not any(line.authority is None and line.until is None for line in self.last_valid_day):
            raise ValueError("last_valid_day: there must be an open line for every other authority")
        for n, one in enumerate(self.last_valid_day):
            for other in self.last_valid_day[:n]:
                if one.authority == other.authority and (one.covers(other.since) or other.covers(one.since)):
                    raise ValueError(f"last_valid_day: two lines of {one.authority or 'every other'} overlap")
        if [line.authority for line in self.decision_symbol].count(None) != 1:
            raise ValueError("decision_symbol: there must be one line for every other authority")
        if [line.authority for line in self.practice].count(None) != 1:
            raise ValueError("practice: there must be one line for every other authority")
        return self

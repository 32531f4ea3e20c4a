"""Rounds of evaluation as data: which round a proposal belongs to, and until when lodging is safe."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.dossier.domain.deadline import Works, latest_start


class Lenient(BaseModel):
    """What this service uses of a file that may hold more than it uses."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class YearlyRound(Lenient):
    """A round of every year: dossiers proposed before one day are rated before another (article 5)."""

    level: str
    round: int
    proposed_before: str = Field(pattern=r"^\d\d-\d\d$")
    rated_before: str = Field(pattern=r"^\d\d-\d\d$")


class AddedRound(Lenient):
    """A round beyond those of article 5, which needs a regulation of the council and a plan."""

    authority: str = Field(pattern=r"^\d\d$")
    year: int
    name: str = Field(pattern=r"^[0-9A-Za-z-]{1,20}$")
    proposed_before: date
    rated_before: date
    regulation: str = Field(min_length=1)
    plan: str = Field(min_length=1)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.rated_before <= self.proposed_before:
            raise ValueError("rated_before: it does not lie after proposed_before")
        return self


class Round(BaseModel):
    """One round of one year, with the last day of a proposal letter and the last day of rating."""

    model_config = ConfigDict(frozen=True)

    year: int
    name: str
    last_proposal: date
    last_rating: date
    regulation: str | None = None
    plan: str | None = None

    @property
    def key(self) -> str:
        """How a dossier names it."""
        return f"{self.year}/{self.name}"


class Rounds:
    """The rounds of the provinces: those of article 5 in every year, and those a province has added."""

    def __init__(self, yearly: Iterable[YearlyRound], added: Sequence[AddedRound]) -> None:
        self._yearly = tuple(each for each in yearly if each.level == "level-province")
        self._added = tuple(added)

    def of(self, authority: str, proposed_on: date) -> Round:
        """The round of a proposal letter of ``proposed_on``: the first that it comes before the closing of.

        Decision 26/2026/QĐ-TTg, article 5: «before 30 October» takes 29 October in, and 30 October is too late.
        """
        return self.coming(authority, proposed_on, 1)[0]

    def coming(self, authority: str, today: date, count: int) -> list[Round]:
        """The next ``count`` rounds a letter of ``today`` or later can still be in, the nearest first."""
        every = [one for year in (today.year, today.year + 1, today.year + 2) for one in self._in(authority, year)]
        open = sorted((one for one in every if one.last_proposal >= today), key=lambda one: one.last_proposal)
        return open[:count]

    def _in(self, authority: str, year: int) -> list[Round]:
        fixed = [
            Round(
                year=year,
                name=str(each.round),
                last_proposal=_eve(date.fromisoformat(f"{year}-{each.proposed_before}")),
                last_rating=_eve(date.fromisoformat(f"{year}-{each.rated_before}")),
            )
            for each in self._yearly
        ]
        own = [
            Round(
                year=year,
                name=each.name,
                last_proposal=_eve(each.proposed_before),
                last_rating=_eve(each.rated_before),
                regulation=each.regulation,
                plan=each.plan,
            )
            for each in self._added
            if (each.authority, each.year) == (authority, year)
        ]
        return fixed + own


def last_safe_lodging(round: Round, days: int, works: Works) -> date:
    """The last day on which a dossier may be lodged so that the commune has all its ``days`` before the round closes.

    A later one may still be in time, but then it depends on the commune (article 7.2).
    """
    return latest_start(round.last_proposal, days, works)


def _eve(on: date) -> date:
    return on - timedelta(days=1)

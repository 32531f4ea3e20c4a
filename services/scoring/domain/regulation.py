"""A council's regulation: quorum, who scores, how far members may differ, how a star minimum is judged."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from shared.document import Authority
from shared.errors import Refusal

StarMinimumPolicy = Literal["agreed", "mean", "majority"]
PaperSheetPolicy = Literal["confirmed", "entered"]


class NoRegulation(Refusal):
    """No regulation of the council was in force on that day."""

    status = 422
    vi = "Không có quy chế hội đồng nào có hiệu lực ngày {on}. Hãy kiểm tra ngày họp."
    en = "No regulation of the council was in force on {on}. Check the date of the session."


class Regulated(BaseModel):
    """A part of a regulation, read strictly: a misspelt rule must not be taken for one left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Share(Regulated):
    """A part of the members, as numerator and denominator: nothing is ever rounded."""

    numerator: PositiveInt
    denominator: PositiveInt

    def reached(self, present: int, all: int) -> bool:
        return present * self.denominator >= all * self.numerator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        if self.numerator > self.denominator:
            raise ValueError("a share is at most the whole")
        return self


class Regulation(Regulated):
    """What Decision 26/2026/QĐ-TTg, article 7.3, leaves to each council's own regulation."""

    quorum: Share
    """Of those entitled to score, the share that must be there for a product."""
    chair: Literal["chair", "chair-or-deputy", "anybody"]
    """Who must lead; where the chair may not score the product a deputy always may."""
    lead_field: bool
    """Whether a member of the field of the product's lead ministry must be there."""
    divergence_limit: Annotated[int, Field(ge=0, le=100)] | None
    """Points by which two members' totals may differ; beyond it the product is discussed and scored again."""
    secretary_scores: bool
    stand_in_scores: bool
    star_minimum: StarMinimumPolicy
    """How a star minimum is judged when members differ."""
    written_quorum: Share
    """Of those asked for their opinion in writing, the share that must have replied; the others are left out."""
    paper_sheets: PaperSheetPolicy = "confirmed"
    """Whether a sheet signed by hand counts once its member has confirmed it, or as soon as its scan is there."""
    advisory_report: bool = False
    """Whether there must be a report to the chair on the file that is scored (article 7.3c)."""


class RegulationEntry(Regulated):
    """One line of the regulations: whose, from which day until before which, and what it rests on."""

    authority: Authority | None
    since: date = Field(alias="from")
    until: date | None
    basis: str
    regulation: Regulation

    def covers(self, authority: str, on: date) -> bool:
        ours = self.authority in (None, authority)
        return ours and self.since <= on and (self.until is None or on < self.until)


def regulation_on(entries: Sequence[RegulationEntry], authority: str, on: date) -> Regulation:
    """The regulation of this council on the day of its session; its own goes before the general one.

    Of several the latest counts. Raises ``NoRegulation``.
    """
    covering = [entry for entry in entries if entry.covers(authority, on)]
    if not covering:
        raise NoRegulation(on=on.isoformat())
    return max(covering, key=lambda entry: (entry.authority is not None, entry.since)).regulation

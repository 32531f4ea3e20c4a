"""A certificate: its number, its term, and whether it is valid on a day."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from .rule_set import CaseKind

Validity = Literal["valid", "expired", "replaced"]


class Kept(BaseModel):
    """A value inside a stored document; what a later version added is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Product(Kept):
    """A product by its permanent id, and its name on the day."""

    id: str
    name: str


class Subject(Kept):
    """Whose product it is, of what kind, and the case it came in."""

    dossier_id: str
    province: str
    owner_id: str
    product: Product
    commune: str
    product_set: str
    case_kind: CaseKind


class HandOver(Kept):
    """When and where the certificate was given to its owner."""

    handover_id: str
    on: date
    place: str


class Replacement(Kept):
    """The certificate that took this one's place, and the day of the decision that gave it."""

    number: str
    on: date


class Certificate(Kept):
    """One certificate. Each thing that happens to it has its own slot; whether it is valid follows from the dates."""

    number: str
    evaluation_id: str
    subject: Subject
    stars: int
    rule_set: str
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date
    """The last valid day."""
    replaces: str | None = None
    handed_over: HandOver | None = None
    replaced: Replacement | None = None
    warned_down_to: int | None = None
    """The last step of the ladder that was dealt with, in days before the end."""
    expiry_told: bool = False

    @property
    def running(self) -> bool:
        """Whether its end has still to be told."""
        return self.replaced is None and not self.expiry_told

    def on(self, today: date) -> Validity:
        """Whether it is valid ``today``, by its dates alone: no timer need have rung."""
        if self.replaced is not None and today >= self.replaced.on:
            return "replaced"
        return "expired" if today > self.valid_until else "valid"


def certificate_number(authority: str, year: int, decision: str, position: int) -> str:
    """The number of the certificate at ``position`` (from 1) among those of one decision.

    Decision 26/2026/QĐ-TTg prescribes no form; a decision's number is unique per issuer and year, so this one is
    unique in the country.
    """
    return f"{authority}-{year}-{decision}-{position:03d}"

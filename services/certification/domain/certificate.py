"""A certificate: its number, its term, what decisions did to it, and whether it is valid on a day."""

from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from .rule_set import CaseKind
from .searching import plain

OwnerKind = Literal["cooperative", "cooperative_group", "enterprise", "farm", "household", "association", "centre"]
"""Who may be an owner; the last two for tourism only (Decision 26/2026/QĐ-TTg, article 2.3)."""
Validity = Literal["valid", "extended", "expired", "replaced", "revoked", "annulled"]
RevocationGround = Literal[
    "untrue_or_forged", "criteria_not_met", "law_breach", "mark_misuse", "production_ended", "other_conclusion"
]
"""The six cases of Decision 26/2026/QĐ-TTg, article 8, in their order."""
AnnulmentGround = Literal["faulty_rating", "score_annulled", "complaint_upheld", "unlawful_decision"]
"""``faulty_rating`` is the Ministry's withdrawal of Decision 26/2026/QĐ-TTg, article 10.1b."""
CorrectionReason = Literal["name", "address", "misprint", "loss", "new_owner"]


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
    owner_kind: OwnerKind | None = None
    """None where the score was spoken before it said so."""
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


class ByDecision(Kept):
    """The decision that did it, and its day."""

    decision_id: str
    decision_number: str
    on: date


class Revoked(ByDecision):
    ground: RevocationGround


class Annulled(ByDecision):
    ground: AnnulmentGround


class Extended(ByDecision):
    """Effect beyond the last valid day, to ``until`` at the latest; an outcome before ends it on its own day."""

    until: date
    ended_on: date | None = None


class Corrected(ByDecision):
    """A new print of the same certificate; prints of a lower version are superseded."""

    reason: CorrectionReason
    print_version: int


class Reprint(Kept):
    """The same print once more."""

    on: date
    print_version: int
    reason: str


class Imported(Kept):
    """What an older certificate's paper says that ours does not."""

    printed_number: str
    product_code: str | None
    issuer: str


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
    """The last valid day of its own term."""
    replaces: str | None = None
    handed_over: HandOver | None = None
    replaced: Replacement | None = None
    revoked: Revoked | None = None
    annulled: Annulled | None = None
    extended: Extended | None = None
    removed: ByDecision | None = None
    """Struck from the list by name; only an expired one is, and that it expired stays what ended it."""
    imported: Imported | None = None
    corrections: tuple[Corrected, ...] = ()
    reprints: tuple[Reprint, ...] = ()
    warned_down_to: int | None = None
    """The last step of the ladder that was dealt with, in days before the end."""
    expiry_told: bool = False

    @computed_field  # type: ignore[prop-decorator]  # it is stored too, so that the register can be searched
    @property
    def plain(self) -> str:
        """The product's name without marks."""
        return plain(self.subject.product.name)

    @property
    def rank(self) -> tuple[date, int]:
        """Of two certificates of one product the later decision holds; of two of one day the higher star."""
        return self.decided_on, self.stars

    @property
    def running(self) -> bool:
        """Whether its end has still to be told."""
        ended = self.replaced is not None or self.revoked is not None or self.annulled is not None
        return not ended and not self.expiry_told

    @property
    def print_version(self) -> int:
        """The version of the print that is in force; the first is 1."""
        return self.corrections[-1].print_version if self.corrections else 1

    @property
    def last_day(self) -> date:
        """The last day of effect: of its own term, or of its extension."""
        if self.extended is None:
            return self.valid_until
        ended = self.extended.ended_on
        return self.extended.until if ended is None else max(self.valid_until, min(ended, self.extended.until))

    def on(self, today: date) -> Validity:
        """Whether it is valid ``today``, by its dates alone: no timer need have rung.

        An annulment is told from its day on whatever came before; of other ends the earliest counts.
        """
        if self.annulled is not None and today >= self.annulled.on:
            return "annulled"
        ends: list[tuple[date, Validity]] = [(self.last_day + timedelta(days=1), "expired")]
        if self.revoked is not None:
            ends.append((self.revoked.on, "revoked"))
        if self.replaced is not None:
            ends.append((self.replaced.on, "replaced"))
        first, how = min(ends, key=lambda end: end[0])
        if today >= first:
            return how
        return "extended" if today > self.valid_until else "valid"

    def in_effect(self, on: date) -> bool:
        """Whether it stands on that day, in its own term or its extension."""
        return self.on(on) in ("valid", "extended")

    def touched_by(self, act_id: str) -> bool:
        """Whether the act of this id has been carried out on it."""
        slots = (self.revoked, self.annulled, self.extended, self.removed, *self.corrections)
        return any(slot is not None and slot.decision_id == act_id for slot in slots) or (
            self.handed_over is not None and self.handed_over.handover_id == act_id
        )


def certificate_number(authority: str, year: int, decision: str, position: int) -> str:
    """The number of the certificate at ``position`` (from 1) among those of one decision.

    Decision 26/2026/QĐ-TTg prescribes no form; a decision's number is unique per issuer and year, so this one is
    unique in the country.
    """
    return f"{authority}-{year}-{decision}-{position:03d}"

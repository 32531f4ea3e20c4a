"""A rule set: when it is in force, the bands of the stars, who awards them and what goes to the centre."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, StringConstraints, model_validator

from shared.document import CENTRE
from shared.errors import Refusal

from .sheet import Slug

RuleSetNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}-[0-9]{4}$")]
CaseKind = Literal["first", "upgrade", "re_evaluation"]

PROVINCIAL_LEVEL = "provincial-level"
CENTRAL_LEVEL = "central-level"


class NoRuleSet(Refusal):
    """The programme had no rules yet on that day."""

    status = 422
    vi = "Không có bộ quy định nào có hiệu lực vào ngày {on}. Hãy kiểm tra lại ngày nhận hồ sơ."
    en = "No rule set was in force on {on}. Check the date on which the dossier was received."


class NoSheet(Refusal):
    """The rule set in force on that day is known, but not its sheet for the set."""

    status = 422
    vi = "Bộ quy định {rule_set} không có phiếu chấm cho bộ «{product_set}». Hãy chọn lại bộ sản phẩm."
    en = "Rule set {rule_set} has no sheet for the product set “{product_set}”. Choose another product set."


class Lenient(BaseModel):
    """What this service uses of a rule-set file that holds more than it uses."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class InForce(Lenient):
    """``since`` is the first day, ``until`` the first day no longer in force."""

    since: date = Field(alias="from")
    until: date | None

    def covers(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError("the last day does not lie after the first")
        return self


class Scale(Lenient):
    """The points of the three parts."""

    A: NonNegativeInt
    B: NonNegativeInt
    C: NonNegativeInt

    @model_validator(mode="after")
    def _hundred(self) -> Self:
        if self.A + self.B + self.C != 100:
            raise ValueError("the parts do not sum to 100")
        return self


class Band(Lenient):
    """Averages from ``floor`` (included) to ``below`` (excluded) make ``stars``."""

    stars: Annotated[int, Field(ge=1, le=5)]
    floor: NonNegativeInt = Field(alias="from")
    below: NonNegativeInt | None


class Award(Lenient):
    """Who awards ``stars``; nobody awards 1 and 2."""

    stars: Annotated[int, Field(ge=1, le=5)]
    authority: Slug | None


class Forwarding(Lenient):
    """From which average on a product goes from one level to the next."""

    level: Slug = Field(alias="from")
    to: Slug
    min_average: NonNegativeInt


class Decided(Lenient):
    """The legal document that made the rules."""

    number: str
    signed: date


class Within(Lenient):
    """The longest a whole procedure may take."""

    days: PositiveInt
    day_kind: Literal["calendar-days"]
    counted: Literal["from-full-dossier-received"]


class Procedure(Lenient):
    """The way of some kinds of cases; only its whole length is used here."""

    case_kinds: tuple[Slug, ...]
    within: Within | None = None


class Banding(Lenient):
    """How an average becomes a star; the only way this service knows is the law's."""

    basis: Literal["average-total"]
    round_before_banding: Literal[False]
    star_minimums_cumulative: Literal[True]
    points_without_option: Literal[0]


class FinishBy(Lenient):
    """The last day on which a kind of case can still be rated under the rules it was lodged under."""

    case_kind: Slug
    last_day: date = Field(alias="date")


class Transition(Lenient):
    """What becomes of dossiers that were lodged before the first day of new rules."""

    lodged_before: date = Field(alias="dossiers_lodged_before")
    old_rules_finish_by: tuple[FinishBy, ...]

    def finish_by(self, case_kind: CaseKind) -> date | None:
        """The last day of the old rules for this kind of case; ``None`` when the new rules set none."""
        named = f"case-{case_kind.replace('_', '-')}"
        return next((one.last_day for one in self.old_rules_finish_by if one.case_kind == named), None)


class Papers(Lenient):
    """What a dossier consists of; ``evidence`` are the kinds of papers beside the forms."""

    evidence: tuple[Slug, ...] = ()


class RuleSet(Lenient):
    """The rules of one decision, for example Decision 26/2026/QĐ-TTg."""

    number: RuleSetNumber
    decision: Decided
    in_force: InForce
    transition: Transition | None = None
    scale: Scale
    star_bands: tuple[Band, ...]
    banding: Banding
    awards: tuple[Award, ...]
    forwarding: tuple[Forwarding, ...]
    process: tuple[Procedure, ...] = ()
    dossier: Papers = Papers()

    def rate_by(self, case_kind: CaseKind, received_on: date) -> date | None:
        """The last day for rating a case whose full file was received on that day; ``None`` when the law sets none.

        Decision 26/2026/QĐ-TTg, article 7.6g: 45 days for a re-evaluation.
        """
        named = f"case-{case_kind.replace('_', '-')}"
        limits = [one.within for one in self.process if named in one.case_kinds and one.within is not None]
        return received_on + timedelta(days=min(limit.days for limit in limits)) if limits else None

    def potential_from(self) -> int:
        """The average from which a province sends a product on (Decision 26/2026/QĐ-TTg, article 7.3)."""
        return next(step.min_average for step in self.forwarding if step.level == PROVINCIAL_LEVEL)

    def highest_star(self, authority: str) -> int:
        """The most stars ``authority`` can give (Decision 26/2026/QĐ-TTg, articles 7.3 and 7.4).

        The province's chair awards 3 and 4 stars, the Ministry 5.
        """
        if authority == CENTRE:
            return max(award.stars for award in self.awards)
        return max(award.stars for award in self.awards if award.authority in (None, "province-chair"))

    @model_validator(mode="after")
    def _bands_join(self) -> Self:
        stars = [band.stars for band in self.star_bands]
        if stars != [1, 2, 3, 4, 5]:
            raise ValueError("star_bands: there must be one band for each of 1 to 5 stars, in this order")
        if self.star_bands[0].floor != 0 or self.star_bands[-1].below is not None:
            raise ValueError("star_bands: the first band must begin at 0 and the last must be open")
        for low, high in zip(self.star_bands, self.star_bands[1:], strict=False):
            if low.below != high.floor or high.floor <= low.floor:
                raise ValueError(f"star_bands: the bands of {low.stars} and {high.stars} stars do not join")
        if [award.stars for award in self.awards] != [1, 2, 3, 4, 5]:
            raise ValueError("awards: there must be one award for each of 1 to 5 stars, in this order")
        if not any(step.level == PROVINCIAL_LEVEL and step.to == CENTRAL_LEVEL for step in self.forwarding):
            raise ValueError("forwarding: it is not said from which average a product goes to the centre")
        return self


class RuleSetEntry(Lenient):
    """One line of the list of rule sets since 2019; only some have their sheets here."""

    number: RuleSetNumber
    decision: str
    signed: date
    in_force: InForce
    amends: RuleSetNumber | None
    scale: Scale
    sheets: bool

    @classmethod
    def of(cls, rules: RuleSet) -> Self:
        """The line of a decision that has its own folder and so needs none in the list."""
        return cls.model_validate(
            {
                "number": rules.number,
                "decision": rules.decision.number,
                "signed": rules.decision.signed,
                "in_force": rules.in_force,
                "amends": None,
                "scale": rules.scale,
                "sheets": True,
            }
        )


def in_force_on(entries: Sequence[RuleSetEntry], on: date) -> RuleSetEntry:
    """The rules in force on a day: where old and new overlap, the latest. Raises ``NoRuleSet`` before the first."""
    covering = [entry for entry in entries if entry.in_force.covers(on)]
    if not covering:
        raise NoRuleSet(on=on.isoformat())
    return max(covering, key=lambda entry: entry.in_force.since)


def governing(
    entries: Sequence[RuleSetEntry],
    transitions: Mapping[str, Transition],
    *,
    received_on: date,
    case_kind: CaseKind,
    opened_on: date,
) -> RuleSetEntry:
    """The rules for a case of this kind whose full file was received and whose evaluation opens on these days.

    They are those in force when the file was received. What was lodged before new rules finishes under the old
    ones, but only until the last day the new rules leave to its kind; whatever opens later goes by the new ones
    (Decision 26/2026/QĐ-TTg, articles 11 and 12: 60 days for a first evaluation or an upgrade, 30 for a
    re-evaluation). ``transitions`` holds what each decision, by its number, says of older dossiers. Raises
    ``NoRuleSet``.
    """
    lodged_under = in_force_on(entries, received_on)
    for entry in sorted(entries, key=lambda entry: entry.in_force.since, reverse=True):
        transition = transitions.get(entry.number)
        if transition is None or entry.in_force.since <= lodged_under.in_force.since:
            continue
        last_day = transition.finish_by(case_kind)
        if received_on < transition.lodged_before and last_day is not None and opened_on > last_day:
            return entry
    return lodged_under

"""A rule set as certification uses it: who awards which star, how long a certificate lasts, when to file again."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from shared.document import CENTRE
from shared.errors import Refusal

CaseKind = Literal["first", "upgrade", "re_evaluation"]
Stars = Annotated[int, Field(ge=1, le=5)]


class RuleSetUnknown(Refusal):
    """A score names rules this service has no data of."""

    vi = "Không có dữ liệu của bộ quy định «{rule_set}». Hãy bổ sung danh mục rồi xử lý lại."
    en = "There is no data of the rule set “{rule_set}”. Add it to the catalogue and replay."


class Lenient(BaseModel):
    """What this service uses of a file that may hold more than it uses."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class DecisionNumber(Lenient):
    """The legal document that made the rules."""

    number: str


class Award(Lenient):
    """Who awards ``stars``, and whether a certificate comes with them."""

    stars: Stars
    authority: Literal["province-chair", "ministry-agriculture-environment"] | None
    certificate: bool


class InForce(Lenient):
    """When the rules apply; ``until`` is the first day no longer in force."""

    since: date = Field(alias="from")
    until: date | None

    def covers(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


class Extension(Lenient):
    """How long a certificate may keep effect beyond its last day; a transitional clause is for its own time only."""

    max_days: PositiveInt
    transitional: bool


class Term(Lenient):
    """How long a certificate lasts, in calendar months, and whether it may be extended."""

    validity_months: PositiveInt
    extension: Extension | None = None


class Window(Lenient):
    """The days before expiry on which the window for a re-evaluation opens and closes."""

    opens: PositiveInt
    closes: PositiveInt


class ReEvaluation(Lenient):
    """When a product whose certificate comes to its end is filed again."""

    window_days_before_expiry: Window


class RuleSet(Lenient):
    """The rules of one decision, for example Decision 26/2026/QĐ-TTg."""

    number: str
    decision: DecisionNumber
    in_force: InForce
    awards: tuple[Award, ...]
    certificate: Term
    re_evaluation: ReEvaluation

    def awarded_by(self, authority: str) -> tuple[int, ...]:
        """The stars ``authority`` gives a certificate for, lowest first.

        3 and 4 stars are the province chair's, 5 the Ministry's; 1 and 2 stars get no decision and no certificate
        (Decision 26/2026/QĐ-TTg, articles 7.3 and 7.4).
        """
        office = "ministry-agriculture-environment" if authority == CENTRE else "province-chair"
        return tuple(award.stars for award in self.awards if award.authority == office and award.certificate)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if [award.stars for award in self.awards] != [1, 2, 3, 4, 5]:
            raise ValueError("awards: there must be one award for each of 1 to 5 stars, in this order")
        if not self.awarded_by("01") or not self.awarded_by(CENTRE):
            raise ValueError("awards: the province's chair and the Ministry must each award some star")
        window = self.re_evaluation.window_days_before_expiry
        if window.opens <= window.closes:
            raise ValueError("re_evaluation: the window must open before it closes")
        return self

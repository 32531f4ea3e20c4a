"""Conclusions of the council in its minutes that end an evaluation without a total and without a star."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from shared.errors import Refusal

from .marks import NO_OPTION_MET, points_at
from .sheet import Rule, RuleType, Sheet

Ground = Literal["withdrawn", "disqualified", "not_eligible", "requirement_not_met", "scoring_stopped"]

GROUNDS: dict[RuleType, Ground] = {
    "disqualify": "disqualified",
    "not-eligible": "not_eligible",
    "requirement": "requirement_not_met",
    "stop-scoring": "scoring_stopped",
}
"""The rules beside a criterion on which a council can conclude, and what the conclusion is called. The other rules
say how to answer, or inform."""


class NoSuchGround(Refusal):
    """The sheet of the product does not know this ground."""

    status = 422
    vi = "Phiếu của bộ «{product_set}» không có căn cứ «{rule}» ở {place}. Hãy chọn một căn cứ có trên phiếu."
    en = "The sheet of “{product_set}” has no ground “{rule}” at {place}. Choose a ground printed on the sheet."


def conclude(sheet: Sheet, rule: str, criterion: str | None) -> Ground:
    """What the council's conclusion on ``rule`` amounts to.

    Without ``criterion`` it concerns the whole dossier and must be one of the sheet's disqualifiers; else it must be
    a disqualifying, excluding, requiring or stopping rule that bears on that criterion (Decision 26/2026/QĐ-TTg,
    annex II). It is the council's conclusion, never one member's tick. Raises ``NoSuchGround``.
    """
    if criterion is None and rule in sheet.disqualifiers:
        return "disqualified"
    for one in sheet.criteria:
        for printed in one.rules:
            beside = criterion in (printed.zero_in or (one.code,))
            if beside and printed.key == rule and printed.type in GROUNDS:
                return GROUNDS[printed.type]
    raise NoSuchGround(product_set=sheet.set, rule=rule[:80], place=(criterion or "-")[:20])


class Owed(NamedTuple):
    """A criterion whose ground every sheet points to, and the rule printed there."""

    criterion: str
    rule: str


def conclusions_owed(sheet: Sheet, marks: Sequence[str]) -> tuple[Owed, ...]:
    """The grounds on which the council must conclude before it can give a result.

    The options of a criterion with a requirement or an excluding rule are the states in which the product can be
    rated at all: rice of which any share is grown in the commune, impurities that are acceptable. Where every sheet
    says that none of them is met, a total and a star would pass over the rule; what it amounts to is still for the
    council to conclude (Decision 26/2026/QĐ-TTg, annex II). Of bottled water 0 points in any sensory item are such a
    ground. A single member's sheet owes nothing.
    """
    if not marks:
        return ()
    return tuple(
        Owed(criterion=key, rule=rule.key)
        for scored in sheet.scored
        for rule in scored.criterion.rules
        if rule.type in GROUNDS
        for key in (rule.zero_in or (scored.key,))
        if all(_points_to(sheet, sheet.places[key], letters, rule) for letters in marks)
    )


def _points_to(sheet: Sheet, place: int, marks: str, rule: Rule) -> bool:
    """Whether one sheet says what ``rule`` is about."""
    letter = marks[place]
    return points_at(sheet, place, letter) == 0 if rule.zero_in else letter == NO_OPTION_MET

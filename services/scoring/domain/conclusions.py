"""Conclusions of the council in its minutes that end an evaluation without a total and without a star."""

from typing import Literal

from shared.errors import Refusal

from .sheet import RuleType, Sheet

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
    a disqualifying, excluding, requiring or stopping rule printed beside that criterion (Decision 26/2026/QĐ-TTg,
    annex II). It is the council's conclusion, never one member's tick. Raises ``NoSuchGround``.
    """
    if criterion is None and rule in sheet.disqualifiers:
        return "disqualified"
    for one in sheet.criteria:
        for printed in one.rules:
            if one.code == criterion and printed.key == rule and printed.type in GROUNDS:
                return GROUNDS[printed.type]
    raise NoSuchGround(product_set=sheet.set, rule=rule[:80], place=(criterion or "-")[:20])

"""A finished evaluation computed again from what was frozen with it, and everything that does not agree."""

from functools import cached_property

from .conclusions import NoSuchGround, conclude
from .evaluation import Evaluation, Stopped
from .explanation import differences
from .rule_set import RuleSet
from .sheet import Sheet, content_hash
from .stars import Frozen


class Recomputation(Frozen):
    """What came out for one evaluation; ``differences`` is empty when all agrees. It tells no marks and no result."""

    evaluation: str
    state: str
    sheets: int
    differences: tuple[str, ...]


class Law(Frozen):
    """The frozen texts of the sheet and the rules, as they are on file."""

    sheet_text: str
    rule_set_text: str

    @cached_property
    def sheet(self) -> Sheet:
        return Sheet.model_validate_json(self.sheet_text)

    @cached_property
    def rule_set(self) -> RuleSet:
        return RuleSet.model_validate_json(self.rule_set_text)

    @cached_property
    def hashes(self) -> tuple[str, str]:
        """The hashes that the texts of sheet and rules have."""
        return content_hash(self.sheet_text), content_hash(self.rule_set_text)


def recomputed(evaluation: Evaluation, law: Law) -> Recomputation:
    """``evaluation`` computed again by ``law``, from the letters of the members' sheets to the stars.

    The texts must still have the hashes that were frozen when the evaluation opened; a conclusion that ended it must
    be printed on the sheet.
    """
    frozen = (evaluation.basis.sheet_hash, evaluation.basis.rule_set_hash)
    found = [
        f"{name}: the text on file has the hash {has}, frozen was {had}"
        for name, has, had in zip(("sheet", "rule set"), law.hashes, frozen, strict=True)
        if has != had
    ]
    if not found and evaluation.result is not None:
        found += differences(evaluation, law.sheet, law.rule_set, evaluation.result)
    if not found and evaluation.stopped is not None:
        found += _unfounded(law.sheet, evaluation.stopped)
    return Recomputation(
        evaluation=evaluation.id, state=evaluation.state, sheets=len(evaluation.sheets), differences=tuple(found)
    )


def _unfounded(sheet: Sheet, stopped: Stopped) -> list[str]:
    """What is wrong with the council's conclusion; a withdrawal rests on no ground of the sheet."""
    if stopped.rule is None:
        return []
    try:
        ground = conclude(sheet, stopped.rule, stopped.criterion)
    except NoSuchGround as unknown:
        return [f"conclusion: {unknown.sentence('en')}"]
    return [] if ground == stopped.ground else [f"conclusion: {stopped.ground} stored, {ground} by the sheet"]

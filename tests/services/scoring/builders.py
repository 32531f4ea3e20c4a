"""Builders for the tests of scoring: whole sheets of ticks, made from the real catalogue."""

from functools import cache

from hypothesis import strategies as st

from services.scoring import catalogue
from services.scoring.catalogue import Catalogue
from services.scoring.domain.rule_set import RuleSet
from services.scoring.domain.sheet import STORY, Scored, Sheet


@cache
def loaded() -> Catalogue:
    return catalogue.load()


def rules() -> RuleSet:
    return loaded().books["26-2026"].rules.model


def sheet(product_set: str) -> Sheet:
    return loaded().books["26-2026"].sheets[product_set].model


def all_sheets() -> list[Sheet]:
    return [kept.model for kept in loaded().books["26-2026"].sheets.values()]


def best(sheet: Sheet, **worse: str | None) -> dict[str, str | None]:
    """The best option of every criterion and of the first of several cases; ``worse`` replaces by key."""
    ticks: dict[str, str | None] = {}
    seen: set[str] = set()
    for scored in sheet.scored:
        if scored.criterion.code not in seen:
            seen.add(scored.criterion.code)
            ticks[scored.key] = scored.criterion.options[-1].key
    return ticks | worse


def none_met(sheet: Sheet) -> dict[str, str | None]:
    """No option met in any criterion that applies: 0 points."""
    return {key: None for key in best(sheet) if not sheet.scored[sheet.places[key]].story_only}


def with_total(sheet: Sheet, points: int, **fixed: str | None) -> dict[str, str | None]:
    """Ticks of exactly ``points``: ``fixed`` kept, points taken away from criteria without minimums first."""
    ticks = best(sheet) | fixed
    surplus = sum(_points(sheet, key, option) for key, option in ticks.items()) - points
    free = [
        scored
        for scored in sheet.scored
        if scored.key in ticks and scored.key not in fixed and scored.criterion.name_key != STORY
    ]
    for scored in sorted(free, key=lambda one: one.criterion.gated):
        had = _points(sheet, scored.key, ticks[scored.key])
        options = [(0, None), *((option.points, option.key) for option in scored.criterion.options)]
        left, option = min((p, o or "") for p, o in options if had - p <= surplus)
        ticks[scored.key] = option or None
        surplus -= had - left
    assert surplus == 0, f"no ticks of {points} points were found, {surplus} too many"
    return ticks


def _points(sheet: Sheet, key: str, option: str | None) -> int:
    scored: Scored = sheet.scored[sheet.places[key]]
    return 0 if option is None else scored.points[scored.letters[option]]


@st.composite
def ticked(draw: st.DrawFn) -> tuple[Sheet, dict[str, str | None]]:
    """A sheet of any set with any ticks that are in order."""
    sheet = draw(st.sampled_from(all_sheets()))
    return sheet, draw(ticks_on(sheet))


@st.composite
def ticks_on(draw: st.DrawFn, sheet: Sheet) -> dict[str, str | None]:
    """Any ticks on ``sheet`` that are in order."""
    ticks: dict[str, str | None] = {}
    skipped = {place for places in sheet.alternatives for place in set(places) - {draw(st.sampled_from(places))}}
    for place, scored in enumerate(sheet.scored):
        if place in skipped or (scored.story_only and not _story(sheet, ticks)):
            continue
        ticks[scored.key] = draw(st.sampled_from([None, *scored.letters]))
    return ticks


def _story(sheet: Sheet, ticks: dict[str, str | None]) -> bool:
    return any(
        _points(sheet, key, option) > 0
        for key, option in ticks.items()
        if sheet.scored[sheet.places[key]].criterion.name_key == STORY
    )

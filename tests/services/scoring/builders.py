"""Builders for the tests of scoring: whole sheets of ticks from the real catalogue, councils, evaluations."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from services.scoring import catalogue
from services.scoring.catalogue import Catalogue
from services.scoring.councils import load_regulations
from services.scoring.domain.blind_phase import close
from services.scoring.domain.conclusions import GROUNDS
from services.scoring.domain.council import Membership
from services.scoring.domain.evaluation import Agreement, Basis, Case, Evaluation, Product, evaluation_id
from services.scoring.domain.finalising import finalise
from services.scoring.domain.marks import Ticks
from services.scoring.domain.regulation import Regulation
from services.scoring.domain.rule_set import RuleSet
from services.scoring.domain.session import Session, convene, scheduled
from services.scoring.domain.sheet import STORY, Scored, Sheet
from services.scoring.domain.signing import attend, hand_in

NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)
SESSION_DAY = date(2026, 10, 1)
BASIS = Basis(rule_set="26-2026", rule_set_hash="r" * 64, sheet_hash="s" * 64)


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
    """Ticks of exactly ``points``: ``fixed`` kept, points taken away from criteria without minimums first.

    Where no option met would be a ground for the council to conclude on, an option stays ticked.
    """
    ticks = best(sheet) | fixed
    surplus = sum(_points(sheet, key, option) for key, option in ticks.items()) - points
    free = [
        scored
        for scored in sheet.scored
        if scored.key in ticks and scored.key not in fixed and scored.criterion.name_key != STORY
    ]
    for scored in sorted(free, key=lambda one: one.criterion.gated):
        had = _points(sheet, scored.key, ticks[scored.key])
        options = [(option.points, option.key) for option in scored.criterion.options]
        if not any(rule.type in GROUNDS for rule in scored.criterion.rules):
            options.append((0, ""))
        left, option = min(((p, o) for p, o in options if had - p <= surplus), default=(had, ticks[scored.key] or ""))
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


def regulation(**changed: Any) -> Regulation:
    """The general regulation of the councils, with ``changed``; members may differ as they like unless it says so."""
    general = load_regulations().on("37", SESSION_DAY)
    return Regulation.model_validate(general.model_dump() | {"divergence_limit": None} | changed)


def membership(scorers: int = 3, *, decision: str = "12/QĐ-UBND", **more: dict[str, Any]) -> Membership:
    """A council of a chair (member-1), so many members in all who score, and a secretary; ``more`` by person."""
    people: dict[str, dict[str, Any]] = {
        f"member-{n}": {"seat": "chair" if n == 1 else "member"} for n in range(1, scorers + 1)
    }
    people["secretary"] = {"seat": "secretary"}
    for person, changed in more.items():
        key = person.replace("_", "-")
        people[key] = people.get(key, {"seat": "member"}) | changed
    members = [{"person": person, **held} for person, held in people.items()]
    return Membership.model_validate({"decision": decision, "since": date(2026, 1, 1), "members": members})


def session(sitting: Membership | None = None) -> Session:
    """A session of the council of province 37."""
    return scheduled("e" * 32, "37", 2, SESSION_DAY, sitting or membership())


def case(version: int = 1) -> Case:
    return Case(
        product=Product(id="product-1", name="Gạo nếp hương"),
        product_set="rice-grains",
        case_kind="first",
        manifest_version=version,
        manifest_hash=str(version) * 64,
        received_on=date(2026, 9, 1),
    )


def opened(authority: str = "37") -> Evaluation:
    """An evaluation that no session has been called for yet."""
    return Evaluation(
        id=evaluation_id("dossier-1", authority, 1),
        authority=authority,
        dossier_id="dossier-1",
        attempt=1,
        submitted_by="37",
        owner_id="owner-1",
        commune="14371",
        case=case(),
        basis=BASIS,
    )


def convened(
    council: Membership, rules: Regulation | None = None, on: Sheet | None = None, authority: str = "37"
) -> Evaluation:
    """An evaluation before ``council``, of which nobody is noted as present yet."""
    sheet_of_case = on or sheet("rice-grains")
    return convene(opened(authority), session(council), council, rules or regulation(), sheet_of_case, NOW)


def seated(scorers: int = 3, on: Sheet | None = None, authority: str = "37", **regulated: Any) -> Evaluation:
    """An evaluation before a council of so many who score, all of them there."""
    council = membership(scorers)
    present = tuple(one.person for one in council.members)
    return attend(convened(council, regulation(**regulated), on, authority), present)


def scored(*sheets: Ticks, on: Sheet | None = None, authority: str = "37", **regulated: Any) -> Evaluation:
    """An evaluation with the signed sheets of member-1, member-2, … who are the whole council."""
    evaluation = seated(len(sheets), on, authority, **regulated)
    for n, ticks in enumerate(sheets, 1):
        evaluation = hand_in(
            evaluation, on or sheet("rice-grains"), BASIS.sheet_hash, member=f"member-{n}", ticks=ticks, at=NOW
        )
    return evaluation


def finalised(evaluation: Evaluation, on: Sheet | None = None, **agreed: str | None) -> Evaluation:
    """The result of ``evaluation`` after its blind phase and its session have closed."""
    closed = evaluation.but(agreement=Agreement(options=agreed, by="secretary", at=NOW))
    if closed.phase == "blind":
        closed = close(closed, by="secretary", at=NOW, today=SESSION_DAY)
    return finalise(closed, on or sheet("rice-grains"), rules(), BASIS, session_closed=True, by="secretary", at=NOW)

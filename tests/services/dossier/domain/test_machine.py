"""The table of moves: nothing leads outside of it, whoever does what in whatever order; and its drawing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dossier.diagram import HERE, diagram
from services.dossier.domain.commune import CONTENTS, assess, receive
from services.dossier.domain.dossier import Dossier, Withdrawn, changed, evaluation_heard, result_heard
from services.dossier.domain.duties import owed
from services.dossier.domain.ending import end, withdraw
from services.dossier.domain.following import Annulled, Evaluation, Opened, Result, Score, Stopped
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.lodging import lodge
from services.dossier.domain.machine import (
    CLOSED,
    COUNCIL,
    MOVES,
    DossierClosed,
    MoveNotAllowed,
    Name,
    Standing,
    State,
    allowed,
    declared,
    permit,
)
from services.dossier.domain.product import CaseKind
from services.dossier.domain.proposal import proposal_heard
from services.dossier.domain.steps import (
    Assessed,
    Assessment,
    Ended,
    Extension,
    Improvement,
    Item,
    Letter,
    Lineage,
    Package,
    Proposal,
    ProposedItem,
    Receipt,
)
from services.dossier.domain.submission import forward, register, submit
from services.dossier.domain.supplement import answer, ask, extend, lapse
from shared.errors import Refusal
from tests.services.dossier.builders import REGULATION, TODAY, draft

STATES: tuple[State, ...] = get_args(State)
KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
ROLES = ("owner", "commune_officer", "agency", "council_secretary", "chair", "observer")
LETTER = Letter(number="1", on=TODAY)


class Act(NamedTuple):
    """Something done, or heard, on a day."""

    name: Name
    role: str
    days: int
    word: int
    council: str


def _form(dossier: Dossier, act: Act, on: date) -> Dossier:
    return changed(dossier, SelfAssessment(description=f"Lần {act.word}"), None, act.role)


def _assess(dossier: Dossier, act: Act, on: date) -> Dossier:
    contents = tuple(Assessed(content=each, criteria=(), met=True, remark="Đạt") for each in CONTENTS)
    letter = Letter(number="1", on=on)
    return assess(
        dossier, Assessment(contents=contents, letter=letter, on=on, by="a", product_code="c", samples=5), act.role
    )


def _receipt(on: date) -> Receipt:
    return Receipt(number="1", on=on, by="a", samples=5)


def _ask(dossier: Dossier, act: Act, on: date) -> Dossier:
    items = (Item(paper="form", name="a"), Item(paper="awards", name="b"))
    return ask(dossier, items, on + timedelta(days=act.word), by=act.role, on=on)


def _answer(dossier: Dossier, act: Act, on: date) -> Dossier:
    names = ("a", "b") if act.word % 2 else ("ab"[act.word // 2 % 2],)
    return answer(dossier, len(dossier.supplements), dict.fromkeys(names, "Đây"), by=act.role, on=on)


def _extend(dossier: Dossier, act: Act, on: date) -> Dossier:
    until = on + timedelta(days=30 + act.word)
    return extend(dossier, len(dossier.supplements), Extension(until=until, reason="Chờ", on=on), act.role)


def _forward(dossier: Dossier, act: Act, on: date) -> Dossier:
    package = Package(
        letter=LETTER,
        approval_decision=LETTER,
        advisory_report=LETTER,
        council_report=LETTER,
        agency_report=LETTER,
        extra_tests=(),
        samples=5,
        on=on,
    )
    return forward(dossier, package, by=act.role, on=on)


def _end(state: Any) -> "Callable[[Dossier, Act, date], Dossier]":
    return lambda dossier, act, on: end(dossier, Ended(state=state, ground="other", reason="Vì", on=on), act.role)


def _heard(**slots: Any) -> "Callable[[Dossier, Act, date], Dossier]":
    return lambda dossier, act, on: evaluation_heard(
        dossier, Evaluation(id=f"ev-{act.council}", council=act.council, attempt=1, **slots)
    )


def _result(dossier: Dossier, act: Act, on: date) -> Dossier:
    outcome: Any = "recognised" if act.word % 2 else "not_recognised"
    said = Result(
        authority=act.council, outcome=outcome, stars=3, failed_minimums=(), decision_number="1", decided_on=on
    )
    return result_heard(dossier, said)


DOES: dict[Name, Callable[[Dossier, Act, date], Dossier]] = {
    "change": _form,
    "lodge": lambda dossier, act, on: lodge(
        dossier, (Improvement(what="Bao bì mới", evidence="product_story"),), REGULATION, by=act.role, on=on
    ),
    "receive": lambda dossier, act, on: receive(dossier, _receipt(on), act.role),
    "ask": _ask,
    "answer": _answer,
    "extend": _extend,
    "lapse": lambda dossier, act, on: lapse(dossier, on),
    "assess": _assess,
    "register": lambda dossier, act, on: register(dossier, _receipt(on), act.role),
    "submit": lambda dossier, act, on: submit(dossier, "37", REGULATION, by=act.role, on=on),
    "forward": _forward,
    "withdraw": lambda dossier, act, on: withdraw(dossier, Withdrawn(ground="owner_request", on=on), act.role),
    "stop": _end("stopped"),
    "disqualify": _end("disqualified"),
    "hear_opened": _heard(
        opened=Opened(manifest_version=1, manifest_hash="m", sheet_hash="s", rule_set="26-2026", on=TODAY)
    ),
    "hear_scored": _heard(
        score=Score(
            stars=4,
            potential_five_star=True,
            total_sum="270",
            sheet_count=3,
            average="90.00",
            failed_minimums=(),
            on=TODAY,
        )
    ),
    "hear_proposed": lambda dossier, act, on: proposal_heard(
        dossier,
        Proposal(
            evaluation=f"ev-{act.council}",
            council=act.council,
            number=act.word,
            items=(ProposedItem(paper="form", criterion=None),),
            until=on + timedelta(days=act.word),
        ),
        on,
    ),
    "hear_stopped": _heard(stopped=Stopped(reason="disqualified", on=TODAY)),
    "hear_annulled": _heard(annulled=Annulled(ground="wrong_entry", document="1/BB", dated=TODAY)),
    "hear_result": _result,
}

ONWARD: tuple[tuple[Name, str], ...] = (
    ("lodge", "owner"),
    ("receive", "commune_officer"),
    ("ask", "commune_officer"),
    ("answer", "owner"),
    ("assess", "commune_officer"),
    ("register", "agency"),
    ("submit", "agency"),
    ("ask", "agency"),
    ("ask", "council_secretary"),
    ("hear_opened", ""),
    ("hear_scored", ""),
    ("forward", "agency"),
)
"""What leads on. A sequence that is mere chance rarely leaves the draft, so half of what is tried is one of these."""

WHO = st.one_of(st.sampled_from(ONWARD), st.tuples(st.sampled_from(tuple(DOES)), st.sampled_from(ROLES)))
ACTS = st.builds(
    lambda who, days, word, council: Act(*who, days, word, council),
    WHO,
    st.integers(0, 9),
    st.integers(1, 12),
    st.sampled_from(("37", "37", "00")),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # A busy machine takes its time.
@given(st.sampled_from(KINDS), st.sampled_from((3, 5)), st.lists(ACTS, max_size=40))
def test_no_sequence_of_commands_and_facts_reaches_a_state_or_takes_a_way_the_table_does_not_know(
    kind: CaseKind, stars: int, acts: list[Act]
) -> None:
    dossier, on = draft().but(case_kind=kind), TODAY
    if kind != "first":
        lineage = Lineage(certificate="37-1", stars=stars, valid_until=TODAY + timedelta(days=130))
        dossier = dossier.but(lineage=lineage)

    for act in acts:
        on += timedelta(days=act.days)
        before = dossier
        if act.name.startswith("hear_") and act.council not in {each.to for each in before.submissions}:
            # A council speaks of what was submitted to it, though its facts may then come in any order.
            continue
        try:
            dossier = DOES[act.name](before, act, on)
        except Refusal as refused:
            assert not act.name.startswith("hear_") and refused.sentence("vi") and refused.sentence("en")
            if isinstance(refused, MoveNotAllowed):
                assert act.name not in allowed(before.standing(act.role), act.role)
        else:
            assert dossier.state == before.state or declared(act.name, before.state, dossier.state)
            assert act.name.startswith("hear_") or act.name == "lapse" or not before.closed
        assert dossier.state in STATES and dossier.told in STATES
        assert dossier.told == dossier.state or dossier.state in COUNCIL
        assert (dossier.told in CLOSED) == (dossier.state in CLOSED)
        assert [each.version for each in dossier.manifests] == list(range(1, len(dossier.manifests) + 1))
        assert sum(each.to == "00" for each in dossier.submissions) <= 1
        owed(dossier, REGULATION)


def test_every_state_can_be_reached_and_every_open_one_be_left() -> None:
    reached: set[State] = {"draft"} | {end for move in MOVES for end in move.end}
    left = {start for move in MOVES for start in move.start if any(end != start for end in move.end)}

    assert reached == set(STATES)
    assert set(STATES) - CLOSED <= left


def test_every_move_of_the_table_is_tried() -> None:
    assert {move.name for move in MOVES} == set(DOES)


@pytest.mark.parametrize("role", ["owner", "commune_officer", "council_member", "observer"])
def test_what_may_be_done_tells_nobody_what_a_council_has_found(role: str) -> None:
    dossier = draft().but(submissions=())
    told = {dossier.model_copy(update={"state": state, "told": "scoring"}).standing(role) for state in COUNCIL}

    assert len(told) == 1


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_an_illegal_move_is_refused_with_those_that_are_allowed(role: str, state: State) -> None:
    standing = Standing(state, "first", None)
    possible = allowed(standing, role)

    for name in DOES:
        if name in possible:
            assert permit(standing, name, role).name == name
        else:
            with pytest.raises(Refusal) as refused:
                permit(standing, name, role)
            if state in CLOSED:
                assert isinstance(refused.value, DossierClosed)
            else:
                assert (", ".join(possible) or "—") in refused.value.sentence("en")


def test_the_drawing_on_file_is_that_of_the_table() -> None:
    assert HERE.read_text(encoding="utf-8") == diagram(), "run python -m services.dossier.diagram"

"""Opinions in writing: for re-evaluations, until their last day, and a meeting when they diverge."""

from datetime import date, timedelta

import pytest

from services.scoring.domain.blind_phase import BlindPhaseIncomplete, close
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.session import OnlyInSession, RepliesTooEarly, convene, leave, scheduled
from services.scoring.domain.signing import MeetingNeeded, hand_in
from services.scoring.domain.sitting import NotSeated
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    case,
    membership,
    none_met,
    opened,
    regulation,
    rules,
    session,
    sheet,
)

RICE = sheet("rice-grains")
LAST = SESSION_DAY + timedelta(days=10)
AFTER = LAST + timedelta(days=1)
AGAIN = case().model_copy(update={"case_kind": "re_evaluation"})


def asked(scorers: int = 4, limit: int | None = None) -> Evaluation:
    """A re-evaluation on which a council of so many is asked in writing."""
    council = membership(scorers)
    in_writing = scheduled("e" * 32, "37", 2, SESSION_DAY, council, LAST)
    return convene(opened().but(case=AGAIN), in_writing, council, regulation(divergence_limit=limit), RICE, NOW)


def replied(evaluation: Evaluation, *members: int, best_of: int = 99) -> Evaluation:
    for n in members:
        ticks = best(RICE) if n <= best_of else none_met(RICE)
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=f"member-{n}", ticks=ticks, at=NOW)
    return evaluation


def test_everybody_who_scores_is_asked_and_nobody_else() -> None:
    assert len(replied(asked(), 1, 2, 3, 4).sheets) == 4
    with pytest.raises(NotSeated):
        hand_in(asked(), RICE, BASIS.sheet_hash, member="secretary", ticks=best(RICE), at=NOW)


def test_a_first_evaluation_takes_a_meeting() -> None:
    council = membership()
    in_writing = scheduled("e" * 32, "37", 2, SESSION_DAY, council, LAST)

    with pytest.raises(OnlyInSession):
        convene(opened(), in_writing, council, regulation(), RICE, NOW)


def test_the_last_day_is_not_before_the_first() -> None:
    with pytest.raises(RepliesTooEarly):
        scheduled("e" * 32, "37", 2, SESSION_DAY, membership(), SESSION_DAY - timedelta(days=1))


def test_when_all_have_replied_it_closes_before_the_last_day() -> None:
    assert close(replied(asked(), 1, 2, 3, 4), by="secretary", at=NOW, today=SESSION_DAY).phase == "deliberation"


def test_until_the_last_day_is_over_missing_replies_are_waited_for() -> None:
    with pytest.raises(BlindPhaseIncomplete) as refused:
        close(replied(asked(), 1, 2, 3), by="secretary", at=NOW, today=LAST)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["/sheets/member-4"]


def test_after_it_whoever_has_not_replied_is_left_out_the_chair_included() -> None:
    evaluation = close(replied(asked(), 2, 3, 4), by="secretary", at=NOW, today=AFTER)

    assert evaluation.phase == "deliberation"
    assert evaluation.sitting is not None
    assert evaluation.sitting.present == ("member-2", "member-3", "member-4")


def test_too_few_replies_are_no_opinion_of_the_council() -> None:
    with pytest.raises(BlindPhaseIncomplete) as refused:
        close(replied(asked(), 1, 2), by="secretary", at=NOW, today=AFTER)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["/replies"]


def test_diverging_opinions_take_a_meeting() -> None:
    diverged = close(replied(asked(limit=10), 1, 2, 3, 4, best_of=3), by="secretary", at=NOW, today=LAST)

    with pytest.raises(MeetingNeeded):
        replied(diverged, 1)
    waiting = leave(diverged, "e" * 32, reason="Ý kiến chênh lệch", by="secretary", at=NOW)
    met = convene(waiting, session().but(id="f" * 32), membership(), regulation(), RICE, NOW)

    assert met.phase == "blind"
    assert [old.why for old in met.record] == ["rescoring"] * 4


@pytest.mark.parametrize(
    ("case_kind", "last"), [("re_evaluation", date(2024, 4, 14)), ("first", None), ("upgrade", None)]
)
def test_a_re_evaluation_is_rated_within_45_days_from_the_full_file(case_kind: str, last: date | None) -> None:
    kind = AGAIN.model_validate(AGAIN.model_dump() | {"case_kind": case_kind}).case_kind

    assert rules().rate_by(kind, date(2024, 2, 29)) == last

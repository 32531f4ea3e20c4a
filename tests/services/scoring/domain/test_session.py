"""A session: its agenda, who runs it, and when it may close."""

import pytest

from services.scoring.domain.blind_phase import close
from services.scoring.domain.evaluation import EvaluationClosed, Stopped, stop
from services.scoring.domain.session import (
    Minutes,
    NotOnAgenda,
    OnAnotherAgenda,
    PutOff,
    Session,
    SessionClosed,
    SessionNotReady,
    TooManyOnAgenda,
    check_running,
    close_session,
    convene,
    leave,
    with_items,
    without_item,
)
from services.scoring.domain.sitting import NotSeated
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    convened,
    membership,
    opened,
    regulation,
    scored,
    session,
    sheet,
)

RICE = sheet("rice-grains")
MINUTES = Minutes(number="12/BB-HĐ", by="secretary#1", at=NOW)
ID = opened().id
SHEETS = {BASIS.sheet_hash: RICE}


def with_it() -> Session:
    return with_items(session(), (ID,))


def put_off() -> PutOff:
    return PutOff(evaluation_id=ID, reason="Thiếu mẫu", by="secretary#1", at=NOW)


def test_what_is_put_on_the_agenda_twice_stands_on_it_once() -> None:
    agenda = with_items(with_items(session(), ("a", "b")), ("b", "c", "c")).agenda

    assert agenda == ("a", "b", "c")
    assert with_items(with_it(), (ID,)) == with_it()


def test_an_agenda_has_an_end() -> None:
    with pytest.raises(TooManyOnAgenda):
        with_items(session(), tuple(map(str, range(501))))


def test_it_is_run_by_chair_deputy_and_secretary() -> None:
    held = session(membership(3, member_2={"seat": "deputy"}))

    assert held.running == ("member-1", "member-2", "secretary")
    with pytest.raises(NotSeated):
        check_running(held, "member-3")


class TestConvening:
    def test_it_freezes_council_and_regulation(self) -> None:
        sitting = convened(membership(3), regulation(divergence_limit=5)).sitting

        assert sitting is not None
        assert (sitting.regulation.divergence_limit, len(sitting.seated)) == (5, 4)

    def test_again_changes_nothing(self) -> None:
        evaluation = scored(best(RICE))

        assert convene(evaluation, session(), membership(9), regulation(), RICE, NOW) is evaluation

    def test_a_product_is_before_one_session_at_a_time(self) -> None:
        other = session().but(id="f" * 32)

        with pytest.raises(OnAnotherAgenda):
            convene(convened(membership()), other, membership(), regulation(), RICE, NOW)

    def test_what_has_ended_is_called_to_no_session(self) -> None:
        with pytest.raises(EvaluationClosed):
            convene(
                stop(opened(), Stopped(ground="withdrawn", at=NOW)), session(), membership(), regulation(), RICE, NOW
            )


class TestPuttingOff:
    def test_what_was_signed_stays_on_record_and_another_session_scores_it(self) -> None:
        evaluation = leave(scored(best(RICE)), session().id, reason="Thiếu mẫu", by="secretary", at=NOW)

        assert (evaluation.phase, evaluation.sheets) == ("waiting", ())
        assert [(old.why, old.reason) for old in evaluation.record] == [("put_off", "Thiếu mẫu")]
        assert leave(evaluation, session().id, reason="", by="secretary", at=NOW) is evaluation

    def test_it_leaves_the_agenda_once(self) -> None:
        held = without_item(with_it(), put_off())

        assert held.agenda == ()
        assert without_item(held, put_off()) is held
        with pytest.raises(NotOnAgenda):
            without_item(session(), put_off())


class TestClosing:
    def test_it_closes_when_every_product_is_done_with(self) -> None:
        done = close(scored(best(RICE)), by="chair", at=NOW, today=SESSION_DAY)

        closed = close_session(with_it(), {ID: done}, SHEETS, MINUTES)

        assert (closed.state, closed.scored(ID)) == ("closed", True)
        with pytest.raises(SessionClosed):
            close_session(closed, {ID: done}, SHEETS, MINUTES)
        with pytest.raises(SessionClosed):
            with_items(closed, ("b",))
        with pytest.raises(SessionClosed):
            without_item(closed, put_off())

    def test_a_stopped_product_is_done_with(self) -> None:
        stopped = stop(scored(best(RICE)), Stopped(ground="disqualified", at=NOW))

        assert close_session(with_it(), {ID: stopped}, SHEETS, MINUTES).state == "closed"

    def test_each_product_that_is_not_done_is_named_with_what_it_lacks(self) -> None:
        with pytest.raises(SessionNotReady) as refused:
            close_session(with_it(), {ID: scored(best(RICE))}, SHEETS, MINUTES)

        (flaw,) = refused.value.flaws
        assert flaw.pointer == "/agenda/0"
        assert flaw.en.startswith("Gạo nếp hương: The blind phase")

    def test_it_waits_for_a_product_that_was_only_just_put_on(self) -> None:
        for seen in ({}, {ID: opened()}):
            with pytest.raises(SessionNotReady):
                close_session(with_it(), seen, SHEETS, MINUTES)

    def test_it_waits_while_what_was_agreed_is_owed(self) -> None:
        differing = scored(best(RICE), best(RICE, **{"3.5": "trademark-application-accepted"}))

        with pytest.raises(SessionNotReady) as refused:
            close_session(with_it(), {ID: close(differing, by="chair", at=NOW, today=SESSION_DAY)}, SHEETS, MINUTES)

        assert "3.5" in refused.value.flaws[0].en

"""A member's sheet: who may sign it when, what is signed, and what becomes of one that is reopened."""

from datetime import timedelta

import pytest

from services.scoring.domain.blind_phase import close
from services.scoring.domain.evaluation import AnotherSheet, Evaluation, EvaluationClosed, NotConvened, Stopped, stop
from services.scoring.domain.marks import SheetNotInOrder
from services.scoring.domain.signing import (
    BlindPhaseOver,
    SheetHandedIn,
    SheetNotSigned,
    attend,
    declare,
    hand_in,
    reopen,
    signature,
)
from services.scoring.domain.sitting import AttendanceNotInOrder, Conflict, InConflict, NotPresent, NotSeated
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    convened,
    finalised,
    membership,
    none_met,
    opened,
    regulation,
    scored,
    seated,
    sheet,
)

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"


def signed(evaluation: Evaluation, member: str = "member-1") -> Evaluation:
    return hand_in(evaluation, RICE, BASIS.sheet_hash, member=member, ticks=best(RICE), at=NOW)


def conflict(person: str) -> Conflict:
    return Conflict(person=person, kind="own", declared_by=f"{person}#1", at=NOW)


class TestSigning:
    def test_a_sheet_is_kept_as_letters_with_its_total_and_hash(self) -> None:
        (one,) = scored(best(RICE, **{"3.5": APPLIED})).sheets

        assert (one.member, len(one.marks), one.total) == ("member-1", 32, 98)
        assert one.hash == signature(opened(), 1, one)

    @pytest.mark.parametrize("what", ["member", "marks", "round", "time", "opinion"])
    def test_what_is_signed_cannot_be_altered_without_showing(self, what: str) -> None:
        (one,) = scored(best(RICE)).sheets
        altered = {
            "member": signature(opened(), 1, one.model_copy(update={"member": "member-2"})),
            "marks": signature(opened(), 1, one.model_copy(update={"marks": f"-{one.marks[1:]}"})),
            "round": signature(opened(), 2, one),
            "time": signature(opened(), 1, one.model_copy(update={"at": NOW + timedelta(milliseconds=1)})),
            "opinion": signature(opened(), 1, one.model_copy(update={"opinion": "Đạt."})),
        }

        assert altered[what] != one.hash

    def test_a_signed_sheet_is_immutable(self) -> None:
        with pytest.raises(SheetHandedIn):
            signed(signed(seated()))

    def test_ticks_on_another_sheet_are_refused(self) -> None:
        with pytest.raises(AnotherSheet):
            hand_in(seated(), RICE, "t" * 64, member="member-1", ticks=best(RICE), at=NOW)

    def test_a_sheet_that_is_not_in_order_is_refused(self) -> None:
        with pytest.raises(SheetNotInOrder):
            hand_in(seated(), RICE, BASIS.sheet_hash, member="member-1", ticks={}, at=NOW)

    def test_nobody_scores_a_product_that_is_on_no_agenda(self) -> None:
        with pytest.raises(NotConvened):
            signed(opened())

    @pytest.mark.parametrize("person", ["stranger", "secretary"])
    def test_only_who_holds_a_scoring_seat_scores(self, person: str) -> None:
        with pytest.raises(NotSeated):
            signed(seated(), person)

    def test_where_the_regulation_says_so_the_secretary_scores(self) -> None:
        evaluation = signed(seated(secretary_scores=True), "secretary")

        assert evaluation.sheet_of("secretary") is not None

    def test_who_has_left_does_not_score(self) -> None:
        evaluation = attend(seated(), ("member-1", "member-2", "secretary"))

        with pytest.raises(NotPresent):
            signed(evaluation, "member-3")

    @pytest.mark.parametrize("state", ["finalised", "stopped"])
    def test_nothing_is_signed_after_the_end(self, state: str) -> None:
        ended = (
            finalised(scored(best(RICE)))
            if state == "finalised"
            else stop(seated(), Stopped(ground="withdrawn", at=NOW))
        )

        with pytest.raises(EvaluationClosed) as refused:
            signed(ended)

        assert state in refused.value.sentence("en")

    def test_nothing_is_signed_or_reopened_once_the_blind_phase_is_closed(self) -> None:
        evaluation = close(scored(best(RICE), best(RICE)), by="chair", at=NOW, today=SESSION_DAY)

        with pytest.raises(BlindPhaseOver):
            signed(evaluation)
        with pytest.raises(BlindPhaseOver):
            reopen(evaluation, member="member-1", reason="nhầm", by="m", at=NOW)


class TestReopening:
    def test_a_reopened_sheet_stays_on_record_and_another_is_signed(self) -> None:
        reopened = reopen(signed(seated()), member="member-1", reason="Chọn nhầm 3.5", by="member-1#1", at=NOW)

        again = hand_in(
            reopened, RICE, BASIS.sheet_hash, member="member-1", ticks=best(RICE, **{"3.5": APPLIED}), at=NOW
        )

        assert [one.total for one in again.sheets] == [98]
        (old,) = again.record
        assert (old.sheet.total, old.why, old.reason, old.round) == (100, "reopened", "Chọn nhầm 3.5", 1)

    def test_a_sheet_that_was_never_signed_is_not_reopened(self) -> None:
        with pytest.raises(SheetNotSigned):
            reopen(seated(), member="member-1", reason="?", by="m", at=NOW)


class TestAttendance:
    def test_strangers_and_repeats_are_named(self) -> None:
        with pytest.raises(AttendanceNotInOrder) as refused:
            attend(seated(), ("member-1", "stranger", "member-1"))

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/present/1", "/present/2"]

    def test_nobody_is_noted_absent_for_what_they_have_signed(self) -> None:
        with pytest.raises(AttendanceNotInOrder) as refused:
            attend(signed(seated()), ("member-2", "member-3"))

        assert "member-1" in refused.value.flaws[0].en

    def test_it_is_that_of_one_product(self) -> None:
        late = convened(membership(), regulation())

        assert attend(late, ("member-1",)).sitting != attend(late, ("member-1", "member-2")).sitting


class TestConflicts:
    def test_who_declares_a_conflict_does_not_score(self) -> None:
        evaluation = declare(seated(), conflict("member-2"))

        with pytest.raises(InConflict):
            signed(evaluation, "member-2")

    def test_a_sheet_signed_before_is_left_out_of_the_mean_and_stays_on_record(self) -> None:
        evaluation = declare(scored(best(RICE), none_met(RICE)), conflict("member-2"))

        assert [one.member for one in evaluation.sheets] == ["member-1"]
        assert [(old.sheet.member, old.why) for old in evaluation.record] == [("member-2", "conflict")]

    def test_declaring_twice_is_declaring_once(self) -> None:
        evaluation = declare(seated(), conflict("member-2"))

        assert declare(evaluation, conflict("member-2")) is evaluation

    def test_an_owner_known_to_be_related_is_a_conflict_from_the_start(self) -> None:
        related = membership(3, member_2={"seat": "member", "related_owners": ["owner-1"]})

        sitting = convened(related).sitting

        assert sitting is not None
        assert [(one.person, one.kind) for one in sitting.conflicts] == [("member-2", "related")]

    def test_only_somebody_of_the_council_has_one(self) -> None:
        with pytest.raises(NotSeated):
            declare(seated(), conflict("stranger"))

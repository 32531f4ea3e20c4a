"""Sheets signed by hand: who enters and who confirms, when they count, and what stays on record."""

from datetime import timedelta
from typing import Any

import pytest

from services.scoring.domain.advising import DayAhead
from services.scoring.domain.blind_phase import BlindPhaseIncomplete, close
from services.scoring.domain.evaluation import AnotherSheet, Evaluation
from services.scoring.domain.marks import SheetNotInOrder
from services.scoring.domain.paper_sheet import Scan
from services.scoring.domain.paper_signing import (
    MemberHasSigned,
    PaperSheetNotWaiting,
    PaperSheetUnknown,
    ScanAwaited,
    ScanThere,
    SecretaryScores,
    confirm,
    enter,
    file_scan,
    readable,
    refuse,
)
from services.scoring.domain.signing import BlindPhaseOver, SheetHandedIn, attend, declare, hand_in, reopen, signature
from services.scoring.domain.sitting import Conflict, InConflict, NotPresent, NotSeated
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    convened,
    membership,
    none_met,
    scored,
    seated,
    sheet,
)

RICE = sheet("rice-grains")
MEMBER = "member-3"
LATER = NOW + timedelta(hours=1)


def entered(evaluation: Evaluation, **changed: Any) -> Evaluation:
    asked: dict[str, Any] = {
        "person": "secretary",
        "member": MEMBER,
        "ticks": best(RICE),
        "opinion": "Nên cải tiến bao bì.",
        "signed_on": SESSION_DAY,
        "by": "secretary#1",
        "at": NOW,
        "today": SESSION_DAY,
    }
    return enter(evaluation, RICE, changed.pop("sheet_hash", BASIS.sheet_hash), **asked | changed)


def scan(content: str = "a") -> Scan:
    return Scan(
        file_name="phieu.pdf", sha256=content * 64, size=9, media_type="application/pdf", by="secretary#1", at=NOW
    )


def scanned(evaluation: Evaluation, number: int = 1, content: str = "a") -> Evaluation:
    return file_scan(evaluation, RICE, number, scan(content), person="secretary")


def confirmed(evaluation: Evaluation, number: int = 1, member: str = MEMBER) -> Evaluation:
    return confirm(evaluation, RICE, number, member=member, by=f"{member}#1", at=LATER)


def test_it_counts_once_its_member_has_confirmed_it_and_the_record_says_who_did_what() -> None:
    waiting = scanned(entered(seated()))

    signed = confirmed(waiting)

    assert waiting.sheets == ()
    (counted,), (entry,) = signed.sheets, signed.paper_sheets
    assert (counted.member, counted.total, counted.at, counted.paper) == (MEMBER, 100, LATER, 1)
    assert counted.opinion == "Nên cải tiến bao bì."
    assert (entry.entered_by, entry.entered_at, entry.signed_on) == ("secretary#1", NOW, SESSION_DAY)
    assert entry.answer is not None
    assert (entry.answer.how, entry.answer.by, entry.answer.at) == ("confirmed", f"{MEMBER}#1", LATER)


def test_the_signature_covers_the_opinion_and_the_scan() -> None:
    signed = confirmed(scanned(entered(seated())))
    (counted,) = signed.sheets
    (entry,) = signed.paper_sheets

    other_scan = signed.but(paper_sheets=(entry.model_copy(update={"scan": scan("b")}),))
    other_words = counted.model_copy(update={"opinion": "Đạt."})

    assert counted.hash == signature(signed, 1, counted)
    assert counted.hash != signature(other_scan, 1, counted)
    assert counted.hash != signature(signed, 1, other_words)


def test_where_the_regulation_asks_nobody_it_counts_with_its_scan() -> None:
    waiting = entered(seated(paper_sheets="entered"))

    counted = scanned(waiting)

    assert (waiting.sheets, [one.member for one in counted.sheets]) == ((), [MEMBER])
    assert counted.paper_sheets[0].answer is not None
    assert counted.paper_sheets[0].answer.how == "counted"
    assert scanned(counted) == counted


def test_where_it_asks_nobody_no_scan_puts_a_second_sheet_beside_the_one_that_was_signed_here() -> None:
    waiting = entered(seated(paper_sheets="entered"))
    signed = hand_in(waiting, RICE, BASIS.sheet_hash, member=MEMBER, ticks=none_met(RICE), at=NOW)

    with pytest.raises(MemberHasSigned):
        scanned(signed)
    after = scanned(reopen(signed, member=MEMBER, reason="Theo phiếu giấy", by=MEMBER, at=LATER))

    assert [(one.member, one.paper) for one in after.sheets] == [(MEMBER, 1)]


def test_where_it_asks_nobody_no_scan_signs_for_who_does_not_score_any_more() -> None:
    waiting = entered(seated(paper_sheets="entered"))
    barred = declare(waiting, Conflict(person=MEMBER, kind="own", declared_by=MEMBER, at=NOW))
    gone = attend(waiting, ("member-1", "member-2", "secretary"))

    with pytest.raises(InConflict):
        scanned(barred)
    with pytest.raises(NotPresent):
        scanned(gone)


def test_the_blind_phase_waits_for_the_confirmation() -> None:
    evaluation = scanned(entered(scored_but_one()))

    with pytest.raises(BlindPhaseIncomplete) as refused:
        close(evaluation, by="secretary", at=LATER, today=SESSION_DAY)
    closed = close(confirmed(evaluation), by="secretary", at=LATER, today=SESSION_DAY)

    (flaw,) = refused.value.flaws
    assert (flaw.pointer, "confirmed" in flaw.en) == (f"/sheets/{MEMBER}", True)
    assert closed.phase == "deliberation"


def scored_but_one() -> Evaluation:
    """Two of three members have signed."""
    evaluation = seated()
    for member in ("member-1", "member-2"):
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=member, ticks=best(RICE), at=NOW)
    return evaluation


def test_without_its_scan_nothing_is_confirmed() -> None:
    with pytest.raises(ScanAwaited):
        confirmed(entered(seated()))


def test_what_is_refused_stays_on_record_and_another_entry_may_follow() -> None:
    waiting = scanned(entered(seated(), ticks=none_met(RICE)))

    refused = refuse(waiting, 1, member=MEMBER, reason="Sai tiêu chí 3.5", by=f"{MEMBER}#1", at=LATER)
    signed = confirmed(scanned(entered(refused), number=2, content="b"), number=2)

    first, second = signed.paper_sheets
    assert first.answer is not None
    assert (first.answer.how, first.answer.reason) == ("refused", "Sai tiêu chí 3.5")
    assert second.answer is not None
    assert [one.total for one in signed.sheets] == [100]
    with pytest.raises(PaperSheetNotWaiting):
        confirmed(refused)


def test_another_entry_takes_the_place_of_one_that_waits() -> None:
    twice = entered(scanned(entered(seated())))

    first = twice.paper_sheets[0]

    assert first.answer is not None
    assert first.answer.how == "replaced"
    with pytest.raises(PaperSheetNotWaiting):
        confirmed(twice)


def test_a_scan_does_not_change_under_the_members_eyes() -> None:
    once = scanned(entered(seated()))

    assert scanned(once) == once
    with pytest.raises(ScanThere):
        scanned(once, content="b")


@pytest.mark.parametrize("person", ["member-1", "member-2", MEMBER, "stranger"])
def test_only_the_secretary_enters(person: str) -> None:
    with pytest.raises(NotSeated):
        entered(seated(), person=person)


def test_a_secretary_who_scores_sees_nobody_elses_marks() -> None:
    with pytest.raises(SecretaryScores):
        entered(seated(secretary_scores=True))


def test_a_secretary_in_conflict_enters_nothing() -> None:
    barred = declare(seated(), Conflict(person="secretary", kind="own", declared_by="secretary", at=NOW))

    with pytest.raises(InConflict):
        entered(barred)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"member": "stranger"}, NotSeated),
        ({"member": "secretary"}, NotSeated),
        ({"sheet_hash": "0" * 64}, AnotherSheet),
        ({"ticks": {}}, SheetNotInOrder),
        ({"signed_on": SESSION_DAY + timedelta(days=1)}, DayAhead),
    ],
    ids=["a stranger's", "who does not score", "another sheet", "unanswered criteria", "a day ahead"],
)
def test_an_entry_is_held_to_what_a_sheet_is(changed: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        entered(seated(), **changed)


def test_of_who_is_not_there_nothing_is_entered() -> None:
    evaluation = seated()
    assert evaluation.sitting is not None
    gone = evaluation.but(sitting=evaluation.sitting.model_copy(update={"present": ("member-1", "member-2")}))

    with pytest.raises(NotPresent):
        entered(gone)


def test_whoever_has_signed_here_has_no_sheet_on_paper_besides() -> None:
    waiting = scanned(entered(seated()))
    signed = hand_in(waiting, RICE, BASIS.sheet_hash, member=MEMBER, ticks=best(RICE), at=NOW)

    with pytest.raises(SheetHandedIn):
        confirmed(signed)
    with pytest.raises(MemberHasSigned):
        entered(signed)


def test_nobody_answers_for_another() -> None:
    waiting = scanned(entered(seated()))

    with pytest.raises(PaperSheetUnknown):
        confirmed(waiting, member="member-1")
    with pytest.raises(PaperSheetUnknown):
        refuse(waiting, 1, member="member-1", reason="Không đúng", by="member-1", at=LATER)


def test_after_the_phase_has_closed_nothing_is_entered_or_confirmed() -> None:
    closed = close(scored(best(RICE), best(RICE), best(RICE)), by="secretary", at=LATER, today=SESSION_DAY)

    with pytest.raises(BlindPhaseOver):
        entered(closed)
    with pytest.raises(BlindPhaseOver):
        confirmed(closed)


def test_an_entry_of_a_round_that_diverged_is_not_of_the_next() -> None:
    evaluation = scored_but_one().but(paper_sheets=entered(seated()).paper_sheets)
    evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=MEMBER, ticks=none_met(RICE), at=NOW)
    assert evaluation.sitting is not None
    strict = evaluation.sitting.regulation.model_copy(update={"divergence_limit": 10})
    evaluation = evaluation.but(sitting=evaluation.sitting.model_copy(update={"regulation": strict}))

    again = close(evaluation, by="secretary", at=LATER, today=SESSION_DAY)

    with pytest.raises(PaperSheetNotWaiting):
        confirmed(again)


def test_a_confirmed_sheet_is_reopened_like_any_other() -> None:
    signed = confirmed(scanned(entered(seated())))

    reopened = reopen(signed, member=MEMBER, reason="Chọn nhầm", by=MEMBER, at=LATER)

    assert (reopened.sheets, [old.sheet.paper for old in reopened.record]) == ((), [1])


class TestWhoSeesIt:
    def seen(self, evaluation: Evaluation, person: str, *, agency: bool = False) -> list[int]:
        shown = readable(evaluation, person=person, principal=f"{person}#1", agency=agency)
        return [one.number for one in shown]

    def test_while_the_phase_is_open_its_member_and_who_entered_it(self) -> None:
        waiting = scanned(entered(seated()))

        assert self.seen(waiting, MEMBER) == self.seen(waiting, "secretary") == [1]
        for person in ("member-1", "member-2", "stranger"):
            assert self.seen(waiting, person) == []
        assert self.seen(waiting, "agency", agency=True) == []

    def test_another_secretary_neither_sees_nor_scans_it(self) -> None:
        council = membership(3, secretary_2={"seat": "secretary"})
        present = tuple(one.person for one in council.members)
        waiting = entered(attend(convened(council), present))

        assert self.seen(waiting, "secretary-2") == []
        with pytest.raises(PaperSheetUnknown):
            file_scan(waiting, RICE, 1, scan().model_copy(update={"by": "secretary-2#1"}), person="secretary-2")

    def test_then_the_council_and_after_the_end_the_agency(self) -> None:
        closed = close(confirmed(scanned(entered(scored_but_one()))), by="s", at=LATER, today=SESSION_DAY)

        assert self.seen(closed, "member-1") == [1]
        assert self.seen(closed, "stranger") == []
        assert self.seen(closed, "agency", agency=True) == []
        assert self.seen(closed.but(state="finalised"), "agency", agency=True) == [1]

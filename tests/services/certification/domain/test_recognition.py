"""What may be decided for one product, and what comes of it."""

from datetime import date, timedelta

import pytest

from services.certification.domain.announcement import Announced, announce
from services.certification.domain.recognition import (
    Announcement,
    AttemptOver,
    DecidedBeforeLast,
    DecidedBeforeScore,
    ItemRefused,
    NoSuchResult,
    Outcome,
    ProductReserved,
    Recognition,
    ResultDecided,
    ResultWithdrawn,
    ScoreElsewhere,
    StarsAboveScore,
    StarsMissing,
    StarsNotAwarded,
    StarsNotExpected,
    UpgradeNotHigher,
    Withdrawal,
    give_up,
    reserve,
    wait,
    withdraw,
)
from services.certification.domain.rule_set import RuleSetUnknown
from tests.services.certification.builders import (
    DECIDED,
    certificate,
    claim,
    recognition,
    regulations,
    reservation,
    result,
)

RULES = regulations().rule_sets
LAST = date(2029, 11, 20)
TAKEN_BACK = Withdrawal(dossier_id="dossier-1", attempt=1, province="37")


def said(
    number: str | None = "37-2026-1-001", decided_on: date = DECIDED, decision: str = "decision/37/2026/1"
) -> Announcement:
    outcome: Outcome = "recognised" if number else "not_recognised"
    return Announcement(
        decision_id=decision,
        decision_number="1/QĐ-UBND",
        decided_on=decided_on,
        outcome=outcome,
        stars=3 if number else None,
        certificate_number=number,
    )


def announced(held: Recognition, by: Announcement | None = None) -> Announced:
    return announce(held, "evaluation-1", by or said(), lambda _: LAST)


class TestWaiting:
    def test_a_result_waits_and_a_second_copy_changes_nothing(self) -> None:
        once = wait(recognition(), result(), RULES)
        twice = wait(once, result(), RULES)

        assert [one.state for one in once.results] == ["waiting"]
        assert twice is once

    def test_a_withdrawn_dossier_leaves_no_result_waiting_whichever_came_first(self) -> None:
        after = withdraw(wait(recognition(), result(), RULES), TAKEN_BACK)
        before = wait(withdraw(recognition(), TAKEN_BACK), result(), RULES)

        assert [one.state for one in after.results] == [one.state for one in before.results] == ["withdrawn"]
        assert after.results == before.results

    def test_a_later_attempt_waits_although_an_earlier_one_was_withdrawn(self) -> None:
        after = wait(withdraw(recognition(), TAKEN_BACK), result(attempt=2), RULES)

        assert [one.state for one in after.results] == ["waiting"]

    def test_another_province_cannot_withdraw_it(self) -> None:
        theirs = TAKEN_BACK.model_copy(update={"province": "38"})

        assert withdraw(recognition(result()), theirs).results[0].state == "waiting"

    def test_a_province_does_not_score_for_another_but_the_centre_does(self) -> None:
        with pytest.raises(ScoreElsewhere):
            wait(recognition(authority="38"), result(), RULES)
        assert wait(recognition(authority="00"), result(stars=5), RULES).results

    def test_rules_without_data_are_refused(self) -> None:
        with pytest.raises(RuleSetUnknown):
            wait(recognition(), result().model_copy(update={"rule_set": "99-2099"}), RULES)


class TestReserving:
    @pytest.mark.parametrize("stars", [3, 4])
    def test_a_result_is_reserved_with_stars_up_to_the_score(self, stars: int) -> None:
        after = reserve(recognition(result(stars=4)), claim(stars=stars), RULES)

        assert after.results[0].state == "reserved"

    def test_the_same_reservation_again_changes_nothing(self) -> None:
        once = reserve(recognition(result()), claim(), RULES)

        assert reserve(once, claim(), RULES) is once

    @pytest.mark.parametrize(
        ("scored", "stars", "authority", "refusal"),
        [
            (3, 4, "37", StarsAboveScore),
            (5, 5, "37", StarsNotAwarded),
            (2, 2, "37", StarsNotAwarded),
            (1, 1, "37", StarsNotAwarded),
            (5, 4, "00", StarsNotAwarded),
            (4, 5, "00", StarsAboveScore),
            (3, None, "37", StarsMissing),
        ],
    )
    def test_stars_that_are_not_this_authoritys_or_not_the_scores_are_refused(
        self, scored: int, stars: int | None, authority: str, refusal: type[ItemRefused]
    ) -> None:
        with pytest.raises(refusal):
            reserve(recognition(result(stars=scored), authority=authority), claim(stars=stars), RULES)

    def test_the_ministry_gives_five_stars(self) -> None:
        after = reserve(recognition(result(stars=5), authority="00"), claim(stars=5), RULES)

        assert after.results[0].state == "reserved"

    def test_a_product_that_is_not_recognised_gets_no_stars(self) -> None:
        with pytest.raises(StarsNotExpected):
            reserve(recognition(result()), claim(outcome="not_recognised", stars=3), RULES)
        after = reserve(recognition(result(stars=2)), claim(outcome="not_recognised", stars=None), RULES)
        assert after.results[0].state == "reserved"

    def test_no_decision_is_dated_before_the_score(self) -> None:
        on = DECIDED + timedelta(days=1)

        with pytest.raises(DecidedBeforeScore):
            reserve(recognition(result(scored_on=on)), claim(), RULES)
        assert reserve(recognition(result(scored_on=DECIDED)), claim(), RULES).results[0].state == "reserved"

    def test_what_is_not_there_withdrawn_or_decided_is_refused(self) -> None:
        with pytest.raises(NoSuchResult):
            reserve(recognition(), claim(), RULES)
        with pytest.raises(ResultWithdrawn):
            reserve(withdraw(recognition(result()), TAKEN_BACK), claim(), RULES)
        with pytest.raises(ResultDecided):
            reserve(announced(recognition(result())).recognition, claim(reservation("decision/37/2026/2")), RULES)

    def test_one_decision_at_a_time_has_a_product_in_hand(self) -> None:
        held = reserve(recognition(result(), result("evaluation-2")), claim(), RULES)

        with pytest.raises(ProductReserved) as met:
            reserve(held, claim(reservation("decision/37/2026/2"), evaluation_id="evaluation-2"), RULES)
        assert met.value.by == reservation()

    def test_a_products_decisions_follow_each_other_in_time(self) -> None:
        once = announced(recognition(result(), result("evaluation-2", stars=4))).recognition
        later = reservation("decision/37/2026/2")

        with pytest.raises(DecidedBeforeLast):
            reserve(once, claim(later, evaluation_id="evaluation-2", decided_on=DECIDED - timedelta(1)), RULES)
        assert reserve(once, claim(later, evaluation_id="evaluation-2"), RULES).results[1].state == "reserved"

    def test_an_upgrade_gives_more_stars_than_the_product_holds(self) -> None:
        held = recognition(result(stars=4, case_kind="upgrade")).but(certificates=(certificate(stars=3),))

        with pytest.raises(UpgradeNotHigher):
            reserve(held, claim(stars=3), RULES)
        assert reserve(held, claim(stars=4), RULES).results[0].state == "reserved"

    def test_a_result_let_go_waits_again_for_every_other_attempt(self) -> None:
        held = reserve(recognition(result()), claim(), RULES)

        free = give_up(held, "evaluation-1", "decision/37/2026/1", 1)

        assert free.results[0].state == "waiting"
        with pytest.raises(AttemptOver):
            reserve(free, claim(), RULES)
        assert reserve(free, claim(reservation(attempt=2)), RULES).results[0].state == "reserved"
        assert reserve(free, claim(reservation("decision/37/2026/2")), RULES).results[0].state == "reserved"

    def test_letting_go_leaves_anothers_reservation_alone(self) -> None:
        held = reserve(recognition(result()), claim(reservation("decision/37/2026/2")), RULES)

        assert give_up(held, "evaluation-1", "decision/37/2026/1", 1).results[0].state == "reserved"

    def test_a_withdrawal_takes_effect_when_the_decision_lets_go(self) -> None:
        held = withdraw(reserve(recognition(result()), claim(), RULES), TAKEN_BACK)

        assert held.results[0].state == "reserved"
        assert give_up(held, "evaluation-1", "decision/37/2026/1", 1).results[0].state == "withdrawn"


class TestAnnouncing:
    def test_a_recognised_result_gets_its_certificate(self) -> None:
        told = announced(recognition(result()))

        assert told.result is not None and told.result.state == "announced"
        issued = told.issued
        assert issued is not None
        assert (issued.number, issued.stars, issued.valid_from, issued.valid_until, issued.replaces) == (
            "37-2026-1-001",
            3,
            DECIDED,
            LAST,
            None,
        )

    def test_announced_twice_it_happens_once(self) -> None:
        once = announced(recognition(result())).recognition

        again = announced(once)

        assert again.result is None and again.recognition is once

    def test_a_new_certificate_ends_the_active_one_on_the_day_of_its_decision(self) -> None:
        held = recognition(result(case_kind="re_evaluation")).but(certificates=(certificate(number="old"),))

        told = announced(held, said(decided_on=date(2029, 7, 1)))

        old, new = told.recognition.certificates
        assert old.replaced is not None and (old.replaced.number, old.replaced.on) == (new.number, date(2029, 7, 1))
        assert new.replaces == "old"
        assert [old.on(date(2029, 6, 30)), old.on(date(2029, 7, 1))] == ["valid", "replaced"]

    def test_a_certificate_that_ended_before_the_decision_is_expired_not_replaced(self) -> None:
        held = recognition(result()).but(certificates=(certificate(number="old", valid_until=date(2026, 11, 19)),))

        told = announced(held)

        assert [(one.expiry_told, one.replaced) for one in told.ended] == [(True, None)]
        assert told.issued is not None and told.issued.replaces is None

    def test_a_certificate_whose_end_was_told_is_told_nothing_more(self) -> None:
        old = certificate(number="old").model_copy(update={"expiry_told": True})

        told = announced(recognition(result()).but(certificates=(old,)))

        assert told.ended == ()

    def test_a_failed_re_evaluation_leaves_the_certificate_to_its_last_day(self) -> None:
        held = recognition(result(case_kind="re_evaluation", stars=2)).but(certificates=(certificate(),))

        told = announced(held, said(number=None))

        assert told.issued is None
        assert told.recognition.certificates == held.certificates

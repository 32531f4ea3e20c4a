"""What waits for the chair, whatever order it is heard in."""

import pytest

from services.certification.domain.recognition import Withdrawal
from services.certification.domain.rule_set import RuleSetUnknown
from services.certification.domain.waiting import ScoreElsewhere, wait, withdraw
from tests.services.certification.builders import (
    recognition,
    regulations,
    result,
)

RULES = regulations().rule_sets
TAKEN_BACK = Withdrawal(dossier_id="dossier-1", attempt=1, province="37")


def test_a_result_waits_and_a_second_copy_changes_nothing() -> None:
    once = wait(recognition(), result(), RULES)
    twice = wait(once, result(), RULES)

    assert [one.state for one in once.results] == ["waiting"]
    assert twice is once


def test_a_withdrawn_dossier_leaves_no_result_waiting_whichever_came_first() -> None:
    after = withdraw(wait(recognition(), result(), RULES), TAKEN_BACK)
    before = wait(withdraw(recognition(), TAKEN_BACK), result(), RULES)

    assert [one.state for one in after.results] == [one.state for one in before.results] == ["withdrawn"]
    assert after.results == before.results


def test_a_later_attempt_waits_although_an_earlier_one_was_withdrawn() -> None:
    after = wait(withdraw(recognition(), TAKEN_BACK), result(attempt=2), RULES)

    assert [one.state for one in after.results] == ["waiting"]


def test_another_province_cannot_withdraw_it() -> None:
    theirs = TAKEN_BACK.model_copy(update={"province": "38"})

    assert withdraw(recognition(result()), theirs).results[0].state == "waiting"


def test_a_province_does_not_score_for_another_but_the_centre_does() -> None:
    with pytest.raises(ScoreElsewhere):
        wait(recognition(authority="38"), result(), RULES)
    assert wait(recognition(authority="00"), result(stars=5), RULES).results


def test_rules_without_data_are_refused() -> None:
    with pytest.raises(RuleSetUnknown):
        wait(recognition(), result().model_copy(update={"rule_set": "99-2099"}), RULES)

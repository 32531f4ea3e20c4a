"""What may be decided for one product, and by whom."""

from datetime import timedelta

import pytest

from services.certification.domain.recognition import Withdrawal
from services.certification.domain.reserving import (
    AttemptOver,
    DecidedBeforeLast,
    DecidedBeforeScore,
    ItemRefused,
    NoSuchResult,
    ProductReserved,
    ResultDecided,
    ResultWithdrawn,
    StarsAboveScore,
    StarsMissing,
    StarsNotAwarded,
    StarsNotExpected,
    UpgradeNotHigher,
    give_up,
    reserve,
)
from services.certification.domain.waiting import withdraw
from tests.services.certification.builders import (
    DECIDED,
    announced,
    certificate,
    claim,
    recognition,
    regulations,
    reservation,
    result,
)

RULES = regulations().rule_sets
TAKEN_BACK = Withdrawal(dossier_id="dossier-1", attempt=1, province="37")


@pytest.mark.parametrize("stars", [3, 4])
def test_a_result_is_reserved_with_stars_up_to_the_score(stars: int) -> None:
    after = reserve(recognition(result(stars=4)), claim(stars=stars), RULES)

    assert after.results[0].state == "reserved"


def test_the_same_reservation_again_changes_nothing() -> None:
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
    scored: int, stars: int | None, authority: str, refusal: type[ItemRefused]
) -> None:
    with pytest.raises(refusal):
        reserve(recognition(result(stars=scored), authority=authority), claim(stars=stars), RULES)


def test_the_ministry_gives_five_stars() -> None:
    after = reserve(recognition(result(stars=5), authority="00"), claim(stars=5), RULES)

    assert after.results[0].state == "reserved"


def test_a_product_that_is_not_recognised_gets_no_stars() -> None:
    with pytest.raises(StarsNotExpected):
        reserve(recognition(result()), claim(outcome="not_recognised", stars=3), RULES)
    after = reserve(recognition(result(stars=2)), claim(outcome="not_recognised", stars=None), RULES)
    assert after.results[0].state == "reserved"


def test_no_decision_is_dated_before_the_score() -> None:
    on = DECIDED + timedelta(days=1)

    with pytest.raises(DecidedBeforeScore):
        reserve(recognition(result(scored_on=on)), claim(), RULES)
    assert reserve(recognition(result(scored_on=DECIDED)), claim(), RULES).results[0].state == "reserved"


def test_what_is_not_there_withdrawn_or_decided_is_refused() -> None:
    with pytest.raises(NoSuchResult):
        reserve(recognition(), claim(), RULES)
    with pytest.raises(ResultWithdrawn):
        reserve(withdraw(recognition(result()), TAKEN_BACK), claim(), RULES)
    with pytest.raises(ResultDecided):
        reserve(announced(recognition(result())).recognition, claim(reservation("decision/37/2026/2")), RULES)


def test_one_decision_at_a_time_has_a_product_in_hand() -> None:
    held = reserve(recognition(result(), result("evaluation-2")), claim(), RULES)

    with pytest.raises(ProductReserved) as met:
        reserve(held, claim(reservation("decision/37/2026/2"), evaluation_id="evaluation-2"), RULES)
    assert met.value.by == reservation()


def test_a_products_decisions_follow_each_other_in_time() -> None:
    once = announced(recognition(result(), result("evaluation-2", stars=4))).recognition
    later = reservation("decision/37/2026/2")

    with pytest.raises(DecidedBeforeLast):
        reserve(once, claim(later, evaluation_id="evaluation-2", decided_on=DECIDED - timedelta(1)), RULES)
    assert reserve(once, claim(later, evaluation_id="evaluation-2"), RULES).results[1].state == "reserved"


def test_an_upgrade_gives_more_stars_than_the_product_holds() -> None:
    held = recognition(result(stars=4, case_kind="upgrade")).but(certificates=(certificate(stars=3),))

    with pytest.raises(UpgradeNotHigher):
        reserve(held, claim(stars=3), RULES)
    assert reserve(held, claim(stars=4), RULES).results[0].state == "reserved"


def test_a_result_let_go_waits_again_for_every_other_attempt() -> None:
    held = reserve(recognition(result()), claim(), RULES)

    free = give_up(held, "evaluation-1", "decision/37/2026/1", 1)

    assert free.results[0].state == "waiting"
    with pytest.raises(AttemptOver):
        reserve(free, claim(), RULES)
    assert reserve(free, claim(reservation(attempt=2)), RULES).results[0].state == "reserved"
    assert reserve(free, claim(reservation("decision/37/2026/2")), RULES).results[0].state == "reserved"


def test_letting_go_leaves_anothers_reservation_alone() -> None:
    held = reserve(recognition(result()), claim(reservation("decision/37/2026/2")), RULES)

    assert give_up(held, "evaluation-1", "decision/37/2026/1", 1).results[0].state == "reserved"


def test_a_withdrawal_takes_effect_when_the_decision_lets_go() -> None:
    held = withdraw(reserve(recognition(result()), claim(), RULES), TAKEN_BACK)

    assert held.results[0].state == "reserved"
    assert give_up(held, "evaluation-1", "decision/37/2026/1", 1).results[0].state == "withdrawn"

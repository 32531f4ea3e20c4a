"""The result: what it needs, and what is told when something is missing."""

import pytest

from services.scoring.domain.advice import Advice, AdvisoryReport
from services.scoring.domain.blind_phase import close
from services.scoring.domain.evaluation import AnotherSheet, Basis, Evaluation, EvaluationClosed
from services.scoring.domain.finalising import (
    BlindPhaseOpen,
    NothingToAgree,
    ResultNotReady,
    finalise,
    note_agreement,
)
from services.scoring.domain.stars import AgreementMissing, Average, read_agreed
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    case,
    finalised,
    none_met,
    opened,
    rules,
    scored,
    seated,
    sheet,
    with_total,
)

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"


def refused(evaluation: Evaluation, session_closed: bool = True) -> list[str]:
    """Where the list of what is missing points to."""
    with pytest.raises(ResultNotReady) as refusal:
        finalise(evaluation, RICE, rules(), BASIS, session_closed=session_closed, by="chair", at=NOW)
    return [flaw.pointer for flaw in refusal.value.flaws]


def test_the_average_is_kept_as_sum_and_count() -> None:
    sheets = [with_total(RICE, points, **{"3.5": APPLIED}) for points in (89, 90, 90)]
    gated = {key: sheets[0][key] for key in read_agreed(RICE, "-" * len(RICE.gated)) if key in sheets[0]}
    evaluation = scored(*(ticks | gated for ticks in sheets))

    result = finalised(evaluation).result

    assert result is not None
    assert result.average == Average(total=sum(s.total for s in evaluation.sheets), count=3)
    assert result.rating.stars == 3


def test_where_members_differ_the_council_states_what_it_agreed() -> None:
    evaluation = close(scored(best(RICE), best(RICE, **{"3.5": APPLIED})), by="chair", at=NOW, today=SESSION_DAY)

    assert refused(evaluation) == ["/agreed/3.5"]
    with pytest.raises(AgreementMissing):
        note_agreement(evaluation, RICE, {}, by="secretary", at=NOW)
    agreed = note_agreement(evaluation, RICE, {"3.5": APPLIED}, by="secretary", at=NOW)
    result = finalise(agreed, RICE, rules(), BASIS, session_closed=True, by="chair", at=NOW).result

    assert result is not None
    assert (result.average, result.rating.stars) == (Average(total=198, count=2), 3)


def test_nothing_is_agreed_before_everybody_has_signed() -> None:
    with pytest.raises(BlindPhaseOpen):
        note_agreement(scored(best(RICE)), RICE, {}, by="secretary", at=NOW)


@pytest.mark.parametrize(("policy", "stars"), [("mean", 3), ("majority", 4)])
def test_by_mean_or_majority_nothing_is_agreed(policy: str, stars: int) -> None:
    options = ("trademark-granted", "trademark-granted", APPLIED)
    evaluation = scored(*(best(RICE, **{"3.5": option}) for option in options), star_minimum=policy)
    closed = close(evaluation, by="chair", at=NOW, today=SESSION_DAY)

    with pytest.raises(NothingToAgree):
        note_agreement(closed, RICE, {"3.5": APPLIED}, by="secretary", at=NOW)
    result = finalise(closed, RICE, rules(), BASIS, session_closed=True, by="chair", at=NOW).result

    assert result is not None
    assert result.rating.stars == stars


def test_what_no_session_has_scored_has_no_result() -> None:
    assert refused(opened()) == ["/session"]


def test_everything_missing_is_named_at_once_and_nothing_of_the_marks() -> None:
    missing = refused(seated(2), session_closed=False)

    assert missing == ["/sheets/member-1", "/sheets/member-2", "/blind_phase", "/session"]
    # The members differ in many criteria, and the list does not say so.
    assert refused(scored(best(RICE), none_met(RICE)), session_closed=False) == ["/blind_phase", "/session"]


def test_an_open_divergence_is_named() -> None:
    evaluation = close(scored(best(RICE), none_met(RICE), divergence_limit=10), by="chair", at=NOW, today=SESSION_DAY)

    assert "/divergence" in refused(evaluation)


def test_before_the_session_has_closed_there_is_no_result() -> None:
    evaluation = close(scored(best(RICE)), by="chair", at=NOW, today=SESSION_DAY)

    assert refused(evaluation, session_closed=False) == ["/session"]


def test_a_ground_that_every_sheet_points_to_is_concluded_on_first() -> None:
    unmet = best(RICE, **{"1.1": None})

    assert refused(close(scored(unmet, unmet), by="chair", today=SESSION_DAY, at=NOW)) == ["/conclusion/1.1"]
    assert refused(scored(unmet, unmet)) == ["/blind_phase"]
    assert finalised(scored(best(RICE), unmet)).state == "finalised"


def test_it_is_finalised_once() -> None:
    with pytest.raises(EvaluationClosed):
        finalised(finalised(scored(best(RICE))))


def test_rules_or_a_sheet_loaded_for_an_older_file_are_refused() -> None:
    other = Basis(rule_set="26-2026", rule_set_hash="r" * 64, sheet_hash="t" * 64)
    evaluation = close(scored(best(RICE)), by="chair", at=NOW, today=SESSION_DAY)

    with pytest.raises(AnotherSheet):
        finalise(evaluation, RICE, rules(), other, session_closed=True, by="chair#1", at=NOW)


def test_the_centre_gives_5_stars_where_a_province_gives_4() -> None:
    stars = {authority: finalised(scored(best(RICE), authority=authority)).result for authority in ("37", "00")}

    assert {authority: result and result.rating.stars for authority, result in stars.items()} == {"37": 4, "00": 5}


class TestTheReportARegulationAsksFor:
    def test_without_it_there_is_no_result_and_it_is_named(self) -> None:
        closed = close(scored(best(RICE), advisory_report=True), by="chair", at=NOW, today=SESSION_DAY)

        assert refused(closed) == ["/advice/reports"]
        assert finalised(closed.but(advice=reported(closed))).result is not None

    def test_a_report_on_an_earlier_file_does_not_do(self) -> None:
        closed = close(scored(best(RICE), advisory_report=True), by="chair", at=NOW, today=SESSION_DAY)
        earlier = reported(closed.but(case=case(2)))

        assert refused(closed.but(advice=earlier)) == ["/advice/reports"]

    def test_elsewhere_nothing_is_asked_for(self) -> None:
        assert finalised(scored(best(RICE))).result is not None


def reported(evaluation: Evaluation) -> Advice:
    """The advice of a report on the file as it is there."""
    report = AdvisoryReport(
        number="5/BC-TTV",
        on=SESSION_DAY,
        opinion="rate",
        text="Đủ.",
        manifest_version=evaluation.case.manifest_version,
        manifest_hash=evaluation.case.manifest_hash,
        by="adviser",
        at=NOW,
    )
    return Advice(reports=(report,))

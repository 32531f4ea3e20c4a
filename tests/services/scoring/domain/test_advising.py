"""The advisory group: who advises, until when, and what is kept of it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from services.scoring.domain.advice import LaboratoryFinding, ProposedItem, SiteVisit
from services.scoring.domain.advising import (
    MOST_NOTED,
    DayAhead,
    DayPassed,
    NoSuchTest,
    NotTheAdviser,
    ScoringBegun,
    TooMuchAdvice,
    ask_test,
    check_adviser,
    enter_finding,
    propose,
    report,
    visit,
)
from services.scoring.domain.council import Membership
from services.scoring.domain.evaluation import Evaluation, EvaluationClosed, Stopped, stop
from services.scoring.domain.rule_set import CaseKind
from tests.services.scoring.builders import NOW, SESSION_DAY, best, membership, opened, scored, sheet

COUNCIL = membership(3, adviser={"seat": "advisory"})
ITEMS = (ProposedItem(paper="extra_test", criterion="9", what="Kiểm nghiệm dư lượng thuốc bảo vệ thực vật"),)
Advising = Callable[[Evaluation], Evaluation]
LATER = SESSION_DAY + timedelta(days=10)


def visited(evaluation: Evaluation, on: date = SESSION_DAY) -> Evaluation:
    return visit(evaluation, SiteVisit(on=on, findings="Vùng trồng đúng như hồ sơ.", by="a", at=NOW), SESSION_DAY)


def proposed(evaluation: Evaluation, until: date = LATER) -> Evaluation:
    return propose(evaluation, ITEMS, until, by="a", at=NOW, today=SESSION_DAY)


def reported(evaluation: Evaluation, number: str = "5/BC-TTV") -> Evaluation:
    return report(
        evaluation, number=number, on=SESSION_DAY, opinion="rate", text="Đủ.", by="a", at=NOW, today=SESSION_DAY
    )


def asked(evaluation: Evaluation) -> Evaluation:
    return ask_test(evaluation, what="Dư lượng", reason="Mẫu cũ", by="a", at=NOW)


@pytest.mark.parametrize(
    ("kind", "agency", "person", "sitting", "may"),
    [
        ("first", False, "adviser", COUNCIL, True),
        ("upgrade", False, "adviser", COUNCIL, True),
        ("first", False, "member-2", COUNCIL, False),
        ("first", False, "adviser", None, False),
        ("first", True, "adviser", COUNCIL, False),
        ("re_evaluation", True, "agency", None, True),
        ("re_evaluation", False, "adviser", COUNCIL, False),
    ],
)
def test_the_group_advises_and_on_re_evaluations_the_agency(
    kind: CaseKind, agency: bool, person: str, sitting: Membership | None, may: bool
) -> None:
    if may:
        check_adviser(kind, agency=agency, person=person, membership=sitting)
        return
    with pytest.raises(NotTheAdviser):
        check_adviser(kind, agency=agency, person=person, membership=sitting)


def test_whoever_advises_does_not_score() -> None:
    held = scored(best(sheet("rice-grains")))

    assert held.sitting is not None
    assert all(one.seat != "advisory" for one in held.sitting.entitled)


def test_visits_tests_proposals_and_reports_are_kept_in_order() -> None:
    result = LaboratoryFinding(report="77/KN", on=SESSION_DAY, met=True, by="a", at=NOW)

    advised = reported(reported(proposed(enter_finding(asked(visited(opened())), 1, result, SESSION_DAY))), "6/BC-TTV")

    advice = advised.advice
    assert (len(advice.visits), advice.tests[0].result, advice.proposals[0].number) == (1, result, 1)
    assert advice.report is not None
    assert (advice.report.number, [one.number for one in advice.reports]) == ("6/BC-TTV", ["5/BC-TTV", "6/BC-TTV"])


def test_a_report_names_the_file_it_is_on() -> None:
    evaluation = opened()

    advised = reported(evaluation)

    assert advised.advice.report is not None
    assert advised.advice.report.manifest_hash == evaluation.case.manifest_hash


@pytest.mark.parametrize("advise", [visited, asked, proposed, reported])
def test_from_the_first_signed_sheet_on_nothing_is_advised(advise: Advising) -> None:
    with pytest.raises(ScoringBegun):
        advise(scored(best(sheet("rice-grains"))))


@pytest.mark.parametrize("advise", [visited, asked, proposed, reported])
def test_nothing_is_advised_on_what_has_ended(advise: Advising) -> None:
    with pytest.raises(EvaluationClosed):
        advise(stop(opened(), Stopped(ground="withdrawn", at=NOW)))


def test_a_visit_lies_not_ahead_and_a_date_to_answer_by_does() -> None:
    with pytest.raises(DayAhead):
        visited(opened(), LATER)
    with pytest.raises(DayPassed):
        proposed(opened(), SESSION_DAY)


@pytest.mark.parametrize("number", [0, 2])
def test_a_result_belongs_to_a_test_that_waits_for_it(number: int) -> None:
    result = LaboratoryFinding(report="77/KN", on=SESSION_DAY, met=False, by="a", at=NOW)

    with pytest.raises(NoSuchTest):
        enter_finding(asked(opened()), number, result, SESSION_DAY)
    with pytest.raises(NoSuchTest):
        enter_finding(enter_finding(asked(opened()), 1, result, SESSION_DAY), 1, result, SESSION_DAY)


def test_there_is_an_end_to_advice() -> None:
    evaluation = opened()
    for _ in range(MOST_NOTED):
        evaluation = visited(evaluation)

    with pytest.raises(TooMuchAdvice):
        visited(evaluation)


def test_a_report_the_regulation_asks_for_may_still_come_when_scoring_has_begun() -> None:
    begun = scored(best(sheet("rice-grains")), advisory_report=True)

    late = reported(begun)

    assert late.advice.report is not None
    with pytest.raises(ScoringBegun):
        reported(late, "6/BC-TTV")
    with pytest.raises(ScoringBegun):
        visited(begun)

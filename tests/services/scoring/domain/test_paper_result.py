"""A result rated on paper follows the law as any other: sums, bands, minimums, quorum; and it can be computed again."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.scoring.domain.evaluation import AnotherSheet, Evaluation, EvaluationClosed, OnPaper
from services.scoring.domain.explanation import differences, explain
from services.scoring.domain.integrity import Rated, integrity
from services.scoring.domain.paper_result import OnAgenda, PaperNotInOrder, record_on_paper
from services.scoring.domain.sitting import NotSeated
from services.scoring.domain.stars import AgreementNotInOrder
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    all_sheets,
    finalised,
    membership,
    opened,
    regulation,
    rules,
    scored,
    sheet,
    with_total,
)

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"


def paper(**changed: Any) -> OnPaper:
    fields: dict[str, Any] = {
        "minutes": "16/BB-HĐ",
        "on": SESSION_DAY,
        "decision": "12/QĐ-UBND",
        "part_sums": {"A": 105, "B": 70, "C": 95},
        "scan": "f" * 64,
    }
    return OnPaper.model_validate(fields | changed)


def recorded(evaluation: Evaluation | None = None, minutes: OnPaper | None = None, **changed: Any) -> Evaluation:
    """Three sheets of 90 points on average, by the minutes of the session."""
    fields: dict[str, Any] = {
        "basis": BASIS,
        "membership": membership(3),
        "regulation": regulation(),
        "sheet_count": 3,
        "below": {},
        "stars": 4,
        "person": "secretary",
        "by": "secretary",
        "at": NOW,
        "today": SESSION_DAY,
    }
    return record_on_paper(evaluation or opened(), RICE, rules(), paper=minutes or paper(), **fields | changed)


def pointers(refused: pytest.ExceptionInfo[PaperNotInOrder]) -> list[str]:
    return [flaw.pointer for flaw in refused.value.flaws]


def test_the_stars_follow_from_the_sums() -> None:
    result = recorded().result

    assert result is not None
    assert (str(result.average), result.rating.stars, result.rating.potential_five_star) == ("90.00", 4, True)
    assert result.on_paper == paper()


def test_a_minimum_that_the_minutes_say_was_missed_lowers_the_star() -> None:
    result = recorded(below={"3.5": APPLIED}, stars=3).result

    assert result is not None
    assert result.rating.stars == 3
    assert [(failed.star, failed.criterion) for failed in result.rating.failed_minimums] == [(4, "3.5"), (5, "3.5")]


@pytest.mark.parametrize("product_set", [one.set for one in all_sheets()])
def test_with_no_minimum_missed_every_sheet_gives_its_band(product_set: str) -> None:
    on = sheet(product_set)
    full = {part.code: part.max_points * 3 for part in on.parts}
    centre = opened("00")

    result = record_on_paper(
        centre,
        on,
        rules(),
        BASIS,
        membership=membership(3),
        regulation=regulation(),
        paper=paper(part_sums=full),
        sheet_count=3,
        below={},
        stars=5,
        person="secretary",
        by="secretary",
        at=NOW,
        today=SESSION_DAY,
    ).result

    assert result is not None
    assert (result.rating.stars, result.rating.failed_minimums) == (5, ())


@pytest.mark.parametrize(
    ("changed", "minutes", "pointer"),
    [
        ({"stars": 5}, {}, "/stars"),
        ({"stars": 3}, {}, "/stars"),
        ({"sheet_count": 2}, {"part_sums": {"A": 70, "B": 40, "C": 60}}, "/sheet_count"),
        ({"sheet_count": 4}, {}, "/sheet_count"),
        ({}, {"part_sums": {"A": 121, "B": 70, "C": 95}}, "/part_sums/A"),
        ({}, {"part_sums": {"A": 105, "B": 70}}, "/part_sums/C"),
        ({}, {"on": SESSION_DAY + timedelta(days=1)}, "/on"),
        ({}, {"on": date(2026, 8, 31)}, "/on"),
    ],
    ids=["too many", "too few", "no quorum", "more than may score", "too much", "a part short", "ahead", "too early"],
)
def test_what_cannot_be_is_refused_with_its_place(
    changed: dict[str, Any], minutes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(PaperNotInOrder) as refused:
        recorded(minutes=paper(**minutes), **changed)

    assert pointers(refused) == [pointer]


def test_a_member_of_a_related_owner_counts_for_no_quorum() -> None:
    conflicted = membership(3, member_3={"related_owners": ("owner-1",)})

    with pytest.raises(PaperNotInOrder) as refused:
        recorded(membership=conflicted)

    assert pointers(refused) == ["/sheet_count"]


@pytest.mark.parametrize(("below"), [{"9.9": None}, {"1.4": None}, {"3.5": "no-such-option"}])
def test_an_option_the_sheet_does_not_have_is_refused(below: dict[str, str | None]) -> None:
    with pytest.raises(AgreementNotInOrder):
        recorded(below=below)


def test_only_what_no_session_scores_and_only_by_whoever_runs_the_council() -> None:
    with pytest.raises(OnAgenda):
        recorded(scored(with_total(RICE, 80)))
    with pytest.raises(EvaluationClosed):
        recorded(finalised(scored(with_total(RICE, 80))))
    with pytest.raises(NotSeated):
        recorded(person="member-2")
    with pytest.raises(AnotherSheet):
        recorded(basis=BASIS.model_copy(update={"sheet_hash": "0" * 64}))


def test_it_is_computed_again_from_its_sums_and_an_altered_one_is_found() -> None:
    evaluation = recorded(below={"3.5": APPLIED}, stars=3)
    result = evaluation.result
    assert result is not None
    raised = result.model_copy(update={"rating": result.rating.model_copy(update={"stars": 4})})

    assert differences(evaluation, RICE, rules(), result) == ()
    assert differences(evaluation, RICE, rules(), raised)
    explained = explain(evaluation, RICE, rules(), result)
    assert (explained.on_paper, explained.sheets) == (paper(), ())
    assert explained.steps[1].outcome == "A 105 + B 70 + C 95"


def test_the_integrity_view_has_nothing_to_say_of_it() -> None:
    view = integrity([Rated(recorded(), RICE)], 10)

    assert (view.evaluations, view.sheets, view.members, view.disputed) == (1, 0, (), ())


def test_the_report_that_the_regulation_asks_for_is_owed_on_paper_too() -> None:
    with pytest.raises(PaperNotInOrder) as refused:
        recorded(regulation=regulation(advisory_report=True))

    assert pointers(refused) == ["/advice/reports"]

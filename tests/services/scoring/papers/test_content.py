"""What stands on a paper, field by field, against what was scored; for all 26 sheets."""

from datetime import UTC, date, datetime

import pytest

from services.scoring.domain.evaluation import Evaluation, Stopped
from services.scoring.domain.paper_sheet import Answer, PaperSheet
from services.scoring.domain.sheet import Sheet
from services.scoring.papers.content import decimal, filled_sheets, product_line
from tests.services.scoring.builders import NOW, all_sheets, best, finalised, loaded, rules, scored, sheet, with_total

RICE = sheet("rice-grains")
LABELS = loaded().books["26-2026"].labels["vi"]


def line_of(evaluation: Evaluation) -> tuple[str, str, tuple[str, ...]]:
    line = product_line(evaluation, RICE, rules(), LABELS)
    return line.average, line.outcome, line.notes


@pytest.mark.parametrize("one", all_sheets(), ids=lambda one: one.set)
def test_a_filled_sheet_prints_every_option_once_and_marks_those_ticked(one: Sheet) -> None:
    evaluation = scored(best(one), on=one)

    (printed,) = filled_sheets(evaluation, evaluation.sheets, one, rules(), LABELS, {"member-1": "Bà An"}).sheets

    parts = [(row.code, row.points, row.scored) for row in printed.rows if row.kind == "part"]
    assert parts == [("A", 40, 40), ("B", 25, 25), ("C", 35, 35)]
    asked = {key for key in best(one)}
    applying = [criterion for criterion in one.scored if criterion.key in asked]
    options = [row for row in printed.rows if row.kind == "option"]
    assert len(options) == sum(len(criterion.letters) for criterion in applying)
    assert sum(row.ticked for row in options) == len(applying)
    assert sum(row.points for row in options if row.ticked) == printed.total == 100
    assert printed.member == "Bà An"


def test_the_stars_beside_an_option_are_those_of_the_printed_sheet() -> None:
    evaluation = scored(best(RICE))

    (printed,) = filled_sheets(evaluation, evaluation.sheets, RICE, rules(), LABELS, {}).sheets

    marked = {row.text: row.minimum for row in printed.rows if row.minimum}
    assert marked[LABELS["trademark-application-accepted"]] == "***"
    assert marked[LABELS["trademark-granted"]] == "****"
    assert marked[LABELS["advanced-prep-storage"]] == "*****"


def test_where_no_option_is_met_the_sheet_says_so() -> None:
    evaluation = scored(best(RICE, **{"1.1": None}))

    (printed,) = filled_sheets(evaluation, evaluation.sheets, RICE, rules(), LABELS, {}).sheets

    row = next(row for row in printed.rows if row.code == "1.1")
    assert (row.scored, row.note) == (0, "Không đạt phương án nào")


def test_a_sheet_signed_by_hand_says_so_and_every_opinion_is_printed() -> None:
    evaluation = scored(best(RICE))
    entry = PaperSheet(
        number=1,
        member="member-1",
        session_id="s",
        round=1,
        marks=evaluation.sheets[0].marks,
        signed_on=date(2026, 9, 30),
        entered_by="secretary",
        entered_at=NOW,
        answer=Answer(how="confirmed", by="member-1", at=NOW),
    )
    (here,) = evaluation.sheets
    by_hand = here.model_copy(update={"paper": 1, "opinion": "Nên ghi song ngữ.\nIn rõ hạn dùng."})

    plain, printed = filled_sheets(
        evaluation.but(paper_sheets=(entry,)), (here, by_hand), RICE, rules(), LABELS, {}
    ).sheets

    assert (plain.by_hand, plain.opinion) == ("", ())
    assert printed.by_hand == "Ký trên giấy ngày 30/09/2026, thư ký nhập, thành viên đã xác nhận"
    assert printed.opinion == ("Nên ghi song ngữ.", "In rõ hạn dùng.")


def test_a_result_is_told_with_what_the_next_star_lacks() -> None:
    applied = with_total(RICE, 92, **{"3.5": "trademark-application-accepted"})

    assert line_of(finalised(scored(applied))) == (
        "92,00",
        "3 sao",
        ("Lên 4 sao: tiêu chí 3.5 có 1, cần 2 điểm",),
    )
    assert line_of(finalised(scored(best(RICE)))) == ("100,00", "4 sao, tiềm năng 5 sao", ())


def test_a_conclusion_is_told_with_its_ground_and_without_points() -> None:
    stopped = Stopped(
        ground="scoring_stopped",
        criterion="6.1",
        rule="stop-impurities-wood-plastic",
        minutes="12/BB-HĐ",
        at=datetime(2026, 11, 21, tzinfo=UTC),
    )

    average, outcome, notes = line_of(scored(best(RICE)).but(state="stopped", stopped=stopped))

    assert (average, outcome) == ("", "Dừng chấm")
    assert notes == (f"Tiêu chí 6.1: {LABELS['stop-impurities-wood-plastic']}", "Theo 12/BB-HĐ")


def test_numbers_are_written_as_vietnamese_offices_do() -> None:
    assert decimal("89.66") == "89,66"

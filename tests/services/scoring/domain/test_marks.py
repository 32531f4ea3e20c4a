"""A member's marks: what is accepted, what is refused and how the letters read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.marks import SheetNotInOrder, read, tick, total
from services.scoring.domain.sheet import Sheet
from tests.services.scoring.builders import all_sheets, best, none_met, sheet, ticked, ticks_on, with_total

RICE = sheet("rice-grains")
TOURISM = sheet("community-tourism")


@pytest.mark.parametrize("sheet", all_sheets(), ids=lambda one: one.set)
def test_the_best_options_of_every_set_give_100_points(sheet: Sheet) -> None:
    assert total(sheet, tick(sheet, best(sheet))) == 100


@pytest.mark.parametrize("sheet", all_sheets(), ids=lambda one: one.set)
def test_no_option_met_anywhere_is_a_full_answer_of_0_points(sheet: Sheet) -> None:
    assert total(sheet, tick(sheet, none_met(sheet))) == 0


def test_a_whole_sheet_is_one_letter_per_criterion() -> None:
    marks = tick(RICE, best(RICE, **{"1.1": "grown-commune-under-50", "1.6": None}))

    assert len(marks) == 32
    assert marks[RICE.places["1.1"]] == "a"
    assert marks[RICE.places["1.6"]] == "-"


def test_two_options_of_equal_points_stay_different_answers() -> None:
    produce = sheet("processed-produce")
    criterion = produce.scored[produce.places["3.1"]].criterion
    first, second, _ = criterion.options

    one = tick(produce, best(produce, **{"3.1": first.key}))
    other = tick(produce, best(produce, **{"3.1": second.key}))

    assert first.points == second.points
    assert one != other
    assert total(produce, one) == total(produce, other)


@pytest.mark.parametrize("sheet", all_sheets(), ids=lambda one: one.set)
@given(data=st.data())
@settings(max_examples=15)
def test_any_ticks_give_a_total_from_0_to_100(sheet: Sheet, data: st.DataObject) -> None:
    ticks = data.draw(ticks_on(sheet))

    assert 0 <= total(sheet, tick(sheet, ticks)) <= 100


@given(ticked())
def test_marks_read_back_as_what_was_ticked(both: tuple[Sheet, dict[str, str | None]]) -> None:
    sheet, ticks = both

    marks = read(sheet, tick(sheet, ticks))

    assert {mark.criterion: mark.option for mark in marks if mark.applies} == ticks
    assert sum(mark.points for mark in marks) == total(sheet, tick(sheet, ticks))


@pytest.mark.parametrize("sheet", all_sheets(), ids=lambda one: one.set)
@given(data=st.data())
@settings(max_examples=15)
def test_a_better_tick_never_lowers_the_total(sheet: Sheet, data: st.DataObject) -> None:
    ticks = data.draw(ticks_on(sheet))
    key = data.draw(st.sampled_from(sorted(ticks)))
    options = [None, *(option.key for option in sheet.scored[sheet.places[key]].criterion.options)]
    better = data.draw(st.sampled_from(options[options.index(ticks[key]) :]))
    # A story that now exists brings its own question with it.
    raised = {one.key: None for one in sheet.scored if one.story_only} | ticks | {key: better}

    assert total(sheet, tick(sheet, raised)) >= total(sheet, tick(sheet, ticks))


@pytest.mark.parametrize(
    ("change", "pointer", "sentence"),
    [
        ({"9.9": None}, "/ticks/9.9", "no criterion “9.9”"),
        ({"1.1": "no-such-option"}, "/ticks/1.1", "no option “no-such-option” (criterion 1.1)"),
        ({"1.1": "packing-creative"}, "/ticks/1.1", "belongs to criterion 2.2, not to criterion 1.1"),
        ({"5.1": "story-none"}, "/ticks/5.2", "only for a product with a story"),
        ({"5.1": None}, "/ticks/5.2", "only for a product with a story"),
    ],
    ids=["unknown criterion", "unknown option", "another criterion's option", "story none", "story not met"],
)
def test_a_wrong_tick_is_refused_with_its_criterion(change: dict[str, str | None], pointer: str, sentence: str) -> None:
    with pytest.raises(SheetNotInOrder) as refused:
        tick(RICE, best(RICE) | change)

    (flaw,) = refused.value.flaws
    assert flaw.pointer == pointer
    assert sentence in flaw.en
    assert flaw.vi


def test_every_unanswered_criterion_is_named() -> None:
    ticks = best(RICE)
    del ticks["1.2"], ticks["10"]

    with pytest.raises(SheetNotInOrder) as refused:
        tick(RICE, ticks)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["/ticks/1.2", "/ticks/10"]
    assert refused.value.status == 422


def test_all_that_is_wrong_is_told_at_once() -> None:
    ticks = best(RICE, **{"1.1": "no-such-option", "7.7": None})
    del ticks["4.1"]

    with pytest.raises(SheetNotInOrder) as refused:
        tick(RICE, ticks)

    assert {flaw.pointer for flaw in refused.value.flaws} == {"/ticks/1.1", "/ticks/7.7", "/ticks/4.1"}


class TestApplicableOnlyWithAStory:
    """The rule ``applies-only-if-story``: 5.2 is scored only if a story exists."""

    def test_without_a_story_the_criterion_may_be_left_out_or_said_not_met(self) -> None:
        left_out = best(RICE, **{"5.1": "story-none"})
        del left_out["5.2"]

        marks = tick(RICE, left_out)

        assert marks == tick(RICE, left_out | {"5.2": None})
        assert marks[RICE.places["5.2"]] == "."

    def test_with_a_story_it_must_be_answered(self) -> None:
        ticks = best(RICE, **{"5.1": "story-exists"})
        del ticks["5.2"]

        with pytest.raises(SheetNotInOrder) as refused:
            tick(RICE, ticks)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/ticks/5.2"]


DOCUMENTED = [
    (one, scored.key) for one in all_sheets() for scored in one.scored if scored.criterion.has_rule("requires-document")
]
TESTED = frozenset({"evidence-business-registration", "evidence-test-results"})
UNTESTED = TESTED - {"evidence-test-results"}


class TestNeedingADocument:
    """The rule ``requires-document``: a product standard counts only with food-safety test results in the file."""

    def test_18_sets_ask_for_it(self) -> None:
        assert sorted(one.number for one, _ in DOCUMENTED) == [*range(1, 18), 21]

    @pytest.mark.parametrize(("one", "key"), DOCUMENTED, ids=[one.set for one, _ in DOCUMENTED])
    def test_without_the_document_no_option_gives_points(self, one: Sheet, key: str) -> None:
        for option in one.scored[one.places[key]].criterion.options:
            if option.points == 0:
                continue
            with pytest.raises(SheetNotInOrder) as refused:
                tick(one, best(one, **{key: option.key}), UNTESTED)

            (flaw,) = refused.value.flaws
            assert flaw.pointer == f"/ticks/{key}"
            assert "evidence-test-results" in flaw.vi

    @pytest.mark.parametrize(("one", "key"), DOCUMENTED, ids=[one.set for one, _ in DOCUMENTED])
    def test_without_the_document_no_option_met_is_an_answer(self, one: Sheet, key: str) -> None:
        most = one.scored[one.places[key]].criterion.max_points

        assert total(one, tick(one, best(one, **{key: None}), UNTESTED)) == 100 - most

    @pytest.mark.parametrize("evidence", [TESTED, None], ids=["in the file", "not known"])
    def test_with_the_document_or_without_knowledge_every_option_counts(self, evidence: frozenset[str] | None) -> None:
        for one, _ in DOCUMENTED:
            assert total(one, tick(one, best(one), evidence)) == 100


class TestChoosingOneCase:
    """The rule ``choose-one-case``: criteria 8, 9 and 15 of community tourism."""

    @pytest.mark.parametrize("case", ["community-provided", "operator-provided"])
    def test_either_case_alone_is_scored(self, case: str) -> None:
        ticks = {key: option for key, option in best(TOURISM).items() if not key.startswith("9:")}
        options = TOURISM.scored[TOURISM.places[f"9:{case}"]].criterion.options

        marks = tick(TOURISM, ticks | {f"9:{case}": options[-1].key})

        assert total(TOURISM, marks) == 100
        assert (
            sorted(marks[TOURISM.places[f"9:{one}"]] for one in ("community-provided", "operator-provided"))[0] == "."
        )

    def test_two_cases_are_refused_with_their_criterion(self) -> None:
        with pytest.raises(SheetNotInOrder) as refused:
            tick(TOURISM, best(TOURISM) | {"15:operator-provided": None})

        (flaw,) = refused.value.flaws
        assert flaw.pointer == "/ticks/15"
        assert "one case only" in flaw.en

    def test_no_case_is_an_unanswered_criterion_named_once(self) -> None:
        ticks = best(TOURISM)
        del ticks["8:community-provided"]

        with pytest.raises(SheetNotInOrder) as refused:
            tick(TOURISM, ticks)

        (flaw,) = refused.value.flaws
        assert flaw.pointer == "/ticks/8"


def test_the_builder_makes_ticks_of_any_total_the_boundaries_need() -> None:
    assert [total(RICE, tick(RICE, with_total(RICE, points))) for points in (50, 70, 90)] == [50, 70, 90]

"""The life of an evaluation: opened, renewed until the first sheet, scored, finalised or stopped."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.evaluation import (
    AnotherSheet,
    Basis,
    Case,
    Evaluation,
    EvaluationClosed,
    NoSheets,
    Product,
    SheetHandedIn,
    Stopped,
    evaluation_id,
    finalise,
    hand_in,
    stop,
    submitted,
)
from services.scoring.domain.explanation import explain, recompute
from services.scoring.domain.marks import SheetNotInOrder, Ticks
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.stars import AgreementMissing, Average, read_agreed
from tests.services.scoring.builders import all_sheets, best, rules, sheet, ticks_on, with_total

RICE = sheet("rice-grains")
NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)
BASIS = Basis(rule_set="26-2026", rule_set_hash="r" * 64, sheet_hash="s" * 64)
WITHDRAWN = Stopped(ground="withdrawn", at=NOW)
APPLIED = "trademark-application-accepted"


def case(version: int = 1) -> Case:
    return Case(
        product=Product(id="product-1", name="Gạo nếp hương"),
        product_set="rice-grains",
        case_kind="first",
        manifest_version=version,
        manifest_hash=str(version) * 64,
        received_on=date(2026, 9, 1),
    )


def opened(authority: str = "37") -> Evaluation:
    return Evaluation(
        id=evaluation_id("dossier-1", authority, 1),
        authority=authority,
        dossier_id="dossier-1",
        attempt=1,
        submitted_by="37",
        owner_id="owner-1",
        commune="14371",
        case=case(),
        basis=BASIS,
    )


def scored(*sheets: Ticks, on: Sheet = RICE, authority: str = "37") -> Evaluation:
    evaluation = opened(authority)
    for n, ticks in enumerate(sheets, 1):
        evaluation = hand_in(evaluation, on, BASIS.sheet_hash, member=f"member-{n}", ticks=ticks, at=NOW)
    return evaluation


def finalised(evaluation: Evaluation, on: Sheet = RICE, **agreed: str | None) -> Evaluation:
    return finalise(evaluation, on, rules(), BASIS, agreed=agreed, by="chair#1", at=NOW)


def test_the_id_follows_from_dossier_authority_and_attempt() -> None:
    ids = {
        evaluation_id(dossier, authority, attempt)
        for dossier in ("dossier-1", "dossier-2")
        for authority in ("37", "00")
        for attempt in (1, 2)
    }

    assert len(ids) == 8
    assert evaluation_id("dossier-1", "37", 1) in ids


class TestSubmittedAgain:
    def test_a_higher_manifest_version_replaces_the_file_before_the_first_sheet(self) -> None:
        other = Basis(rule_set="26-2026", rule_set_hash="r" * 64, sheet_hash="t" * 64)

        renewed = submitted(opened(), case(2), other)

        assert (renewed.case.manifest_version, renewed.basis) == (2, other)

    def test_once_a_sheet_is_in_the_file_stays_as_it_was_frozen(self) -> None:
        evaluation = scored(best(RICE))

        assert submitted(evaluation, case(2), BASIS) is evaluation

    @pytest.mark.parametrize("version", [1, 2])
    def test_an_older_or_equal_version_changes_nothing(self, version: int) -> None:
        evaluation = submitted(opened(), case(2), BASIS)

        assert submitted(evaluation, case(version), BASIS) is evaluation

    def test_a_stopped_evaluation_stays_stopped(self) -> None:
        evaluation = stop(opened(), WITHDRAWN)

        assert submitted(evaluation, case(2), BASIS) is evaluation


class TestHandingIn:
    def test_a_sheet_is_kept_as_letters_with_its_total(self) -> None:
        (handed_in,) = scored(best(RICE, **{"3.5": APPLIED})).sheets

        assert (handed_in.member, len(handed_in.marks), handed_in.total) == ("member-1", 32, 98)

    def test_a_member_hands_in_one_sheet(self) -> None:
        with pytest.raises(SheetHandedIn):
            hand_in(scored(best(RICE)), RICE, BASIS.sheet_hash, member="member-1", ticks=best(RICE), at=NOW)

    def test_ticks_on_another_sheet_are_refused(self) -> None:
        with pytest.raises(AnotherSheet):
            hand_in(opened(), RICE, "t" * 64, member="member-1", ticks=best(RICE), at=NOW)

    def test_a_sheet_that_is_not_in_order_is_refused(self) -> None:
        with pytest.raises(SheetNotInOrder):
            hand_in(opened(), RICE, BASIS.sheet_hash, member="member-1", ticks={}, at=NOW)

    @pytest.mark.parametrize("state", ["finalised", "stopped"])
    def test_nothing_is_added_after_the_end(self, state: str) -> None:
        evaluation = finalised(scored(best(RICE))) if state == "finalised" else stop(opened(), WITHDRAWN)

        with pytest.raises(EvaluationClosed) as refused:
            hand_in(evaluation, RICE, BASIS.sheet_hash, member="late", ticks=best(RICE), at=NOW)

        assert state in refused.value.sentence("en")


class TestFinalising:
    def test_the_average_is_kept_as_sum_and_count(self) -> None:
        sheets = [with_total(RICE, points, **{"3.5": APPLIED}) for points in (89, 90, 90)]
        gated = {key: sheets[0][key] for key in read_agreed(RICE, "-" * len(RICE.gated)) if key in sheets[0]}
        evaluation = scored(*(ticks | gated for ticks in sheets))

        result = finalised(evaluation).result

        assert result is not None
        assert result.average == Average(total=sum(s.total for s in evaluation.sheets), count=3)
        assert result.rating.stars == 3

    def test_without_a_sheet_there_is_no_result(self) -> None:
        with pytest.raises(NoSheets):
            finalised(opened())

    def test_where_members_differ_the_council_states_what_it_agreed(self) -> None:
        evaluation = scored(best(RICE), best(RICE, **{"3.5": APPLIED}))

        with pytest.raises(AgreementMissing):
            finalised(evaluation)
        result = finalised(evaluation, **{"3.5": APPLIED}).result

        assert result is not None
        assert (result.average, result.rating.stars) == (Average(total=198, count=2), 3)

    def test_it_is_finalised_once(self) -> None:
        with pytest.raises(EvaluationClosed):
            finalised(finalised(scored(best(RICE))))

    def test_rules_or_a_sheet_loaded_for_an_older_file_are_refused(self) -> None:
        other = Basis(rule_set="26-2026", rule_set_hash="r" * 64, sheet_hash="t" * 64)

        with pytest.raises(AnotherSheet):
            finalise(scored(best(RICE)), RICE, rules(), other, agreed={}, by="chair#1", at=NOW)

    def test_the_centre_gives_5_stars_where_a_province_gives_4(self) -> None:
        stars = {authority: finalised(scored(best(RICE), authority=authority)).result for authority in ("37", "00")}

        assert {authority: result and result.rating.stars for authority, result in stars.items()} == {
            "37": 4,
            "00": 5,
        }


class TestStopping:
    def test_a_withdrawn_dossier_has_no_total_and_no_star(self) -> None:
        evaluation = stop(scored(best(RICE)), WITHDRAWN)

        assert (evaluation.state, evaluation.result) == ("stopped", None)

    def test_a_withdrawal_after_the_result_changes_nothing(self) -> None:
        evaluation = finalised(scored(best(RICE)))

        assert stop(evaluation, WITHDRAWN) is evaluation

    def test_a_conclusion_after_the_result_is_refused(self) -> None:
        with pytest.raises(EvaluationClosed):
            stop(finalised(scored(best(RICE))), Stopped(ground="disqualified", at=NOW))


@given(st.data())
def test_a_result_can_be_recomputed_from_the_letters(data: st.DataObject) -> None:
    sheet = data.draw(st.sampled_from(all_sheets()))
    ticks = data.draw(ticks_on(sheet))
    evaluation = finalised(scored(ticks, ticks, on=sheet), sheet)

    assert evaluation.result is not None
    assert recompute(evaluation, sheet, rules(), evaluation.result) == evaluation.result
    assert Evaluation.model_validate(evaluation.model_dump(mode="json")) == evaluation


def test_the_explanation_gives_every_step_with_its_article() -> None:
    evaluation = finalised(scored(best(RICE), best(RICE, **{"3.5": APPLIED})), **{"3.5": APPLIED})
    assert evaluation.result is not None

    explanation = explain(evaluation, RICE, rules(), evaluation.result)

    assert [step.outcome for step in explanation.steps] == [
        "100 + 98",
        "198 / 2 = 99.00",
        "5",
        "4*: 3.5 1/2, 5*: 3.5 1/2",
        "4",
        "3",
    ]
    assert all("26/2026/QĐ-TTg" in step.article for step in explanation.steps)
    assert explanation.agreed["3.5"] == APPLIED
    assert explanation.differences == ()


def test_an_altered_total_shows_in_the_explanation() -> None:
    evaluation = finalised(scored(best(RICE)))
    assert evaluation.result is not None
    altered = evaluation.but(sheets=tuple(one.model_copy(update={"total": 60}) for one in evaluation.sheets))

    explanation = explain(altered, RICE, rules(), evaluation.result)

    assert explanation.differences == ("sheet 1: 60 stored, 100 computed",)

"""The life of an evaluation: opened, renewed until the first sheet, stopped, explained."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.scoring.domain.conclusions import conclusions_owed
from services.scoring.domain.evaluation import (
    Annulled,
    Basis,
    Evaluation,
    EvaluationClosed,
    NothingToAnnul,
    Stopped,
    annul,
    evaluation_id,
    redo_id,
    redone,
    stop,
    submitted,
)
from services.scoring.domain.explanation import explain, recompute
from services.scoring.domain.marks import tick
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    all_sheets,
    best,
    case,
    finalised,
    opened,
    rules,
    scored,
    sheet,
    ticks_on,
)

RICE = sheet("rice-grains")
WITHDRAWN = Stopped(ground="withdrawn", at=NOW)
APPLIED = "trademark-application-accepted"


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


class TestAnnulling:
    ORDER = Annulled(ground="ministry_order", document="4567/BNNMT", dated=NOW.date(), by="agency#1", at=NOW)

    def test_the_result_stays_on_record_and_the_same_file_is_scored_anew(self) -> None:
        evaluation = annul(finalised(scored(best(RICE))), self.ORDER)

        again = redone(evaluation)

        assert (evaluation.state, evaluation.phase) == ("annulled", "ended")
        assert evaluation.result is not None
        assert (again.id, again.redoes) == (redo_id(evaluation.id), evaluation.id)
        assert (again.case, again.basis, again.attempt) == (evaluation.case, evaluation.basis, evaluation.attempt)
        assert (again.state, again.phase, again.result) == ("open", "waiting", None)

    def test_what_has_no_result_is_not_annulled(self) -> None:
        for evaluation in (opened(), stop(opened(), WITHDRAWN), annul(finalised(scored(best(RICE))), self.ORDER)):
            with pytest.raises(NothingToAnnul):
                annul(evaluation, self.ORDER)


@given(st.data())
def test_a_result_can_be_recomputed_from_the_letters(data: st.DataObject) -> None:
    sheet = data.draw(st.sampled_from(all_sheets()))
    ticks = data.draw(ticks_on(sheet))
    assume(not conclusions_owed(sheet, [tick(sheet, ticks)]))
    evaluation = finalised(scored(ticks, ticks, on=sheet), sheet)

    assert evaluation.result is not None
    assert recompute(evaluation, sheet, rules(), evaluation.result) == evaluation.result
    assert Evaluation.model_validate(evaluation.model_dump(mode="json")) == evaluation


def test_the_explanation_gives_every_step_with_its_article() -> None:
    evaluation = finalised(scored(best(RICE), best(RICE, **{"3.5": APPLIED})), **{"3.5": APPLIED})
    assert evaluation.result is not None

    explanation = explain(evaluation, RICE, rules(), evaluation.result)

    opening, *steps = [step.outcome for step in explanation.steps]
    assert opening.endswith(f"26-2026, rice-grains, {evaluation.basis.sheet_hash}")
    assert steps == [
        "100 + 98",
        "198 / 2 = 99.00",
        "5",
        f"3.5: {APPLIED}",
        "4*: 3.5 1/2, 5*: 3.5 1/2",
        "4",
        "3",
    ]
    assert sum("26/2026/QĐ-TTg" in step.article for step in explanation.steps) == len(explanation.steps) - 1
    assert "regulation" in explanation.steps[4].article
    assert explanation.agreed["3.5"] == APPLIED
    assert explanation.differences == ()


def test_an_altered_total_shows_in_the_explanation() -> None:
    evaluation = finalised(scored(best(RICE)))
    assert evaluation.result is not None
    altered = evaluation.but(sheets=tuple(one.model_copy(update={"total": 60}) for one in evaluation.sheets))

    explanation = explain(altered, RICE, rules(), evaluation.result)

    assert explanation.differences == ("sheet 1: 60 stored, 100 computed",)

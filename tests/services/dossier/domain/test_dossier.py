"""The rules of a dossier: changed, submitted, sent on, withdrawn, and the state that follows from what is heard."""

import itertools
import json
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.domain.dossier import (
    MOST_VERSIONS,
    Dossier,
    NothingToChange,
    SpeakerElsewhere,
    TooManyVersions,
    Withdrawn,
    certificate_heard,
    evaluation_heard,
    result_heard,
)
from services.dossier.domain.dossier import changed as changed_by
from services.dossier.domain.ending import withdraw as withdraw_by
from services.dossier.domain.following import (
    Certificate,
    Evaluation,
    Expiring,
    Issued,
    Opened,
    Result,
    Score,
    Stopped,
)
from services.dossier.domain.form import SelfAssessment, content_hash
from services.dossier.domain.lodging import DossierIncomplete
from services.dossier.domain.machine import DossierClosed, DossierUnderEvaluation, MoveNotAllowed
from services.dossier.domain.product import CaseKind
from services.dossier.domain.steps import Letter, Package
from services.dossier.domain.submission import CouncilElsewhere, DossierUnchanged, NotForTheCentre
from services.dossier.domain.submission import forward as forward_by
from services.dossier.domain.submission import submit as submit_by
from tests.services.dossier.builders import REGULATION, TODAY, draft

BACK = Withdrawn(ground="owner_request", reason="Bà An ốm.", on=TODAY)

LETTER = Letter(number="12/BC", on=TODAY)
PACKAGE = Package(
    letter=LETTER,
    approval_decision=LETTER,
    advisory_report=LETTER,
    council_report=LETTER,
    agency_report=None,
    extra_tests=(),
    samples=5,
    on=TODAY,
)


def changed(dossier: Dossier, form: SelfAssessment | None, case_kind: CaseKind | None) -> Dossier:
    return changed_by(dossier, form, case_kind, "owner")


def submit(dossier: Dossier, on: date) -> Dossier:
    return submit_by(dossier, dossier.authority, REGULATION, by="owner", on=on)


def forward(dossier: Dossier, on: date = TODAY) -> Dossier:
    return forward_by(dossier, PACKAGE, by="agency", on=on)


def withdraw(dossier: Dossier, withdrawn: Withdrawn) -> Dossier:
    return withdraw_by(dossier, withdrawn, "owner")


def opened(council: str = "37", version: int = 1) -> Evaluation:
    slot = Opened(manifest_version=version, manifest_hash="m", rule_set="26-2026", sheet_hash="s", on=TODAY)
    return Evaluation(id=f"ev-{council}", council=council, attempt=1, opened=slot)


def scored(council: str = "37", stars: int = 3, potential: bool = False) -> Evaluation:
    slot = Score(
        stars=stars,
        potential_five_star=potential,
        total_sum="192",
        sheet_count=3,
        average="64.00",
        failed_minimums=(),
        on=TODAY,
    )
    return Evaluation(id=f"ev-{council}", council=council, attempt=1, score=slot)


def stopped(council: str = "37") -> Evaluation:
    slot = Stopped(reason="disqualified", on=TODAY)
    return Evaluation(id=f"ev-{council}", council=council, attempt=1, stopped=slot)


def result(outcome: Any = "recognised", authority: str = "37") -> Result:
    return Result(
        authority=authority,
        outcome=outcome,
        stars=3,
        failed_minimums=(),
        decision_number="123/QĐ-UBND",
        decided_on=TODAY,
    )


def evaluated(dossier: Dossier, *heard: Evaluation) -> Dossier:
    for each in heard:
        dossier = evaluation_heard(dossier, each)
    return dossier


def test_a_change_keeps_the_answers_it_does_not_name() -> None:
    after = changed(draft(), SelfAssessment(description="Mới"), None)

    assert after.form.description == "Mới"
    assert after.form.material_origin == draft().form.material_origin


def test_a_change_to_null_empties_the_answer() -> None:
    after = changed(draft(), SelfAssessment(description=None), None)

    assert after.form.description is None


def test_the_kind_of_case_can_be_changed() -> None:
    assert changed(draft(), None, "upgrade").case_kind == "upgrade"


@pytest.mark.parametrize("form", [None, SelfAssessment()])
def test_a_change_of_nothing_is_refused(form: SelfAssessment | None) -> None:
    with pytest.raises(NothingToChange):
        changed(draft(), form, None)


def test_a_submission_freezes_what_was_submitted_under_its_hash() -> None:
    dossier = submit(draft(), TODAY)

    sent = dossier.submissions[0]
    assert (dossier.state, dossier.told) == ("submitted", "submitted")
    assert (sent.to, sent.attempt, sent.manifest_version, sent.received_on) == ("37", 1, 1, TODAY)
    assert sent.manifest_hash == content_hash(sent.manifest)
    assert json.loads(sent.manifest)["form"]["description"] == dossier.form.description


def test_the_hash_follows_from_the_content_and_nothing_else() -> None:
    today = submit(draft(evidence=["product_story", "business_registration", "product_story"]), TODAY)
    tomorrow = submit(draft(), TODAY + timedelta(days=1))

    assert today.submissions[0].manifest_hash == tomorrow.submissions[0].manifest_hash
    assert today.submissions[0].manifest_hash != submit(draft(self_score=70), TODAY).submissions[0].manifest_hash


def test_a_dossier_that_lacks_something_is_refused_with_every_lack_named() -> None:
    with pytest.raises(DossierIncomplete) as refused:
        submit(draft(description=None, evidence=["awards"]), TODAY)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["/form/description", "/form/evidence"]
    assert "2" in refused.value.sentence("vi")
    assert all(flaw.vi and flaw.en for flaw in refused.value.flaws)


def test_the_same_file_is_not_submitted_twice() -> None:
    with pytest.raises(DossierUnchanged, match="version 1"):
        submit(submit(draft(), TODAY), TODAY)


def test_a_changed_file_is_submitted_again_with_a_higher_version_and_the_first_is_kept() -> None:
    first = submit(draft(), TODAY)

    second = submit(changed(first, SelfAssessment(description="Mới"), None), TODAY)

    assert [each.manifest_version for each in second.submissions] == [1, 2]
    assert second.submissions[0] == first.submissions[0]


def test_a_dossier_submitted_before_versions_were_kept_apart_goes_on_counting() -> None:
    old = submit(draft(), TODAY).but(manifests=())

    again = submit(changed(old, SelfAssessment(description="Mới"), None), TODAY)

    assert [each.manifest_version for each in again.submissions] == [1, 2]
    with pytest.raises(DossierUnchanged):
        submit(old, TODAY)


def test_a_dossier_has_a_bounded_number_of_versions() -> None:
    dossier = draft()
    for n in range(MOST_VERSIONS):
        dossier = submit(changed(dossier, SelfAssessment(description=f"Lần {n}"), None), TODAY)

    with pytest.raises(TooManyVersions):
        submit(changed(dossier, SelfAssessment(description="Lần nữa"), None), TODAY)


def test_once_the_council_has_opened_the_file_is_frozen() -> None:
    dossier = evaluated(submit(draft(), TODAY), opened())

    with pytest.raises(DossierUnderEvaluation):
        changed(dossier, SelfAssessment(description="Mới"), None)
    with pytest.raises(DossierUnderEvaluation):
        submit(dossier, TODAY)


@pytest.mark.parametrize("closing", ["withdrawn", "announced"])
def test_a_closed_dossier_takes_no_command(closing: str) -> None:
    dossier = submit(draft(), TODAY)
    dossier = withdraw(dossier, BACK) if closing == "withdrawn" else result_heard(dossier, result())

    for command in (
        lambda: changed(dossier, SelfAssessment(description="Mới"), None),
        lambda: submit(dossier, TODAY),
        lambda: forward(dossier),
        lambda: withdraw(dossier, BACK),
    ):
        with pytest.raises(DossierClosed):
            command()


def test_a_draft_can_be_withdrawn() -> None:
    assert withdraw(draft(), BACK).state == "withdrawn"


def test_a_scored_dossier_can_be_withdrawn_until_its_result_is_announced() -> None:
    assert withdraw(evaluated(submit(draft(), TODAY), opened(), scored()), BACK).state == "withdrawn"


def test_a_dossier_goes_to_no_other_province() -> None:
    with pytest.raises(CouncilElsewhere):
        submit_by(draft(), "38", REGULATION, by="agency", on=TODAY)


def test_without_a_potential_of_five_stars_nothing_goes_to_the_centre() -> None:
    with pytest.raises(NotForTheCentre):
        forward(evaluated(submit(draft(), TODAY), opened(), scored(stars=4)))


def test_a_potential_five_star_goes_to_the_centre_in_the_version_that_was_rated() -> None:
    first = submit(draft(), TODAY)
    second = submit(changed(first, SelfAssessment(description="Mới"), None), TODAY)
    rated = evaluated(second, opened(version=1), scored(stars=4, potential=True))

    forwarded = forward(rated, date(2026, 12, 1))

    sent = forwarded.submissions[-1]
    assert (sent.to, sent.attempt, sent.manifest_version) == ("00", 1, 1)
    assert sent.manifest_hash == first.submissions[0].manifest_hash
    assert sent.received_on == date(2026, 12, 1)


def test_a_dossier_goes_to_the_centre_once() -> None:
    rated = evaluated(submit(draft(), TODAY), opened(), scored(potential=True))

    with pytest.raises(MoveNotAllowed):
        forward(forward(rated))


def test_the_owner_is_not_told_that_the_case_went_on_to_the_centre() -> None:
    rated = evaluated(submit(draft(), TODAY), opened(), scored(potential=True))

    forwarded = forward(rated)

    assert (rated.state, rated.told) == ("scored", "scoring")
    assert (forwarded.state, forwarded.told) == ("forwarded", "scoring")


@pytest.mark.parametrize(
    ("heard", "state", "told"),
    [
        ((opened(),), "scoring", "scoring"),
        ((opened(), scored()), "scored", "scoring"),
        ((scored(),), "scored", "scoring"),
        ((opened(), stopped()), "scoring_stopped", "scoring"),
    ],
)
def test_a_councils_result_is_the_agencys_and_not_the_owners(
    heard: tuple[Evaluation, ...], state: str, told: str
) -> None:
    dossier = evaluated(submit(draft(), TODAY), *heard)

    assert (dossier.state, dossier.told) == (state, told)


@pytest.mark.parametrize("outcome", ["recognised", "not_recognised"])
def test_what_is_announced_everybody_knows(outcome: str) -> None:
    dossier = result_heard(evaluated(submit(draft(), TODAY), opened(), scored()), result(outcome))

    assert (dossier.state, dossier.told) == (outcome, outcome)


def test_a_recognition_by_the_province_stands_whatever_the_centre_announced_before() -> None:
    dossier = result_heard(submit(draft(), TODAY), result("not_recognised", "00"))

    assert result_heard(dossier, result("recognised", "37")).state == "recognised"


def test_a_decision_that_crossed_the_withdrawal_prevails() -> None:
    dossier = withdraw(submit(draft(), TODAY), BACK)

    assert result_heard(dossier, result()).state == "recognised"


def test_an_evaluation_of_an_older_submission_does_not_speak_for_the_latest() -> None:
    rated = evaluated(submit(draft(), TODAY), opened(), scored(potential=True))
    forwarded = forward(rated)

    after = evaluated(forwarded, opened("00"))

    assert after.state == "central_scoring"
    assert [each.council for each in after.evaluations] == ["37", "00"]


def test_facts_of_different_topics_come_in_any_order_to_the_same_end() -> None:
    issued = Issued(
        stars=3,
        decision_number="123/QĐ-UBND",
        decided_on=TODAY,
        valid_from=TODAY,
        valid_until=date(2029, 11, 20),
    )
    certificate = Certificate(number="37-1", authority="37", issued=issued)
    warning = Certificate(
        number="37-1", authority="37", expiring=Expiring(valid_until=date(2029, 11, 20), days_left=180)
    )
    facts = [
        lambda held: evaluation_heard(held, opened()),
        lambda held: evaluation_heard(held, scored()),
        lambda held: result_heard(held, result()),
        lambda held: certificate_heard(held, certificate),
        lambda held: certificate_heard(held, warning),
    ]

    ends = set()
    for order in itertools.permutations(facts):
        dossier = submit(draft(), TODAY)
        for fact in order:
            dossier = fact(dossier)
        ends.add(dossier.model_dump_json())

    assert len(ends) == 1
    assert dossier.state == "recognised"
    assert dossier.certificates[0].issued == issued and dossier.certificates[0].expiring == warning.expiring


def test_hearing_a_fact_twice_changes_nothing() -> None:
    once = evaluated(submit(draft(), TODAY), opened(), scored())

    assert evaluated(once, scored()) == once


def test_another_province_has_no_say() -> None:
    dossier = submit(draft(), TODAY)

    for word in (
        lambda: evaluation_heard(dossier, scored("38")),
        lambda: result_heard(dossier, result(authority="38")),
        lambda: certificate_heard(dossier, Certificate(number="38-1", authority="38")),
    ):
        with pytest.raises(SpeakerElsewhere):
            word()


def test_a_certificate_that_ends_does_not_take_back_the_recognition() -> None:
    dossier = result_heard(submit(draft(), TODAY), result())

    ended = certificate_heard(dossier, Certificate(number="37-1", authority="37", expired_after=date(2029, 11, 20)))

    assert ended.state == "recognised"

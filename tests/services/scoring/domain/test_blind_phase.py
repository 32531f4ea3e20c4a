"""The end of the blind phase: on whose sheets it closes, and when the product is scored again."""

import pytest

from services.scoring.domain.blind_phase import BlindPhaseIncomplete, close
from services.scoring.domain.signing import BlindPhaseOver, attend, declare, hand_in
from services.scoring.domain.sitting import Conflict
from tests.services.scoring.builders import (
    BASIS,
    NOW,
    SESSION_DAY,
    best,
    convened,
    membership,
    none_met,
    regulation,
    scored,
    seated,
    sheet,
    with_total,
)

RICE = sheet("rice-grains")


def pointers(refused: pytest.ExceptionInfo[BlindPhaseIncomplete]) -> list[str]:
    return [flaw.pointer for flaw in refused.value.flaws]


def test_it_closes_on_the_sheets_of_all_who_are_there() -> None:
    evaluation = close(scored(best(RICE), best(RICE)), by="chair#1", at=NOW, today=SESSION_DAY)

    assert evaluation.phase == "deliberation"
    assert evaluation.sitting is not None
    assert [(one.by, one.spread, one.diverged) for one in evaluation.sitting.closings] == [("chair#1", 0, False)]


def test_everybody_who_has_not_signed_is_named() -> None:
    evaluation = hand_in(seated(), RICE, BASIS.sheet_hash, member="member-2", ticks=best(RICE), at=NOW)

    with pytest.raises(BlindPhaseIncomplete) as refused:
        close(evaluation, by="chair", at=NOW, today=SESSION_DAY)

    assert pointers(refused) == ["/sheets/member-1", "/sheets/member-3"]


def test_who_is_absent_or_in_conflict_is_not_waited_for() -> None:
    conflict = Conflict(person="member-3", kind="own", declared_by="m", at=NOW)
    evaluation = attend(seated(8), tuple(f"member-{n}" for n in range(1, 8)))
    evaluation = declare(evaluation, conflict)
    for n in (1, 2, 4, 5, 6, 7):
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=f"member-{n}", ticks=best(RICE), at=NOW)

    assert close(evaluation, by="chair", at=NOW, today=SESSION_DAY).phase == "deliberation"


@pytest.mark.parametrize(("there", "closes"), [(8, True), (7, False)])
def test_the_quorum_is_a_share_of_all_who_may_score(there: int, closes: bool) -> None:
    evaluation = attend(seated(10), tuple(f"member-{n}" for n in range(1, there + 1)))
    for n in range(1, there + 1):
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=f"member-{n}", ticks=best(RICE), at=NOW)

    if closes:
        assert close(evaluation, by="chair", at=NOW, today=SESSION_DAY).phase == "deliberation"
    else:
        with pytest.raises(BlindPhaseIncomplete) as refused:
            close(evaluation, by="chair", at=NOW, today=SESSION_DAY)
        assert pointers(refused) == ["/attendance"]


@pytest.mark.parametrize(
    ("rule", "conflict", "closes"),
    [
        ("chair", None, False),
        ("chair-or-deputy", None, True),
        ("anybody", None, True),
        ("chair", "member-1", True),
    ],
    ids=["the chair must", "a deputy may", "nobody must", "a chair in conflict gives way"],
)
def test_somebody_leads_whom_the_regulation_accepts(rule: str, conflict: str | None, closes: bool) -> None:
    council = membership(5, member_2={"seat": "deputy"})
    evaluation = convened(council, regulation(chair=rule))
    evaluation = attend(evaluation, tuple(f"member-{n}" for n in range(2, 6)))
    if conflict is not None:
        evaluation = declare(evaluation, Conflict(person=conflict, kind="own", declared_by="m", at=NOW))
    for n in range(2, 6):
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=f"member-{n}", ticks=best(RICE), at=NOW)

    if closes:
        assert close(evaluation, by="member-2", at=NOW, today=SESSION_DAY).phase == "deliberation"
    else:
        with pytest.raises(BlindPhaseIncomplete):
            close(evaluation, by="member-2", at=NOW, today=SESSION_DAY)


@pytest.mark.parametrize(("allowed", "closes"), [(True, True), (False, False)])
def test_a_stand_in_scores_for_who_is_absent_where_the_regulation_allows_it(allowed: bool, closes: bool) -> None:
    council = membership(2, stand_in={"seat": "member", "stand_in_for": "member-2"})
    evaluation = attend(convened(council, regulation(stand_in_scores=allowed)), ("member-1", "stand-in"))
    present = ("member-1", "stand-in") if allowed else ("member-1",)
    for person in present:
        evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=person, ticks=best(RICE), at=NOW)

    if closes:
        assert close(evaluation, by="secretary", at=NOW, today=SESSION_DAY).phase == "deliberation"
    else:
        with pytest.raises(BlindPhaseIncomplete) as refused:
            close(evaluation, by="secretary", at=NOW, today=SESSION_DAY)
        assert pointers(refused) == ["/attendance"]


def test_a_member_of_the_products_field_is_there_where_the_regulation_asks_for_one() -> None:
    (ministry, *_) = RICE.ministries
    experts = membership(3, member_3={"seat": "member", "fields": [ministry]})

    for council, lacks in ((membership(3), ["/attendance"]), (experts, [])):
        evaluation = attend(
            convened(council, regulation(lead_field=True)), tuple(one.person for one in council.members)
        )
        with pytest.raises(BlindPhaseIncomplete) as refused:
            close(evaluation, by="chair", at=NOW, today=SESSION_DAY)
        assert [pointer for pointer in pointers(refused) if pointer == "/attendance"] == lacks


class TestDivergence:
    @pytest.mark.parametrize(("lowest", "again"), [(80, False), (79, True)])
    def test_totals_may_differ_by_the_limit_and_no_further(self, lowest: int, again: bool) -> None:
        sheets = (with_total(RICE, 90), with_total(RICE, lowest))

        evaluation = close(scored(*sheets, divergence_limit=10), by="chair", at=NOW, today=SESSION_DAY)

        assert (evaluation.phase == "blind") is again
        assert evaluation.sitting is not None
        assert (evaluation.sitting.round, evaluation.sitting.closings[0].spread) == (1 + again, 90 - lowest)

    def test_the_first_sheets_stay_on_record_and_everybody_signs_another(self) -> None:
        evaluation = close(
            scored(best(RICE), none_met(RICE), divergence_limit=10), by="chair", at=NOW, today=SESSION_DAY
        )
        first = evaluation.record
        for n in (1, 2):
            evaluation = hand_in(evaluation, RICE, BASIS.sheet_hash, member=f"member-{n}", ticks=best(RICE), at=NOW)

        closed = close(evaluation, by="chair", at=NOW, today=SESSION_DAY)

        assert [(old.sheet.total, old.round, old.why) for old in first] == [(100, 1, "rescoring"), (0, 1, "rescoring")]
        assert closed.phase == "deliberation"
        assert closed.record == first

    def test_without_a_limit_members_differ_as_they_like(self) -> None:
        assert close(scored(best(RICE), none_met(RICE)), by="chair", at=NOW, today=SESSION_DAY).phase == "deliberation"


def test_it_closes_once() -> None:
    evaluation = close(scored(best(RICE)), by="chair", at=NOW, today=SESSION_DAY)

    with pytest.raises(BlindPhaseOver):
        close(evaluation, by="chair", at=NOW, today=SESSION_DAY)

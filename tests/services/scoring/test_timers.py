"""The 45 days of a re-evaluation: said once when they have passed, and listed for whoever has to hurry."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from services.scoring.domain.evaluation import Evaluation
from services.scoring.timers import ring, timed
from shared.clock import midnight
from shared.timers import ClockGuard, ring_once
from tests.services.scoring.builders import finalised, opened, scored, sheet, with_total
from tests.services.scoring.room import Room

LAST = date(2026, 10, 16)
AFTER = midnight(LAST + timedelta(days=1))


def to_rate(evaluation: Evaluation | None = None) -> Evaluation:
    one = evaluation or opened()
    return timed(one.but(basis=one.basis.model_copy(update={"rate_by": LAST})))


def test_it_is_due_when_the_day_after_the_last_begins_in_viet_nam() -> None:
    assert to_rate().due == AFTER == datetime(2026, 10, 16, 17, tzinfo=UTC)
    assert timed(opened()).due is None


def test_what_has_passed_is_said_once() -> None:
    after, (fact,) = ring(to_rate(), AFTER)

    assert (after.due, after.overdue_said) == (None, LAST)
    assert fact.model_dump()["rate_by"] == LAST
    assert ring(after, AFTER + timedelta(days=30)) == (after, ())


def test_a_moment_before_nothing_is_said_and_it_stays_due() -> None:
    evaluation = to_rate()

    assert ring(evaluation, AFTER - timedelta(milliseconds=1)) == (evaluation, ())


def test_what_has_ended_in_time_is_never_overdue() -> None:
    ended = finalised(scored(with_total(sheet("rice-grains"), 80)))
    ended = ended.but(basis=ended.basis.model_copy(update={"rate_by": LAST}), due=AFTER)

    after, facts = ring(ended, AFTER)

    assert (after.due, facts) == (None, ())


def test_a_later_full_file_has_a_later_day_of_its_own() -> None:
    said, _ = ring(to_rate(), AFTER)

    renewed = timed(said.but(basis=said.basis.model_copy(update={"rate_by": LAST + timedelta(days=20)})))

    assert renewed.due == AFTER + timedelta(days=20)


async def test_the_worker_says_it_of_re_evaluations_only_and_twice_rung_is_once_said(room: Room) -> None:
    first = await room.submit(case_kind="first", received_on=date(2026, 7, 20), dossier="first")
    again = await room.submit(case_kind="re_evaluation", received_on=date(2026, 7, 20))
    guard = ClockGuard(room.evaluations.collection, room.clock, "37")

    await ring_once(room.evaluations, ring, guard)
    await ring_once(room.evaluations, ring, guard)

    types = [event["type"] for event in room.spoken(again)]
    assert types == ["vn.ocop.evaluation.opened.v1", "vn.ocop.evaluation.rating-overdue.v1"]
    assert json.loads(room.spoken(again)[-1]["data"])["rate_by"] == "2026-09-03"
    assert len(room.spoken(first)) == 1


@pytest.mark.parametrize(("query", "days"), [("", [-79, 13]), ("?overdue=true", [-79])])
async def test_the_agency_has_a_list_of_what_is_to_be_rated_and_by_when(
    room: Room, query: str, days: list[int]
) -> None:
    await room.submit(case_kind="first", dossier="first")
    await room.submit(case_kind="re_evaluation", received_on=date(2026, 7, 20), dossier="late")
    await room.submit(case_kind="re_evaluation", received_on=date(2026, 10, 20), dossier="soon")
    await room.submit(case_kind="re_evaluation", received_on=date(2026, 7, 20), speaker="48", to="48", dossier="far")

    async with room.as_("agency") as agency:
        listed = (await agency.get(f"/deadlines{query}")).json()

    assert sorted(one["days"] for one in listed["items"]) == days

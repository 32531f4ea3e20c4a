"""The judge of a chaos run catches what is lost, doubled, out of order or untrue, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from tests.chaos import judge
from tests.chaos.client import Command
from tests.chaos.evidence import Evidence, Seen
from tests.chaos.judge import Verdict
from tests.chaos.trail import (
    DECISION,
    DOSSIER,
    EVALUATION,
    NUMBER,
    RECOGNITION,
    documents,
    event,
    records,
    replayed,
    sound,
    spoilt,
)

UNTIL = date(2029, 11, 21)
VISITED = (UNTIL - timedelta(days=240), UNTIL + timedelta(days=1))
timers = partial(judge.timers, visited=VISITED, cohort=frozenset({NUMBER}))


def told(evidence: Evidence) -> Verdict:
    return judge.messages(evidence).verdict


ALL = (
    judge.answers,
    judge.commands,
    judge.spoken,
    judge.followed,
    judge.once,
    judge.ordered,
    judge.same_words,
    judge.outboxes,
    judge.certificates,
    timers,
    told,
    judge.lanes,
)


def without(*places: int) -> Evidence:
    return replace(sound(), records=[record for n, record in enumerate(records()) if n not in places])


def with_mail(**mail: int) -> Evidence:
    return replace(sound(), mail={**sound().mail, **{f"<{id}@ocop.example>": times for id, times in mail.items()}})


def test_sound_evidence_passes_every_proof_and_each_has_something_to_look_at() -> None:
    verdicts = [proof(sound()) for proof in ALL]

    assert [verdict.wrong for verdict in verdicts] == [[]] * len(ALL)
    assert [verdict.what for verdict in verdicts if not verdict.looked_at] == ["events repeated in other words"]


def test_a_topic_sent_once_more_from_its_beginning_violates_nothing() -> None:
    again = replace(sound(), records=[*records(), *records()])

    assert [verdict.what for proof in ALL if not (verdict := proof(again)).holds] == []
    assert judge.same_words(again).looked_at == len(records())


@pytest.mark.parametrize("place", range(len(records())))
def test_a_lost_event_is_caught_whichever_it_is(place: int) -> None:
    assert not judge.spoken(without(place)).holds


def test_an_event_that_no_document_has_spoken_is_caught() -> None:
    invented = event("scoring", "e2", 1, "evaluation.opened", "scores", 9, manifest_version=1, dossier_id=DOSSIER)

    assert not judge.spoken(replace(sound(), records=[*records(), invented])).holds


def test_a_reordered_first_appearance_is_caught() -> None:
    one, two, three, *others = records()

    assert not judge.ordered(replace(sound(), records=[one, three, two, *others])).holds


def test_a_gap_in_the_first_appearances_is_caught() -> None:
    assert not judge.ordered(without(1)).holds


def test_an_event_repeated_in_other_words_is_caught() -> None:
    forged = event("scoring", EVALUATION, 2, "score.finalized", "scores", 9, total_sum="200", dossier_id=DOSSIER)

    assert not judge.same_words(replace(sound(), records=[*records(), forged])).holds


def test_an_outbox_that_was_left_is_caught() -> None:
    assert not judge.outboxes(spoilt(sound(), "scoring", EVALUATION, outbox=[{"sequence": 2}])).holds


@pytest.mark.parametrize(
    ("service", "id", "fields"),
    [
        ("scoring", EVALUATION, {"dossier_id": "another"}),
        ("dossier", DOSSIER, {"evaluations": []}),
        ("dossier", DOSSIER, {"results": []}),
        ("dossier", DOSSIER, {"certificates": []}),
        ("certification", RECOGNITION, {"results": []}),
        ("notification", "m3", {"kind": "Forgotten"}),
    ],
)
def test_an_event_that_its_listener_has_lost_is_caught(service: str, id: str, fields: dict[str, object]) -> None:
    assert not judge.followed(spoilt(sound(), service, id, **fields)).holds


@pytest.mark.parametrize(
    "doubled",
    [
        event("scoring", EVALUATION, 3, "score.finalized", "scores", 9, total_sum="180", dossier_id=DOSSIER),
        event("certification", RECOGNITION, 6, "certificate.issued", "certificates", 9, number=NUMBER),
        event("certification", DECISION, 2, "recognition.decided", "certificates", 9, items=[]),
        event("dossier", DOSSIER, 2, "dossier.submitted", "dossiers", 9, manifest_version=1),
    ],
)
def test_an_effect_that_happened_twice_is_caught(doubled: Seen) -> None:
    assert not judge.once(replace(sound(), records=[*records(), doubled])).holds


def test_a_delivery_made_twice_is_caught() -> None:
    twice = {**documents()["notification"]["m1"], "_id": "m9"}

    found = replace(sound(), documents={**documents(), "notification": {**documents()["notification"], "m9": twice}})

    assert not judge.once(found).holds


@pytest.mark.parametrize(
    ("service", "id", "fields"),
    [
        ("dossier", DOSSIER, {"form": {"description": "cũ"}}),
        ("dossier", DOSSIER, {"submissions": []}),
        ("dossier", DOSSIER, {"submissions": [{"manifest_version": 1}, {"manifest_version": 2}]}),
        ("dossier", DOSSIER, {"product_name": "Dứa khác"}),
        ("scoring", EVALUATION, {"sheets": [{"member": "council_member-1", "total": 90}]}),
        ("scoring", EVALUATION, {"sheets": 3 * [{"member": "council_member-1", "total": 60}]}),
        ("scoring", EVALUATION, {"state": "open"}),
        ("certification", DECISION, {"state": "refused"}),
        ("certification", DECISION, {"items": [{"evaluation_id": EVALUATION, "certificate_number": None}]}),
        ("certification", DECISION, {"done": [{"command": "x"}, {"command": "x"}]}),
    ],
)
def test_a_command_lost_or_applied_twice_is_caught(service: str, id: str, fields: dict[str, object]) -> None:
    assert not judge.commands(spoilt(sound(), service, id, **fields)).holds


def test_a_withdrawal_that_was_refused_and_yet_applied_is_caught() -> None:
    refused = Command("withdraw", "key", "/", "either", {"dossier": DOSSIER}, status=409, answer={})

    taken_back = spoilt(sound(), "dossier", DOSSIER, withdrawn={"ground": "owner_request"})

    assert not judge.commands(replace(taken_back, commands=[*sound().commands, refused])).holds


@pytest.mark.parametrize(("expected", "status"), [("pass", 409), ("refuse", 200), ("either", 500), ("pass", 500)])
def test_an_answer_that_was_not_due_is_caught(expected: str, status: int) -> None:
    odd = Command("patch", "key", "/", expected, {}, status=status)  # type: ignore[arg-type]

    assert not judge.answers(replace(sound(), commands=[odd])).holds


@pytest.mark.parametrize(
    "certificates",
    [
        [],
        2 * [documents()["certification"][RECOGNITION]["certificates"][0]],
        [{**documents()["certification"][RECOGNITION]["certificates"][0], "number": "37-2026-9-001"}],
        [{**documents()["certification"][RECOGNITION]["certificates"][0], "evaluation_id": "another"}],
    ],
)
def test_a_missing_doubled_or_foreign_certificate_is_caught(certificates: list[object]) -> None:
    assert not judge.certificates(spoilt(sound(), "certification", RECOGNITION, certificates=certificates)).holds


def test_a_dossier_that_says_other_than_what_was_announced_is_caught() -> None:
    assert not judge.certificates(spoilt(sound(), "dossier", DOSSIER, state="withdrawn")).holds


def test_a_warning_or_an_end_that_was_not_told_is_caught() -> None:
    assert not timers(without(7)).holds
    assert not timers(without(8)).holds


def test_a_warning_told_twice_or_early_is_caught() -> None:
    again = event("certification", RECOGNITION, 6, "certificate.expiring", "certificates", 9, number=NUMBER, step=180)

    assert not timers(replace(sound(), records=[*records(), again])).holds


def test_of_steps_that_are_late_together_only_the_nearest_is_due_and_the_last_filing_day_only_on_its_day() -> None:
    due = judge._due

    assert due(UNTIL, [UNTIL - timedelta(days=130)]) == [135]
    assert due(UNTIL, [UNTIL - timedelta(days=120)]) == [120]
    assert due(UNTIL, [UNTIL - timedelta(days=119), UNTIL - timedelta(days=30)]) == [30]


def test_a_message_never_taken_is_caught() -> None:
    assert not told(with_mail(m0=0)).holds


def test_a_message_taken_twice_without_an_interrupted_attempt_is_caught() -> None:
    assert not told(with_mail(m0=2)).holds


def test_a_message_taken_twice_after_an_interruption_is_counted_and_no_violation() -> None:
    interrupted = [{"outcome": "interrupted"}, {"outcome": "accepted"}]

    found = judge.messages(spoilt(with_mail(m0=2), "notification", "m0", attempts=interrupted))

    assert (found.verdict.holds, found.repeated) == (True, 1)


def test_a_message_that_nobody_asked_for_is_caught() -> None:
    assert not told(with_mail(other=1)).holds


def test_an_event_still_parked_or_replayed_out_of_order_is_caught() -> None:
    parked = spoilt(sound(), "notification", "lane/x", events=[{}])
    reversed = spoilt(sound(), "notification", "lane/x", actions=[replayed(2), replayed(1)])

    assert not judge.lanes(parked).holds
    assert not judge.lanes(reversed).holds


def test_a_document_changed_by_the_re_send_is_caught_and_a_lane_is_not_looked_at() -> None:
    watched = frozenset({"Evaluation"})
    before = sound().documents
    after = spoilt(spoilt(sound(), "scoring", EVALUATION, state="open"), "notification", "lane/x", spoken=9).documents

    assert judge.unchanged(before, before, watched).holds
    assert len(judge.unchanged(before, after, watched).wrong) == 1

"""The life of one message as pure decisions: claims, attempts, and what a late answer still changes."""

from datetime import timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.delivery import (
    FIRST_PAUSE,
    LEASE,
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    Attempt,
    Cause,
    Delivery,
    SentMessage,
    pause,
)
from tests.services.notification.desk import NOW


def planned() -> Delivery:
    cause = Cause(
        type="vn.ocop.certificate.issued.v1",
        id="subject-1.1",
        source="/authorities/37/certification",
        subject="subject-1",
        sequence=1,
        time=NOW,
        correlation_id="correlation-1",
        traceparent="",
    )
    return Delivery(
        id="delivery-1",
        authority="37",
        due=NOW,
        cause=cause,
        audience="owner",
        recipient="owner-1",
        template="certificate-issued",
        channel="email",
        facts={},
    )


def begun(by: str = "a") -> Delivery:
    claimed, _ = planned().claimed(by, NOW, NOW)
    return claimed.begun(by, ("email",), NOW, NOW)[0]


def message(attempt: int) -> SentMessage:
    return SentMessage(
        at=NOW,
        attempt=attempt,
        channel="smtp",
        message_id="<delivery-1@ocop.example>",
        language="vi",
        template_version="1",
        subject="s",
        text="t",
        digest="d",
    )


def test_a_claim_pushes_the_due_instant_forward() -> None:
    delivery, facts = planned().claimed("a", NOW, NOW)

    assert (delivery.due, delivery.held("a"), facts) == (NOW + LEASE, True, ())


def test_a_claimed_delivery_cannot_be_claimed_before_its_lease_ends() -> None:
    held, _ = planned().claimed("a", NOW, NOW)

    assert held.claimed("b", NOW + timedelta(days=1000), NOW + LEASE / 2)[0] is held
    assert held.claimed("b", NOW + LEASE, NOW + LEASE)[0].held("b")


def test_only_the_holder_may_begin_and_only_with_time_left() -> None:
    held, _ = planned().claimed("a", NOW, NOW)

    assert held.begun("b", ("email",), NOW, NOW)[0] is held
    assert held.begun("a", ("email",), NOW, NOW + LEASE / 2)[0] is held
    assert held.begun("a", ("email",), NOW, NOW)[0].running("a") is not None


def test_an_attempt_without_an_end_is_shown_as_interrupted_by_the_next_claim() -> None:
    delivery, _ = begun().claimed("b", NOW + LEASE, NOW + LEASE)

    assert [attempt.outcome for attempt in delivery.attempts] == ["interrupted"]
    assert delivery.held("b")


def test_an_answer_that_comes_late_still_counts_and_stops_the_second_attempt() -> None:
    taken_over, _ = begun().claimed("b", NOW + LEASE, NOW + LEASE)

    delivery, _ = taken_over.accepted(message(1), "250 OK")

    assert (delivery.state, delivery.due) == ("sent", None)
    assert delivery.begun("b", ("email",), NOW + LEASE, NOW + LEASE)[0] is delivery


def test_the_record_shows_when_a_message_went_out_twice() -> None:
    taken_over, _ = begun().claimed("b", NOW + LEASE, NOW + LEASE)
    second, _ = taken_over.begun("b", ("email",), NOW + LEASE, NOW + LEASE)

    once, _ = second.accepted(message(1), "250 OK")
    twice, _ = once.accepted(message(2), "250 OK")

    assert [attempt.outcome for attempt in twice.attempts] == ["accepted", "accepted"]
    assert twice.sent is not None and twice.sent.attempt == 1


def test_a_failure_that_is_told_late_does_not_disturb_who_goes_on() -> None:
    taken_over, _ = begun().claimed("b", NOW + LEASE, NOW + LEASE)
    second, _ = taken_over.begun("b", ("email",), NOW + LEASE, NOW + LEASE)

    delivery, _ = second.failed(1, NOW, "deferred", "451")

    assert delivery.state == "sending"
    assert delivery.running("b") is not None


@given(st.uuids(), st.integers(1, 40))
def test_pauses_grow_threefold_within_a_fifth_up_to_a_limit(id: object, attempts: int) -> None:
    whole = min(FIRST_PAUSE * 3 ** min(attempts - 1, 12), LONGEST_PAUSE)

    assert 0.8 * whole <= pause(str(id), attempts) <= 1.2 * whole


def failing(delivery: Delivery, outcome: Literal["deferred", "refused"]) -> Delivery:
    """One more attempt, over the channels that are left, which fails."""
    assert delivery.due is not None
    held, _ = delivery.claimed("a", delivery.due, NOW)
    trying, _ = held.begun("a", held.channels, delivery.due, NOW)
    return trying.failed(len(trying.attempts), delivery.due, outcome, "")[0]


def test_a_refused_message_goes_over_the_next_channel_at_once() -> None:
    delivery = failing(planned().but(others=("inbox",)), "refused")

    assert (delivery.state, delivery.channel, delivery.others, delivery.due) == ("waiting", "inbox", (), NOW)


def test_each_channel_has_a_budget_of_its_own() -> None:
    delivery = planned().but(others=("inbox",))
    while delivery.due is not None:
        delivery = failing(delivery, "deferred")

    channels = [attempt.channel for attempt in delivery.attempts]
    assert (delivery.state, channels) == ("undeliverable", ["email"] * 8 + ["inbox"] * 16)


def test_without_an_address_the_next_channel_is_asked_and_then_nobody() -> None:
    held, _ = planned().claimed("a", NOW, NOW)

    next, _ = held.without_address("a", ("inbox",), NOW)
    none, _ = held.without_address("a", (), NOW)

    assert (next.state, next.channel, next.due) == ("waiting", "inbox", NOW)
    assert (none.state, none.due) == ("no_address", None)


def test_what_is_tried_again_has_all_its_tries_once_more() -> None:
    given_up = planned().but(
        state="undeliverable",
        due=None,
        attempts=tuple(Attempt(number=n, by="a", started=NOW, outcome="deferred") for n in range(1, MOST_ATTEMPTS + 1)),
    )

    delivery, _ = given_up.tried_again("an: mended", ("email",), NOW)
    claimed, _ = delivery.claimed("b", NOW, NOW)
    running, _ = claimed.begun("b", ("email",), NOW, NOW)
    failed, _ = running.failed(MOST_ATTEMPTS + 1, NOW, "deferred", "451")

    assert (failed.state, failed.released_by, len(failed.attempts)) == ("waiting", "an: mended", MOST_ATTEMPTS + 1)

"""The events of one certificate for one subscriber: in order, and none that waits is ever forgotten."""

from datetime import timedelta

from services.notification.domain.dispatch import MOST_ENTRIES, Dispatch, Entry, Try
from tests.services.notification.desk import NOW


def entry(sequence: int) -> Entry:
    return Entry(sequence=sequence, event=f"c.{sequence}", type="t", time=NOW, body="{}", correlation_id="c")


def empty() -> Dispatch:
    return Dispatch(id="d", authority="37", subscription="shop", source="s", subject="c")


def told(dispatch: Dispatch, sequence: int) -> Dispatch:
    tried = Try(event=f"c.{sequence}", at=NOW, outcome="delivered", status=204, said="", milliseconds=1)
    return dispatch.delivered(tried)[0]


def test_what_comes_late_goes_to_its_place_and_the_first_that_waits_is_next() -> None:
    dispatch = empty()
    for sequence in (3, 1, 2, 2):
        dispatch, _ = dispatch.take(entry(sequence), NOW + timedelta(hours=sequence))

    following = told(dispatch, 1).next()

    assert [each.sequence for each in dispatch.entries] == [1, 2, 3]
    assert following is not None and following.sequence == 2


def test_of_many_events_those_that_were_told_first_are_forgotten_and_none_that_waits() -> None:
    waiting = empty()
    for sequence in range(1, MOST_ENTRIES + 11):
        waiting, _ = waiting.take(entry(sequence), NOW)
    some_told = told(told(waiting, 1), 2)

    after, _ = some_told.take(entry(MOST_ENTRIES + 11), NOW)

    assert waiting.waiting == len(waiting.entries) == MOST_ENTRIES + 10
    assert [after.entries[0].sequence, after.waiting] == [3, MOST_ENTRIES + 9]

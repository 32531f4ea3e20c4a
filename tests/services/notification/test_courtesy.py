"""Whoever reads the past gives way to what is delivered now."""

import asyncio
import re

import pytest

from services.notification.courtesy import LONG_REST, MOST_READERS, REST, Courtesy, FeedBusy


def test_while_something_is_delivered_a_reader_rests_several_times_as_long_as_it_has_worked() -> None:
    assert Courtesy(lambda: True).pause(0.002) == pytest.approx(0.002 * LONG_REST)
    assert Courtesy(lambda: False).pause(0.002) == pytest.approx(0.002 * REST)


async def test_readers_rest_one_after_the_other_so_that_no_two_work_in_the_same_turn() -> None:
    courtesy = Courtesy(lambda: False)
    turns: list[str] = []

    async def read(name: str) -> None:
        for _ in range(3):
            turns.append(name)
            await courtesy.rest(0)

    async def others() -> None:
        for _ in range(20):
            turns.append("-")
            await asyncio.sleep(0)

    await asyncio.gather(read("a"), read("b"), others())

    # Each has begun at once; from then on somebody else has a turn between any two pieces.
    assert not re.search("[ab]{2}", "".join(turns)[2:])
    assert turns.count("a") == turns.count("b") == 3


def test_a_system_reads_one_page_at_a_time_and_others_beside_it() -> None:
    courtesy = Courtesy(lambda: False)

    with courtesy.seat("a"), courtesy.seat("b"), pytest.raises(FeedBusy), courtesy.seat("a"):
        raise AssertionError("it reads twice")

    with courtesy.seat("a"):
        pass


def test_when_as_many_read_as_may_the_next_is_told_when_to_ask_again() -> None:
    courtesy = Courtesy(lambda: False, most=1)

    with courtesy.seat("a"), pytest.raises(FeedBusy) as refused, courtesy.seat("b"):
        raise AssertionError("two read")

    assert (refused.value.status, refused.value.facts["seconds"]) == (429, 1)


def test_a_reader_that_fails_leaves_its_seat() -> None:
    courtesy = Courtesy(lambda: False)
    for number in range(MOST_READERS + 1):
        with pytest.raises(ZeroDivisionError), courtesy.seat(f"reader-{number}"):
            raise ZeroDivisionError

"""``ocop events tail``: the events that are asked for, read from the real broker without leaving a trace."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.bus import Bus
from deploy.ocop.events import Told, Wanted, tail
from deploy.ocop.lag import behind
from deploy.ocop.telling import NotRunning
from shared.envelope import Outgoing, topic

Deployment = Callable[..., Awaitable[Bus]]
MakeTopics = Callable[..., Awaitable[list[str]]]


def told(**headers: str) -> Told:
    return Told(topic="ocop.37.scores", partition=0, offset=1, key="k", headers=headers, data=None)


@pytest.mark.parametrize("named", ["score.finalized", "ScoreFinalized", "score-finalized", "finalized"])
def test_a_type_is_named_as_people_name_it(named: str) -> None:
    assert Wanted(type=named).event(told(ce_type="vn.ocop.score.finalized.v1"))
    assert not Wanted(type=named).event(told(ce_type="vn.ocop.evaluation.opened.v1"))


def test_a_topic_is_chosen_by_authority_and_stream_and_dead_letters_only_when_asked_for() -> None:
    assert Wanted(authority="37", stream="scores").topic("ocop.37.scores")
    assert not Wanted(authority="37").topic("ocop.48.scores")
    assert not Wanted().topic("ocop.37.scores.dlq")
    assert Wanted(stream="scores.dlq").topic("ocop.37.scores.dlq")
    assert not Wanted().topic("__consumer_offsets")


def test_a_subject_falls_back_on_the_record_key() -> None:
    assert Wanted(subject="k").event(told())
    assert told(ce_sequence="many").sequence == 0


@pytest.mark.real
async def test_events_are_told_from_the_start_in_their_order_with_what_cannot_be_read(
    deployment: Deployment, make_topics: MakeTopics, stream: str
) -> None:
    await make_topics("37", streams=(stream,))
    bus = await deployment("37")
    producer = AIOKafkaProducer(**bus.aiokafka())
    await producer.start()
    for number in (1, 2, 3):
        event = Outgoing(number, "vn.ocop.cup.poured.v1", stream, datetime(2026, 11, 1, tzinfo=UTC), b"", "c", "", "")
        headers = event.headers("/authorities/37/tea", "cup")
        body = b'{"drops": 1}' if number < 3 else b"\xff not json"
        await producer.send_and_wait(topic("37", stream), body, key=b"cup", headers=headers)
    await producer.stop()

    heard = [event async for event in tail(bus, Wanted(stream=stream), from_start=True, follow=False)]

    assert [(event.subject, event.sequence) for event in heard] == [("cup", 1), ("cup", 2), ("cup", 3)]
    assert [event.data for event in heard[1:]] == [{"drops": 1}, "\\xff not json"]
    assert [lag for lag in await behind(bus, ("37",)) if lag.stream == stream] == []


@pytest.mark.real
async def test_a_kafka_that_is_away_is_one_sentence() -> None:
    with pytest.raises(NotRunning, match="does not answer"):
        async for _ in tail(Bus("127.0.0.1:9"), Wanted(), from_start=True, follow=False):
            pass

"""The feed on the real Kafka: what is committed, once, in order, with nobody's consumer group or delivery disturbed."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.notification.courtesy import MOST_READERS, Courtesy
from services.notification.domain.cursor import Partition
from services.notification.feed import Reader, Said
from shared.envelope import topic
from tests.services.notification.desk import example
from tests.services.notification.log import OpenLog, feed_of
from tests.services.notification.routes.test_subscriptions import as_
from tests.services.notification.switchboard import Switchboard
from tests.services.stand import say

PROVINCE = "44"
"""An authority no other test uses."""
Found = list[tuple[Partition, int, Said | None]]

pytestmark = pytest.mark.real


async def issued(producer: AIOKafkaProducer, subject: str, sequence: int) -> None:
    data = example("CertificateIssued", "first", province=PROVINCE)
    await say(producer, PROVINCE, "certification", subject, data, sequence=sequence)


async def everything(reader: Reader) -> Found:
    """What there is on the province's own partitions, from their beginning."""
    ends = await reader.ends()
    starts = {each: 0 if each.authority == PROVINCE else end for each, end in ends.items()}
    return [each async for each in reader.events(starts, ends)]


async def test_what_is_committed_is_read_once_and_what_is_no_event_is_passed_over(
    open_log: OpenLog, producer: AIOKafkaProducer
) -> None:
    begun = datetime.now(UTC)
    for number in range(1_200):
        await issued(producer, f"subject-{number % 40}", number // 40 + 1)
    await producer.send_and_wait(topic(PROVINCE, "certificates"), key=b"x", value=b"{")

    async with open_log(Courtesy(lambda: False)).reader("shop") as reader:
        found = await everything(reader)
        mine = {each: end for each, end in (await reader.ends()).items() if each.authority == PROVINCE}
        whole, nothing = await reader.since(begun - timedelta(minutes=1)), await reader.since(datetime.now(UTC))

    said = [each for _, _, each in found if each is not None]
    by_subject: dict[str, list[Any]] = {}
    for each in said:
        by_subject.setdefault(each.subject, []).append(int(each.sequence))
    assert (len(said), len(found)) == (1_200, 1_201)
    assert all(sequences == list(range(1, 31)) for sequences in by_subject.values())
    assert {each: whole[each] for each in mine} == dict.fromkeys(mine, 0)
    assert {each: nothing[each] for each in mine} == mine


async def test_beside_as_many_readers_as_may_read_all_is_delivered_and_one_more_is_told_to_come_back(
    open_log: OpenLog, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    for number in range(300):
        await issued(producer, f"past-{number}", 1)
    board = Switchboard(tmp_path)
    await board.subscribe("shop")
    for number in range(200):
        await board.happens(example("CertificateIssued"), 1, f"now-{number}")
    worker = board.dispatcher()
    log = open_log(Courtesy(worker.delivering))

    async with feed_of(log, board, PROVINCE) as client, AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(log.reader(f"archive-{n}")) for n in range(MOST_READERS)]
        await worker.look()
        reading = [asyncio.create_task(everything(reader)) for reader in readers]
        refused = await client.get("/events", headers=as_("inspectors"))
        await worker.settled()
        read = await asyncio.gather(*reading)
        await stack.aclose()
        welcome = await client.get("/events", headers=as_("inspectors"))

    assert len(board.receivers.taken["https://shop"]) == 200
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json()["type"] == "/problems/feed-busy"
    assert len({len(found) for found in read}) == 1 and len(read[0]) >= 300
    assert welcome.status_code == 200

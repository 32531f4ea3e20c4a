"""Writes every record of every topic once more, unchanged: what MirrorMaker does after a crash."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.local.bus import Bus
from tests.chaos.evidence import Seen


async def resend(bus: Bus, records: Sequence[Seen]) -> int:
    """Each partition's records in their order; goes on where it was when Kafka is killed meanwhile."""
    at = 0
    while at < len(records):
        producer = AIOKafkaProducer(**bus.aiokafka(), acks="all", enable_idempotence=True, request_timeout_ms=5_000)
        try:
            async with asyncio.timeout(60):
                await producer.start()
                while at < len(records):
                    some = records[at : at + 500]
                    sent = [
                        await producer.send(r.topic, r.value, key=r.key, partition=r.partition, headers=list(r.headers))
                        for r in some
                    ]
                    await asyncio.gather(*sent)
                    at += len(some)
        except (KafkaError, TimeoutError):
            await asyncio.sleep(0.5)
        finally:
            await producer.stop()
    return at

"""A service in a test: its settings on the real Kafka and MongoDB, what others say to it, and what it says."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local.bus import Bus
from deploy.ocop.issuer import ensure_issuer
from shared.document import Fact, Heard
from shared.envelope import Outgoing, topic
from shared.settings import Settings

S = TypeVar("S", bound=Settings)


def settings(kind: type[S], bus: Bus, province: str, mongo_url: str, database: str, folder: Path, **more: object) -> S:
    """What the environment would say to a service of ``province``; its tokens are issued in ``folder/issuer``."""
    ensure_issuer(folder / "issuer")
    given: dict[str, object] = {
        "authorities": frozenset({province}),
        "kafka": bus.servers,
        "kafka_user": bus.principal.name if bus.principal else None,
        "kafka_password": bus.principal.password if bus.principal else None,
        "mongo_url": mongo_url,
        "database": database,
        "jwks": str(folder / "issuer" / "jwks.json"),
    }
    return kind.model_validate(given | more)


async def say(
    producer: AIOKafkaProducer,
    province: str,
    service: str,
    subject: str,
    data: Fact | Heard | dict[str, Any],
    *,
    type: str | None = None,
    stream: str | None = None,
    sequence: int = 1,
) -> None:
    """Speak an event as ``service`` of ``province`` would; plain data names its own ``type`` and ``stream``."""
    if isinstance(data, dict):
        assert type is not None and stream is not None
        body = json.dumps(data).encode()
    else:
        type, stream, body = data.TYPE, data.STREAM, data.model_dump_json().encode()
    event = Outgoing(sequence, type, stream, datetime.now(UTC), body, "correlation-1", "", "")
    headers = event.headers(f"/authorities/{province}/{service}", subject)
    await producer.send_and_wait(topic(province, stream), key=subject.encode(), value=body, headers=headers)


async def spoken(bus: Bus, province: str, stream: str, subject: str, many: int) -> list[dict[str, Any]]:
    """The first ``many`` events of ``subject`` on a stream: type, sequence, source, correlation and data."""
    consumer = AIOKafkaConsumer(
        topic(province, stream), **bus.aiokafka(), auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(30):
            async for record in consumer:
                if record.key == subject.encode():
                    headers = {name: value.decode() for name, value in record.headers}
                    found.append(
                        {
                            "type": headers["ce_type"],
                            "sequence": int(headers["ce_sequence"]),
                            "source": headers["ce_source"],
                            "correlation": headers["ce_correlationid"],
                            "data": json.loads(record.value or b"{}"),
                        }
                    )
                    if len(found) == many:
                        break
    finally:
        await consumer.stop()
    return found

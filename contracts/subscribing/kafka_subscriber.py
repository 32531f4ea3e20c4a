"""Follows certificates on Kafka: reads, stores, and only then commits. Run it with python and aiokafka.

OCOP_KAFKA, OCOP_KAFKA_USER and OCOP_KAFKA_PASSWORD say where and as whom; the arguments name the authorities. Every
event is one line of JSON on standard output. A line comes again only when this was killed between the two steps below,
and whoever stores the lines knows it by its id.
"""

import asyncio
import json
import os
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer


async def follow(authorities: list[str]) -> None:
    user = os.environ.get("OCOP_KAFKA_USER")
    secured: dict[str, Any] = (
        {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": os.environ["OCOP_KAFKA_PASSWORD"],
        }
        if user
        else {}
    )
    consumer = AIOKafkaConsumer(
        *(f"ocop.{authority}.certificates" for authority in authorities),
        bootstrap_servers=os.environ["OCOP_KAFKA"],
        group_id=f"{user or 'subscriber'}.archive",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **secured,
    )
    await consumer.start()
    newest: dict[tuple[str, str], str] = {}
    try:
        while True:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    subject = (headers["ce_source"], headers["ce_subject"])
                    if headers["ce_sequence"] <= newest.get(subject, ""):
                        continue  # It was sent again; twenty digits compare as text.
                    newest[subject] = headers["ce_sequence"]
                    event = {"id": headers["ce_id"], "type": headers["ce_type"], "data": json.loads(record.value)}
                    print(json.dumps(event, ensure_ascii=False), flush=True)  # noqa: T201 - this is where it is stored
            await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1:]))

"""Records as a topic holds them, those that the client library cannot decode included."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

from shared.telemetry import log_for

log = log_for(__name__)

UNDECODABLE = "undecodable"
"""The one header of a record that stands for what could not be decoded."""
MOST_ROUNDS = 5_000
"""Rounds of reading one by one, after which the fault is taken to have passed by itself."""

_FAULTS = (CorruptRecordException, UnicodeDecodeError)


class Fetching:
    """Takes the place of a consumer's ``getmany``.

    A header whose name is not UTF-8 makes the library raise, again and again, and forget what it had drained from
    other partitions. Here everything goes back to what was committed, partitions are read one record at a time until
    the one at fault is found, and a record without key, body and type is handed on in its place, to be parked.
    """

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._getmany = consumer.getmany
        self._rounds = 0

    async def __call__(
        self, *, timeout_ms: int = 0, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]:
        if self._rounds:
            return await self._one_by_one(timeout_ms)
        try:
            found: Mapping[TopicPartition, Any] = await self._getmany(timeout_ms=timeout_ms, max_records=max_records)
            return found
        except _FAULTS as error:
            log.error("record_undecodable", error=repr(error))
            self._rounds = MOST_ROUNDS
            for at in self._consumer.assignment():
                # What was handled and is only being committed comes again, and is recognised.
                if committed := await self._consumer.committed(at):
                    self._consumer.seek(at, committed)
                else:
                    await self._consumer.seek_to_beginning(at)
            return {}

    async def _one_by_one(self, timeout_ms: int) -> Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]:
        found: dict[TopicPartition, Sequence[Any]] = {}
        self._rounds -= 1
        for at in self._consumer.assignment() - self._consumer.paused():
            place = await self._consumer.position(at)
            try:
                found.update(await self._getmany(at, timeout_ms=max(timeout_ms, 200), max_records=1))
            except _FAULTS as error:
                found[at] = [_standing_in(at, place, error)]
                self._consumer.seek(at, place + 1)
                self._rounds = 0
        if not found:
            self._rounds = 0
        return found


def _standing_in(at: TopicPartition, offset: int, error: Exception) -> ConsumerRecord[bytes, bytes]:
    why = f"the record at offset {offset} of partition {at.partition} cannot be decoded: {error!r}"
    return ConsumerRecord(
        topic=at.topic,
        partition=at.partition,
        offset=offset,
        timestamp=-1,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=((UNDECODABLE, why.encode()),),
    )

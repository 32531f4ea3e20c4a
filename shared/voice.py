"""How facts are said: the entries that a document's outbox keeps until Kafka has them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from shared.clock import Clock, system_clock
from shared.command import Command
from shared.document import Fact
from shared.envelope import EPOCH, Received
from shared.port import Raw
from shared.telemetry import tracing

LARGEST_EVENT = 256 * 1024
"""Bytes of data one event may carry."""


class EventTooLarge(ValueError):
    """A decision speaks an event larger than ``LARGEST_EVENT``."""


class Moment(NamedTuple):
    """When something is said: in the service's time, and by the machine's own clock, which measures its waiting."""

    time: datetime
    saved: datetime


class Voice:
    """Numbers the facts of one service's documents and writes down whence they come."""

    def __init__(self, clock: Clock, epoch: int, new_correlation: Callable[[], str]) -> None:
        self._clock = clock
        self._floor = epoch * EPOCH
        self._new_correlation = new_correlation

    def moment(self) -> Moment:
        saved = system_clock()
        return Moment(saved if self._clock is system_clock else self._clock(), saved)

    def said(
        self, facts: Sequence[Fact], after: int, moment: Moment, because: Received[Any] | None, command: Command | None
    ) -> list[Raw]:
        """The facts as outbox entries, numbered on from the sequence ``after``.

        Raises ``EventTooLarge``.
        """
        if because is not None:
            correlation, causation, trace = because.correlation_id, because.id, because.traceparent
        elif command is not None:
            correlation, causation, trace = command.correlation_id, command.id, ""
        else:
            correlation, causation, trace = self._new_correlation(), "", ""
        trace = tracing.current() or trace
        entries: list[Raw] = []
        for sequence, fact in enumerate(facts, max(after, self._floor) + 1):
            data = fact.model_dump_json().encode()
            if len(data) > LARGEST_EVENT:
                raise EventTooLarge(f"{fact.TYPE} has {len(data)} bytes, more than {LARGEST_EVENT}")
            entries.append(
                {
                    "sequence": sequence,
                    "type": fact.TYPE,
                    "stream": fact.stream,
                    "time": moment.time,
                    "data": data,
                    "correlation": correlation,
                    "causation": causation,
                    "trace": trace,
                    "saved": moment.saved,
                }
            )
        return entries

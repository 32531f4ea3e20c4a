"""CloudEvents 1.0 on Kafka in binary mode: how an event is kept in an outbox, sent, and read again."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid5

from pydantic import ValidationError

from shared.document import Heard
from shared.errors import Malformed

E_co = TypeVar("E_co", bound=Heard, covariant=True)

Headers = Sequence[tuple[str, bytes | None]]
"""A record's headers as Kafka gives them: a foreign writer may leave a value null."""


class Record(NamedTuple):
    """A Kafka record, as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None


EPOCH = 10**16
"""A sequence has 20 digits; the first four are the epoch, which only a restore from backup raises."""


_SOURCE = re.compile(r"/authorities/(\d\d)/([a-z]+)")
_SUBJECT = re.compile(r"[A-Za-z0-9/_-]{1,120}")
_TOPIC = re.compile(r"ocop\.(\d\d)\.([a-z0-9-]+(?:\.dlq)?)")
_MADE = UUID("6f636f70-2d68-7562-8000-000000000001")
_LARGEST = 2**63 - 1


def topic(authority: str, stream: str) -> str:
    """The topic on which ``authority`` speaks ``stream``."""
    return f"ocop.{authority}.{stream}"


@lru_cache
def speaker_of(topic_name: str) -> str:
    """The authority whose topic this is. Raises ``Malformed`` for a name that is no topic of ours."""
    match = _TOPIC.fullmatch(topic_name)
    if match is None:
        raise Malformed(f"{topic_name!r} is not a topic of the form ocop.<authority>.<stream>")
    return match[1]


class Outgoing(NamedTuple):
    """An event in an outbox: everything that is needed to send it, under the short names it is stored with."""

    sequence: int
    type: str
    stream: str
    time: datetime
    data: bytes
    correlation: str
    causation: str
    trace: str

    @classmethod
    def stored(cls, entry: Mapping[str, Any]) -> "Outgoing":
        return cls(
            entry["sequence"],
            entry["type"],
            entry["stream"],
            entry["time"],
            entry["data"],
            entry["correlation"],
            entry["causation"],
            entry["trace"],
        )

    def headers(self, source: str, subject: str) -> list[tuple[str, bytes]]:
        """The record headers; ``ce_type`` stands first, so that a listener finds it at once."""
        type, schema = _described(self.type, self.stream)
        made = [
            ("ce_type", type),
            ("ce_specversion", b"1.0"),
            ("ce_id", f"{subject}.{self.sequence}".encode()),
            ("ce_source", source.encode()),
            ("ce_subject", subject.encode()),
            ("ce_time", _instant(self.time)),
            ("ce_dataschema", schema),
            ("ce_sequence", b"%020d" % self.sequence),
            ("ce_correlationid", self.correlation.encode()),
            ("ce_causationid", self.causation.encode()),
            ("content-type", b"application/json"),
        ]
        if self.trace:
            made.append(("traceparent", self.trace.encode()))
        return made


@lru_cache
def _described(type: str, stream: str) -> tuple[bytes, bytes]:
    return type.encode(), f"/contracts/{stream}/{type}".encode()


@lru_cache
def _instant(time: datetime) -> bytes:
    # Events of one batch share their milliseconds.
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


class Received(NamedTuple, Generic[E_co]):
    """An event as a handler gets it, with what the envelope says of it.

    ``authority`` is the speaker, ``addressee`` the authority for which it is handled; ``chain`` is the run of records
    of one key in which it is handled, known to the store only.
    """

    data: E_co
    type: str
    id: str
    source: str
    authority: str
    addressee: str
    subject: str
    sequence: int
    time: datetime
    correlation_id: str
    traceparent: str
    chain: Any = None

    @property
    def origin(self) -> str:
        """The key under which a document remembers how far it has followed this subject."""
        return f"{self.source}|{self.subject}"


def type_of(headers: Headers) -> bytes | None:
    """The CloudEvents type, without looking at anything else."""
    for name, value in headers:
        if name == "ce_type":
            return value
    return None


def read(record: Record, model: type[E_co], chain: Any = None) -> list[Received[E_co]]:
    """The event in a record, once for each authority it is addressed to.

    Raises ``Malformed``, naming the header or the field, when anything is missing or is not what it must be, and
    when the authority in ``ce_source`` is not the one whose topic this is.
    """
    speaker = speaker_of(record.topic)
    given = dict(record.headers)
    subject = given.get("ce_subject")
    if not subject or record.key != subject:
        raise Malformed(f"the record key {record.key!r} is not ce_subject {subject!r}")
    try:
        subject_id = subject.decode()
        source = _source(given.get("ce_source") or b"", speaker)
        id, time = _text(given, "ce_id"), datetime.fromisoformat(_text(given, "ce_time"))
        correlation_id = (given.get("ce_correlationid") or b"").decode()
        traceparent = (given.get("traceparent") or b"").decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"a header is not UTF-8: {error}") from error
    except ValueError as error:
        raise Malformed(f"ce_time is not an instant: {error}") from error
    if _SUBJECT.fullmatch(subject_id) is None:
        raise Malformed(f"ce_subject {subject_id!r} has characters that an id does not have")
    if time.tzinfo is None:
        raise Malformed("ce_time has no zone")
    digits = given.get("ce_sequence") or b""
    if len(digits) != 20 or not digits.isdigit() or not 0 < (sequence := int(digits)) <= _LARGEST:
        raise Malformed(f"ce_sequence {digits!r} is not 20 digits within range")
    if record.value is None:
        raise Malformed("the record has no body")
    try:
        data = model.model_validate_json(record.value)
    except ValidationError as error:
        wrong = "; ".join(f"{'/'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        raise Malformed(f"the body is not a {model.TYPE}: {wrong}") from error
    told = []
    # A loop: a comprehension would make a cell of each of these names, and costs every event nearly a microsecond.
    for addressee in data.addressed_to(speaker):
        told.append(
            Received(
                data,
                model.TYPE,
                id,
                source,
                speaker,
                addressee,
                subject_id,
                sequence,
                time,
                correlation_id,
                traceparent,
                chain,
            )
        )
    return told


@lru_cache
def _source(source: bytes, speaker: str) -> str:
    """The source as text, once it is known to be one of the topic's own authority."""
    said = _SOURCE.fullmatch(source.decode())
    if said is None:
        raise Malformed(f"ce_source {source!r} is not /authorities/<authority>/<service>")
    if said[1] != speaker:
        raise Malformed(f"ce_source says authority {said[1]}, but the topic belongs to {speaker}")
    return said[0]


def _text(given: Mapping[str, bytes | None], name: str) -> str:
    if not (raw := given.get(name)):
        raise Malformed(f"the header {name} is missing")
    return raw.decode()


def sequence_of(headers: Headers) -> int:
    """The sequence a record claims, or 0 when it cannot be read."""
    for name, raw in headers:
        if name == "ce_sequence" and raw is not None and len(raw) == 20 and raw.isdigit():
            return int(raw)
    return 0


def made_by(event: Received[Heard], purpose: str) -> str:
    """The id of the document that ``event`` makes for ``purpose``: the same however often it comes."""
    return str(uuid5(_MADE, f"{event.source}|{event.subject}|{purpose}"))


def named(*parts: str) -> str:
    """The permanent id of something that is known by its parts (an authority and a product)."""
    return str(uuid5(_MADE, "|".join(parts)))


def printable(headers: Headers) -> dict[str, str]:
    """Headers for a person to read, whatever bytes they hold, shortened when they are long."""
    return {name[:200]: (raw or b"")[:1_000].decode(errors="backslashreplace") for name, raw in headers[:50]}

"""``ocop events tail``: what the services say to each other, as it is said."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from pydantic import BaseModel, JsonValue
from pydantic_core import from_json
from rich.text import Text

from deploy.local.bus import Bus
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.telling import NotRunning, console, told
from shared.envelope import printable

_app = typer.Typer(no_args_is_help=True, help="The events on Kafka.")
_COLOURS = {"dossiers": "cyan", "scores": "yellow", "certificates": "green"}
_PREFIX, _SUFFIX = "vn.ocop.", ".v1"


class Told(BaseModel):
    """An event on its topic, for a reader who trusts nothing: headers and body may hold anything."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    data: JsonValue

    @property
    def type(self) -> str:
        return self.headers.get("ce_type", "")

    @property
    def subject(self) -> str:
        return self.headers.get("ce_subject", self.key)

    @property
    def sequence(self) -> int:
        claimed = self.headers.get("ce_sequence", "")
        return int(claimed) if claimed.isascii() and claimed.isdigit() else 0

    @classmethod
    def of(cls, record: "ConsumerRecord[bytes, bytes]") -> "Told":
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=(record.key or b"").decode(errors="backslashreplace"),
            headers=printable(record.headers),
            data=_body(record.value),
        )


@dataclass(frozen=True)
class Wanted:
    """Which events are shown."""

    authority: str | None = None
    stream: str | None = None
    type: str | None = None
    subject: str | None = None

    def topic(self, name: str) -> bool:
        """Whether the topic is one to read; dead letters only when they are asked for."""
        parts = name.split(".", 2)
        if len(parts) != 3 or parts[0] != "ocop":
            return False
        stream = parts[2]
        chosen = stream == self.stream if self.stream else not stream.endswith(".dlq")
        return chosen and self.authority in (None, parts[1])

    def event(self, event: Told) -> bool:
        """Whether the event is one to show; a part of the type's name is enough, with or without its dots."""
        letters = event.type.replace(".", "").replace("-", "").lower()
        named = self.type is None or self.type.replace(".", "").replace("-", "").lower() in letters
        return named and (self.subject is None or self.subject in event.subject)


async def tail(bus: Bus, wanted: Wanted, *, from_start: bool, follow: bool) -> AsyncGenerator[Told, None]:
    """The events that are wanted, partition by partition in their order; without ``follow`` up to the present end.

    Belongs to no consumer group, so that looking on changes nothing. Raises ``NotRunning`` when Kafka is away.
    """
    places = await _places(bus, wanted)
    if not places:
        return
    consumer: Any = AIOKafkaConsumer(**bus.aiokafka(), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        await (consumer.seek_to_beginning(*places) if from_start else consumer.seek_to_end(*places))
        while True:
            for records in (await consumer.getmany(timeout_ms=300)).values():
                for record in records:
                    event = Told.of(record)
                    if wanted.event(event):
                        yield event
            if not follow and all([await consumer.position(at) >= ends[at] for at in places]):
                return
    except KafkaError as error:
        raise NotRunning(f"Kafka at {bus.servers} does not answer ({type(error).__name__})") from error
    finally:
        await consumer.stop()


async def _places(bus: Bus, wanted: Wanted) -> list[TopicPartition]:
    try:
        topics = (await asyncio.to_thread(bus.admin().list_topics, timeout=5)).topics
    except KafkaException as error:
        raise NotRunning(f"Kafka at {bus.servers} does not answer; start it with `ocop up`") from error
    return [
        TopicPartition(name, number)
        for name in sorted(topics)
        if wanted.topic(name)
        for number in sorted(topics[name].partitions)
    ]


def _body(value: bytes | None) -> JsonValue:
    if value is None:
        return None
    try:
        read: JsonValue = from_json(value)
    except ValueError:
        return value[:2_000].decode(errors="backslashreplace")
    return read


def _line(event: Told) -> Text:
    """One event on one line: when, where, what, about whom, and what it says."""
    stream = event.topic.split(".", 2)[-1]
    line = Text(overflow="ellipsis", no_wrap=True)
    line.append(f"{event.headers.get('ce_time', '')[:23]:<23} ", "dim")
    line.append(f"{event.topic:<21} ", _COLOURS.get(stream, "red"))
    line.append(f"{event.type.removeprefix(_PREFIX).removesuffix(_SUFFIX):<24} ", "bold")
    line.append(f"{event.subject:<36} {event.sequence:>3}  ", "dim")
    line.append(json.dumps(event.data, ensure_ascii=False))
    return line


@_app.command("tail")
@told
async def tail_command(
    authority: Annotated[str | None, typer.Option(help="Only of this authority, two digits (37).")] = None,
    stream: Annotated[
        str | None, typer.Option(help="Only this stream: dossiers, scores, certificates, or one of them with .dlq.")
    ] = None,
    type: Annotated[str | None, typer.Option(help="Only types with this in their name (CertificateIssued).")] = None,
    subject: Annotated[str | None, typer.Option(help="Only subjects with this in their id.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with the oldest event.")] = False,
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C, or stop at the present end.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document per line.")] = False,
    folder: Folder = FOLDER,
) -> None:
    """Show events as they are said, or all there are with --from-start --no-follow."""
    bus = find_system(folder).bus()
    wanted = Wanted(authority, stream, type, subject)
    shown = 0
    screen = console()
    events = tail(bus, wanted, from_start=from_start, follow=follow)
    try:
        async for event in events:
            if as_json:
                typer.echo(json.dumps(event.model_dump(mode="json"), ensure_ascii=False))
            else:
                # On a terminal an event is one line; in a file nothing of it is left out.
                screen.print(_line(event), soft_wrap=not screen.is_terminal, crop=screen.is_terminal)
            shown += 1
            if limit is not None and shown >= limit:
                return
    except asyncio.CancelledError:
        # Ctrl-C is how a follower is meant to end.
        return
    finally:
        await events.aclose()
    if not shown:
        typer.echo("There is no such event.", err=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.add_typer(_app, name="events")

"""``ocop topics``: the topics of the authorities, listed with what they hold, and made where they are missing."""

import asyncio
import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.table import Table

from deploy.local.bus import Bus
from deploy.local.credentials import Credentials
from deploy.local.kafka import ADMIN
from deploy.local.missing import StartFailed
from deploy.local.stack import own_kafka
from deploy.local.state import StateFile
from deploy.local.topics import ensure_topics, topic_sizes
from deploy.ocop.system import FOLDER, Folder
from deploy.ocop.telling import AsJson

T = TypeVar("T")

topics = typer.Typer(no_args_is_help=True, help="List and make the topics of the authorities.")


@topics.command("list")
def list_topics(folder: Folder = FOLDER, as_json: AsJson = False) -> None:
    """Every topic with its partitions and the records it holds."""
    found = _asked(topic_sizes(_admin(folder)))
    if as_json:
        typer.echo(json.dumps([size._asdict() for size in found]))
        return
    table = Table("topic")
    table.add_column("partitions", justify="right")
    table.add_column("records", justify="right")
    for size in found:
        table.add_row(size.topic, str(size.partitions), str(size.records))
    Console().print(table)


@topics.command("ensure")
def ensure(
    folder: Folder = FOLDER,
    authorities: Annotated[str, typer.Option(envvar="OCOP_AUTHORITIES", help="Two digits each, commas between.")] = "",
    replication: Annotated[int, typer.Option(min=1, help="Brokers that keep each record.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make the topics that are missing, and come back when all of them take records."""
    codes = [*filter(None, authorities.split(","))] or [*StateFile(folder / "run").read().authorities]
    if not codes:
        raise typer.BadParameter("name at least one, for example 00,37", param_hint="--authorities")
    made = _asked(ensure_topics(_admin(folder), codes, replication=replication))
    if as_json:
        typer.echo(json.dumps({"made": made}))
    else:
        typer.echo("\n".join(made) if made else "Every topic is there.")


def _admin(folder: Path) -> Bus:
    """The Kafka of ``OCOP_KAFKA``, else the one of the local system, as its super user."""
    if "OCOP_KAFKA" in os.environ:
        return own_kafka(os.environ)
    state = StateFile(folder / "run").read()
    servers = state.kafka
    if state.phase == "stopped":
        typer.echo("ocop: nothing runs here; start it with `ocop up`, or name a Kafka in OCOP_KAFKA", err=True)
        raise typer.Exit(3)
    credentials = folder / "kafka" / "credentials.json"
    return Bus(servers, Credentials(credentials).principal(ADMIN) if credentials.exists() else None)


def _asked(question: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(question)
    except (KafkaException, StartFailed) as trouble:
        typer.echo(f"ocop: Kafka does not do it: {trouble}", err=True)
        raise typer.Exit(3) from trouble


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.add_typer(topics, name="topics")

"""``ocop prepare``: what has to be there before services start that the local launcher does not start itself."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException

from deploy.local.missing import StartFailed
from deploy.local.sign_in import ensure_sign_in
from deploy.local.signing import ensure_keys, keys_folder
from deploy.local.stack import own_kafka
from deploy.local.topics import ensure_topics


def prepare(
    authorities: Annotated[str, typer.Option(envvar="OCOP_AUTHORITIES", help="Two digits each, commas between.")],
    folder: Annotated[Path, typer.Option(envvar="OCOP_FOLDER", help="Where keys and tokens are kept.")],
    replication: Annotated[int, typer.Option(min=1, help="Brokers that keep each record.")] = 1,
) -> None:
    """Make the topics on the Kafka of OCOP_KAFKA, a token issuer's keys, the services' token, and trial seals."""
    if "OCOP_KAFKA" not in os.environ:
        raise typer.BadParameter("say in OCOP_KAFKA where Kafka is")
    codes = [*filter(None, authorities.split(","))]
    try:
        made = asyncio.run(ensure_topics(own_kafka(os.environ), codes, replication=replication))
    except (KafkaException, StartFailed) as trouble:
        typer.echo(f"ocop: Kafka does not do it: {trouble}", err=True)
        raise typer.Exit(3) from trouble
    ensure_sign_in(folder, codes)
    ensure_keys(folder, codes)
    typer.echo(f"{len(made)} topics made; keys and the services' token are in {folder / 'issuer'}.")
    typer.echo(f"Signing keys and trial seals are in {keys_folder(folder)}.")


def register(app: typer.Typer) -> None:
    """Adds the command to the operators' command line."""
    app.command("prepare")(prepare)

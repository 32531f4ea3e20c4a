"""``ocop token``: a sign-in token of the local issuer, for trials and for the services themselves."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from deploy.ocop.issuer import ensure_issuer, issue
from shared.identity import APPOINTMENT
from shared.tokens import Appointment


def token(
    role: Annotated[str, typer.Option(help="Role of the appointment, such as owner, agency, chair, observer.")],
    authority: Annotated[str, typer.Option(help="Authority it is held at, two digits (37).")],
    commune: Annotated[str | None, typer.Option(help="Commune it is limited to, five digits.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Organisation spoken for (owners).")] = None,
    stage: Annotated[str | None, typer.Option(help="Stage it is limited to.")] = None,
    since: Annotated[str, typer.Option("--from", help="First day it is in force.")] = "2020-01-01",
    until: Annotated[str | None, typer.Option(help="Last day it is in force.")] = None,
    name: Annotated[str | None, typer.Option("--as", help="Who signs in; the role when not given.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help="Hours the token is good for.")] = 8,
    folder: Annotated[Path, typer.Option(envvar="OCOP_ISSUER_FOLDER", help="Folder of the local issuer.")] = Path(
        ".local/issuer"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a sign-in token of the local issuer, holding one appointment."""
    try:
        appointment = Appointment(
            id=f"{role}-{commune or authority}" + (f"-{organisation}" if organisation else ""),
            role=role,
            authority=authority,
            commune=commune,
            organisation=organisation,
            stage=stage,
            since=date.fromisoformat(since),
            until=date.fromisoformat(until) if until else None,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(first["msg"], param_hint=str(first["loc"][0])) from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--from / --until") from error
    ensure_issuer(folder)
    made = issue(folder, name or role, (appointment,), timedelta(hours=hours))
    if as_json:
        held = appointment.model_dump(mode="json", by_alias=True, exclude_none=True)
        typer.echo(json.dumps({"token": made, "appointment": held}, ensure_ascii=False))
    else:
        typer.echo(made)
        typer.echo(f"Send it as  Authorization: Bearer …  with  {APPOINTMENT}: {appointment.id}", err=True)


def register(app: typer.Typer) -> None:
    """Adds the command to the operators' command line."""
    app.command("token")(token)

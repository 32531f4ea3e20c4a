"""``ocop keys``: the keys certificates are signed with; a key that is rotated out stays published."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from deploy.local.credentials import write_private
from deploy.local.signing import rotate as rotate_key
from services.certification.keyring import KeyFile

app = typer.Typer(no_args_is_help=True, help="The keys certificates are signed with.")

Authority = Annotated[str, typer.Option(help="Authority whose keys they are, two digits (37).")]
Folder = Annotated[Path, typer.Option(envvar="OCOP_KEYS", help="Folder of the keys.")]
_LOCAL = Path(".local/keys")


@app.command("list")
def show(
    authority: Authority, folder: Folder = _LOCAL, as_json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Tell which keys there are, which one signs, and which are revoked."""
    held = _held(folder, authority)
    if as_json:
        typer.echo(KeyFile(keys=tuple(key.model_copy(update={"d": None}) for key in held.keys)).written())
        return
    for key in held.keys:
        state = f"revoked {key.revoked:%Y-%m-%d}" if key.revoked else "signs" if key.d else "published"
        typer.echo(f"{key.kid}  {state}")


@app.command()
def rotate(authority: Authority, folder: Folder = _LOCAL) -> None:
    """Sign with a fresh key from now on; what the former ones have signed stays good."""
    _held(folder, authority)
    typer.echo(f"{rotate_key(folder, authority)} signs from now on.")


@app.command()
def revoke(
    kid: Annotated[str, typer.Argument(help="The key, such as 37-1.")], authority: Authority, folder: Folder = _LOCAL
) -> None:
    """Give up a key that others may know: nothing it has signed is believed any more, so prints are made anew."""
    held = _held(folder, authority)
    if all(key.kid != kid for key in held.keys):
        raise typer.BadParameter(f"there is no key {kid}")
    if any(key.kid == kid and key.d is not None for key in held.keys):
        held = held.rotated(authority)
    now = datetime.now(UTC).replace(microsecond=0)
    keys = tuple(key.model_copy(update={"revoked": key.revoked or now}) if key.kid == kid else key for key in held.keys)
    write_private(folder / f"{authority}.json", KeyFile(keys=keys).written())
    typer.echo(f"{kid} is revoked; {keys[-1].kid} signs.")


def _held(folder: Path, authority: str) -> KeyFile:
    try:
        return KeyFile.model_validate_json((folder / f"{authority}.json").read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{folder / authority}.json cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise typer.BadParameter(f"{folder / authority}.json cannot be used: {error.error_count()} flaws") from None


def register(parent: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    parent.add_typer(app, name="keys")

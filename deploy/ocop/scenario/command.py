"""The command ``ocop scenario``."""

from typing import Annotated

import typer

from deploy.ocop.scenario.performance import play
from deploy.ocop.scenario.script import TAM_DIEP, load
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.telling import AsJson, Trouble, console, print_json, told


@told
async def scenario(
    name: Annotated[str, typer.Argument(help="Which scenario.")] = TAM_DIEP,
    as_json: AsJson = False,
    folder: Folder = FOLDER,
) -> None:
    """Play a scenario against the running system; a second run goes on with what is there."""
    source = load(name).source
    counts = await play(find_system(folder), None if as_json else console(), name=name)
    if as_json:
        print_json(counts)
    if differing := counts.differing(source):
        raise Trouble(
            f"the services count otherwise than the source: {', '.join(differing)}; "
            "on a system with data of its own that is to be expected"
        )


def register(app: typer.Typer) -> None:
    """Adds the command to the operators' command line."""
    app.command("scenario")(scenario)

"""``ocop recompute``: finished evaluations computed again from what was frozen with them, and what does not agree."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import BaseModel
from rich import box
from rich.markup import escape
from rich.table import Table

from deploy.ocop.client import Client, Paged, Refused, client_of, operator
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.telling import AsJson, Trouble, console, print_json, told


class Recomputed(BaseModel):
    """One evaluation computed again; without ``differences`` all agrees."""

    evaluation: str
    state: str
    sheets: int
    differences: list[str]
    authority: str = ""


async def recompute_one(client: Client, evaluation: str) -> Recomputed:
    """The evaluation, by whichever authority of this system holds it."""
    for authority in client.system.authorities:
        try:
            path = f"/evaluations/{evaluation}/recomputation"
            found = await client.get("scoring", path, Recomputed, operator(authority))
        except Refused as refused:
            if refused.status != 404:
                raise
        else:
            return found.model_copy(update={"authority": authority})
    raise Trouble(f"no authority of this system has an evaluation {evaluation}")


async def recompute_all(client: Client, authorities: Sequence[str]) -> list[Recomputed]:
    """Every finished evaluation of these authorities."""
    found: list[Recomputed] = []
    for authority in authorities:
        pages = await client.pages("scoring", "/recomputations", Paged[Recomputed], operator(authority))
        found += [one.model_copy(update={"authority": authority}) for one in pages]
    return found


def register(app: typer.Typer) -> None:
    """Adds the command to the operators' command line."""

    @app.command()
    @told
    async def recompute(
        evaluation: Annotated[
            str | None, typer.Argument(help="One evaluation; all finished ones when left out.")
        ] = None,
        authority: Annotated[str | None, typer.Option(help="Only of this authority.")] = None,
        as_json: AsJson = False,
        folder: Folder = FOLDER,
    ) -> None:
        """Compute finished evaluations again from the frozen sheets; exit code 1 when anything differs."""
        system = find_system(folder)
        if authority is not None and authority not in system.authorities:
            raise Trouble(f"this system does not act for {authority}, but for {', '.join(system.authorities)}")
        async with client_of(system, patience=0) as client:
            if evaluation is not None:
                found = [await recompute_one(client, evaluation)]
            else:
                found = await recompute_all(client, system.authorities if authority is None else (authority,))
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
        else:
            _show(found)
        if any(one.differences for one in found):
            raise typer.Exit(1)


def _show(found: Sequence[Recomputed]) -> None:
    differing = [one for one in found if one.differences]
    if differing:
        table = Table(box=box.SIMPLE_HEAD)
        for column in ("Authority", "Evaluation", "State", "Differences"):
            table.add_column(column, overflow="fold")
        for one in differing:
            table.add_row(one.authority, one.evaluation, one.state, escape("\n".join(one.differences)))
        console().print(table)
    sheets = sum(one.sheets for one in found)
    typer.echo(f"{len(found)} evaluations of {sheets} sheets computed again, {len(differing)} differ.")

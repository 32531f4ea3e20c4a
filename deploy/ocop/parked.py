"""``ocop parked``: the events that could not be applied, in every service, and what an operator does with them."""

from datetime import datetime
from typing import Annotated, Literal, TypeVar
from urllib.parse import quote

import typer
from pydantic import BaseModel, RootModel
from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table

from deploy.ocop.client import Client, Paged, client_of, operator
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.telling import AsJson, Trouble, console, print_json, told

M = TypeVar("M", bound=BaseModel)

Named = Annotated[str | None, typer.Option("--service", help="Only in this service.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.")]
LaneId = Annotated[str, typer.Argument(metavar="LANE", help="The lane, as `ocop parked list` names it.")]

_app = typer.Typer(no_args_is_help=True, help="Events that could not be applied: list, show, replay, discard.")


class ParkedEvent(BaseModel):
    """One event that waits."""

    sequence: int
    offset: int
    cause: str
    reason: str
    parked_at: datetime
    headers: dict[str, str]
    body: str


class Action(BaseModel):
    """What somebody did with an event that waits no more."""

    what: str
    sequence: int
    who: str
    why: str
    at: datetime


class Lane(BaseModel):
    """The events of one subject that wait in one service, and what was done with others of it."""

    id: str
    topic: str
    subject: str
    events: list[ParkedEvent]
    actions: list[Action] = []
    service: str = ""
    authority: str = ""


class Replayed(BaseModel):
    applied: int


class Discarded(BaseModel):
    sequence: int
    offset: int


class TroubleGroup(BaseModel):
    """Lanes that fail alike in one service."""

    group: str
    trouble: str
    lanes: int
    events: int
    since: datetime
    service: str = ""
    authority: str = ""


class StillFailing(BaseModel):
    lane: str
    reason: str


class GroupReplayed(BaseModel):
    lanes: int
    applied: int
    failing: list[StillFailing]


class _Groups(RootModel[list[TroubleGroup]]):
    pass


async def groups(client: Client, service: str | None = None) -> list[TroubleGroup]:
    """What is wrong in one service or in all, by how many lanes it holds up."""
    found: list[TroubleGroup] = []
    for name in client.system.services if service is None else (service,):
        for authority in client.system.authorities:
            told = await client.get(name, "/operations/parked-groups", _Groups, operator(authority))
            found.extend(each.model_copy(update={"service": name, "authority": authority}) for each in told.root)
    return found


async def replay_group(client: Client, group: TroubleGroup, reason: str) -> GroupReplayed:
    """Empties the lanes of a group in the operator's name."""
    path = f"/operations/parked-groups/{group.group}/replay"
    return await client.post(group.service, path, GroupReplayed, operator(group.authority), {"reason": reason})


async def lanes(client: Client, service: str | None = None) -> list[Lane]:
    """Every lane in which events wait, in one service or in all."""
    found: list[Lane] = []
    for name in client.system.services if service is None else (service,):
        for authority in client.system.authorities:
            for lane in await client.pages(name, "/operations/parked", Paged[Lane], operator(authority)):
                found.append(lane.model_copy(update={"service": name, "authority": authority}))
    return found


async def find_lane(client: Client, id: str, service: str | None) -> Lane:
    """The one lane that is meant; a part of its name is enough when only one has it."""
    known = await lanes(client, service)
    meant = [lane for lane in known if lane.id == id] or [lane for lane in known if id in lane.id]
    if not meant:
        raise Trouble(f"nothing is parked in {id}; `ocop parked list` names what is")
    if len(meant) > 1:
        places = ", ".join(f"{lane.id} in {lane.service}" for lane in meant[:4])
        raise Trouble(f"{id} is not one lane ({places}); name it in full, with --service")
    return meant[0]


async def leave(client: Client, lane: Lane, how: Literal["replay", "discard"], reason: str, model: type[M]) -> M:
    """Replays the lane, or discards its first event, in the operator's name and for this reason."""
    path = f"/operations/parked/{quote(lane.id)}/{how}"
    body: dict[str, object] = {"reason": reason}
    if how == "discard":
        body["offset"] = lane.events[0].offset
    return await client.post(lane.service, path, model, operator(lane.authority), body)


@_app.command("list")
@told
async def list_lanes(service: Named = None, as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """List the lanes in which events wait."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await lanes(client, service)
    if as_json:
        print_json([lane.model_dump(mode="json") for lane in found])
        return
    if not found:
        typer.echo("Nothing is parked.")
        return
    table = Table(box=box.SIMPLE_HEAD, title=f"{sum(len(lane.events) for lane in found)} parked events")
    for column in ("Service", "Lane", "Events", "First cause", "Since"):
        table.add_column(column, overflow="fold")
    for lane in found:
        first = lane.events[0]
        since = first.parked_at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(lane.service, lane.id, str(len(lane.events)), f"{first.cause}: {first.reason[:120]}", since)
    console().print(table)
    typer.echo("ocop parked show LANE tells more; replay and discard need --reason.")


@_app.command("groups")
@told
async def list_groups(service: Named = None, as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """List what is wrong: each group of lanes is mended by one thing."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await groups(client, service)
    if as_json:
        print_json([group.model_dump(mode="json") for group in found])
        return
    if not found:
        typer.echo("Nothing is parked.")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("Group", "Service", "Authority", "Lanes", "Events", "Trouble", "Since"):
        table.add_column(column, overflow="fold")
    for group in found:
        since = group.since.strftime("%Y-%m-%d %H:%M:%S")
        counts = (str(group.lanes), str(group.events))
        table.add_row(group.group, group.service, group.authority, *counts, _plain(group.trouble), since)
    console().print(table)
    typer.echo("ocop parked replay-group GROUP --reason … empties all lanes of a group.")


@_app.command("replay-group")
@told
async def replay_groups(
    group: Annotated[str, typer.Argument(help="The group, as `ocop parked groups` names it.")],
    reason: Why,
    service: Named = None,
    as_json: AsJson = False,
    folder: Folder = FOLDER,
) -> None:
    """Apply all lanes of a group, each in order, after what was wrong has been mended."""
    async with client_of(find_system(folder), patience=0) as client:
        meant = [each for each in await groups(client, service) if each.group == group]
        if not meant:
            raise Trouble(f"there is no group {group}; `ocop parked groups` names those there are")
        done = [(each, await replay_group(client, each, reason)) for each in meant]
    if as_json:
        print_json([{"service": each.service, "authority": each.authority, **now.model_dump()} for each, now in done])
        return
    for each, now in done:
        typer.echo(f"{each.service} at {each.authority}: {now.applied} events applied, {now.lanes} lanes empty.")
        for failing in now.failing:
            typer.echo(f"  {failing.lane} still fails: {failing.reason}")


@_app.command()
@told
async def show(lane: LaneId, service: Named = None, as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """Show the events of a lane, with cause, headers and body."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await find_lane(client, lane, service)
    if as_json:
        print_json(found)
        return
    for event in found.events:
        headers = Table.grid(padding=(0, 2))
        for name, value in event.headers.items():
            headers.add_row(f"[dim]{name}[/]", _plain(value))
        title = f"{found.service}  {found.subject}  sequence {event.sequence}, offset {event.offset}"
        told = f"[bold]{event.cause}[/]: {_plain(event.reason)}\nparked {event.parked_at:%Y-%m-%d %H:%M:%S %Z}"
        console().print(Panel(Group(told, "", headers, "", _plain(event.body)), title=title, title_align="left"))
    for action in found.actions:
        typer.echo(f"{action.at:%Y-%m-%d %H:%M} {action.what} sequence {action.sequence}, {action.who}: {action.why}")


@_app.command()
@told
async def replay(
    lane: LaneId, reason: Why, service: Named = None, as_json: AsJson = False, folder: Folder = FOLDER
) -> None:
    """Apply the events of a lane in order, after what was wrong has been mended."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await find_lane(client, lane, service)
        done = await leave(client, found, "replay", reason, Replayed)
    if as_json:
        print_json({"service": found.service, "lane": found.id, **done.model_dump()})
    else:
        typer.echo(f"{found.service} has applied {done.applied} of {len(found.events)} events of {found.id}.")


@_app.command()
@told
async def discard(
    lane: LaneId, reason: Why, service: Named = None, as_json: AsJson = False, folder: Folder = FOLDER
) -> None:
    """Take the first event out of a lane without applying it; its speaker corrects with a new one."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await find_lane(client, lane, service)
        done = await leave(client, found, "discard", reason, Discarded)
    if as_json:
        print_json({"service": found.service, "lane": found.id, **done.model_dump()})
    else:
        left = len(found.events) - 1
        typer.echo(f"{found.service} has discarded sequence {done.sequence} of {found.id}; {left} still wait.")


def _plain(text: str) -> str:
    """Text of others, so that a bracket in it is not taken for markup."""
    return text.replace("[", "\\[")


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.add_typer(_app, name="parked")

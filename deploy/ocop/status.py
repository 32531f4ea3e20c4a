"""``ocop status``: whether every service is ready, how far it is behind, and what waits for an operator."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from pydantic import BaseModel
from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from deploy.ocop.client import Client, client_of, operator
from deploy.ocop.lag import Behind, behind
from deploy.ocop.parked import lanes
from deploy.ocop.system import FOLDER, Folder, System, find_system
from deploy.ocop.telling import AsJson, NotRunning, Trouble, console, print_json, told
from shared.clock import system_clock

_WAITS = 5.0
"""Seconds an unsent event may wait in an outbox before it is shown in red."""


class ServiceStatus(BaseModel):
    """One service, as it sees itself; ``away`` says why when it does not answer."""

    service: str
    address: str
    away: str | None = None
    ready: bool = False
    troubles: list[str] = []
    since: datetime | None = None
    applied: int = 0
    sent: int = 0
    outbox_documents: int = 0
    """Documents whose events wait to be sent."""
    outbox_oldest_seconds: float | None = None
    parked: int | None = None
    clock_stopped_at: datetime | None = None


class Report(BaseModel):
    """The whole system at one moment."""

    at: datetime
    services: list[ServiceStatus]
    lag: list[Behind]
    lag_from: str
    """``kafka``: by the offsets the groups have committed; ``services``: by what each process has read."""
    trouble: str | None = None

    @property
    def good(self) -> bool:
        return self.trouble is None and all(
            each.ready and not each.troubles and not each.parked for each in self.services
        )


class _Lag(BaseModel):
    topic: str
    position: int
    end: int


class _Status(BaseModel):
    ready: bool
    troubles: list[str]
    since: datetime
    applied: int
    sent: int
    outbox_documents: int
    outbox_oldest_seconds: float | None
    lag: list[_Lag]
    clock_stopped_at: datetime | None


async def look(client: Client) -> Report:
    """Asks every service and Kafka at the same time; what is away is part of the report, not an error."""
    system = client.system
    asked = await asyncio.gather(*(_ask(client, service) for service in system.services))
    trouble: str | None = None
    from_services = [lag for _, lags in asked for lag in lags]
    lag, lag_from = from_services, "services"
    if system.kafka is not None:
        try:
            lag, lag_from = await behind(system.kafka, system.authorities), "kafka"
        except NotRunning as away:
            trouble = str(away)
    services = [status for status, _ in asked]
    return Report(at=system_clock(), services=services, lag=lag, lag_from=lag_from, trouble=trouble)


async def _ask(client: Client, service: str) -> tuple[ServiceStatus, list[Behind]]:
    address = client.system.address(service)
    who = operator(client.system.authorities[0])
    try:
        status = await client.get(service, "/operations/status", _Status, who)
    except NotRunning as away:
        return ServiceStatus(service=service, address=address, away=str(away)), []
    try:
        parked: int | None = sum(len(lane.events) for lane in await lanes(client, service))
    except NotRunning:
        # Without its database a service answers, but cannot say what is parked.
        parked = None
    shown = ServiceStatus(service=service, address=address, parked=parked, **status.model_dump(exclude={"lag"}))
    return shown, _summed(service, status.lag)


def _summed(service: str, partitions: Sequence[_Lag]) -> list[Behind]:
    records: dict[str, int] = {}
    for each in partitions:
        records[each.topic] = records.get(each.topic, 0) + max(each.end - each.position, 0)
    return [
        Behind(authority=topic.split(".")[1], stream=topic.split(".", 2)[2], service=service, records=count)
        for topic, count in sorted(records.items())
    ]


def render(report: Report) -> RenderableType:
    """The report for people."""
    parts: list[RenderableType] = [_services(report.services), _lag(report)]
    for status in report.services:
        parts.extend(f"[red]{status.service}: {escape(each)}[/]" for each in (*status.troubles, *_away(status)))
        if status.parked:
            parts.append(f"[red]{status.service}: {status.parked} parked; see `ocop parked list`[/]")
    if report.trouble:
        parts.append(f"[red]{escape(report.trouble)}[/]")
    return Group(*parts)


def _away(status: ServiceStatus) -> list[str]:
    return [status.away] if status.away else []


def _services(services: Sequence[ServiceStatus]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("Service", "Address", "State", "Applied", "Sent", "Unsent", "Parked"):
        table.add_column(column, justify="right" if column in ("Applied", "Sent", "Unsent", "Parked") else "left")
    for each in services:
        if each.away:
            table.add_row(each.service, each.address, "[red]away[/]", "", "", "", "")
            continue
        waits = each.outbox_oldest_seconds
        late = "red" if waits is not None and waits > _WAITS else "default"
        table.add_row(
            each.service,
            each.address,
            "[green]ready[/]" if each.ready else "[red]not ready[/]",
            f"{each.applied:,}",
            f"{each.sent:,}",
            "nothing" if waits is None else f"[{late}]{each.outbox_documents} for {waits:.1f} s[/]",
            "?" if each.parked is None else f"[red]{each.parked}[/]" if each.parked else "0",
        )
    return table


def _lag(report: Report) -> RenderableType:
    """One line per province and stream, one column per service that reads it."""
    if not report.lag:
        return "[dim]No consumer group has read anything yet.[/]"
    readers = [each.service for each in report.services if any(lag.service == each.service for lag in report.lag)]
    table = Table(box=box.SIMPLE_HEAD, title="Records still to be read", title_justify="left")
    table.add_column("Authority")
    table.add_column("Stream")
    for service in readers:
        table.add_column(service, justify="right")
    places = sorted({(lag.authority, lag.stream) for lag in report.lag})
    for place in places:
        row = {lag.service: lag.records for lag in report.lag if (lag.authority, lag.stream) == place}
        cells = ["" if name not in row else f"[yellow]{row[name]}[/]" if row[name] else "0" for name in readers]
        table.add_row(*place, *cells)
    return table


@told
async def status(
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds until Ctrl-C.")] = False,
    as_json: AsJson = False,
    folder: Folder = FOLDER,
) -> None:
    """Show services, lag per province and stream, outbox age and parked events; 1 when something is wrong."""
    system: System = find_system(folder)
    async with client_of(system, patience=0) as client:
        if watch and not as_json:
            await _watch(client)
            return
        report = await look(client)
    if as_json:
        print_json({**report.model_dump(mode="json"), "good": report.good})
    else:
        console().print(render(report))
    if all(each.away for each in report.services):
        raise NotRunning("no service answers; start the system with `ocop up`")
    if not report.good:
        raise Trouble("not everything is in order")


async def _watch(client: Client) -> None:
    with Live(console=console(), auto_refresh=False) as live:
        try:
            while True:
                live.update(render(await look(client)), refresh=True)
                await asyncio.sleep(2)
        except asyncio.CancelledError:
            return


def register(app: typer.Typer) -> None:
    """Adds the command to the operators' command line."""
    app.command("status")(status)

"""A scenario from the rise of the curtain to the closing table."""

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.padding import Padding

from deploy.ocop.client import client_of
from deploy.ocop.scenario.counts import Counts, table
from deploy.ocop.scenario.play import Play
from deploy.ocop.scenario.script import TAM_DIEP, load
from deploy.ocop.scenario.stage import LiveStage, SilentStage
from deploy.ocop.system import System
from deploy.ocop.telling import Trouble


async def play(system: System, console: Console | None = None, *, name: str = TAM_DIEP) -> Counts:
    """Plays the scenario against ``system`` and shows it on ``console``; without one nothing is shown.

    Raises ``Trouble`` with one sentence when a service refuses or does not answer.
    """
    script = load(name)
    if system.issuer is None or system.signed_in is not None:
        raise Trouble("a scenario signs in as many people; it needs the local token issuer, and no OCOP_TOKEN")
    async with client_of(system) as client:
        if console is None:
            return await Play(client, script, SilentStage()).run()
        console.rule(f"[bold]{script.title.vi}[/]")
        console.print(Padding(f"{script.about.vi}\n\n[dim]{script.about.en}[/]", (0, 2)))
        with LiveStage(console) as stage:
            counts = await Play(client, script, stage).run()
        console.print(table(counts, script))
        show_addresses(system, counts, console)
        return counts


def show_addresses(system: System, counts: Counts, console: Console) -> None:
    """Where everything is, and what to try next."""
    for service in system.services:
        console.print(f"  {service:<14} {system.address(service)}/openapi.json")
    authority = system.authorities[-1]
    certificate = f"{system.address('certification')}/certificates/{min(counts.certificates, default='')}"
    ocop = "ocop" if shutil.which("ocop") else os.path.relpath(Path(sys.executable).with_name("ocop"))
    console.print(
        f"""
[bold]Thử tiếp · try next[/]
  {ocop} status                                  services, lag, outbox, parked
  {ocop} events tail --from-start --no-follow    everything that was said, in its order
  {ocop} events tail --authority {authority} --type certificate
  {ocop} token --role agency --authority {authority}
  {ocop} clock show                              the trial clock; `{ocop} clock set now` puts it back
  curl {certificate}
"""
    )

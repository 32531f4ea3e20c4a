"""``python -m tests.chaos``: kill everything at random under load, and prove that nothing was lost or doubled."""

import asyncio
import json
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.run import Order, Report, run

_LOCAL = Path(__file__).parents[2] / ".local"
_ALL_STEPS = (240, 180, 150, 135, 125, 120, 30, 7)


def main() -> int:
    """Reads ``SEED``, ``KILLS`` (200) and ``EVERY`` (seconds between kills); 1 when anything was violated."""
    console = Console()
    # Clients complain each time the broker is not there, which is what this is about.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    order = Order(
        seed=int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6)),
        kills=int(os.environ.get("KILLS") or 200),
        every=float(os.environ.get("EVERY") or 2.5),
        carriers=int(os.environ.get("CARRIERS") or 2),
        steps=_ALL_STEPS,
        patience=240,
    )
    folder = Path(tempfile.mkdtemp(prefix="ocop-chaos-"))
    began = time.monotonic()

    def told(news: str) -> None:
        console.print(f"{time.monotonic() - began:6.0f} s  {news}", highlight=False)

    told(f"seed {order.seed} (SEED={order.seed} chooses the same victims and times), data in {folder}")
    report = asyncio.run(run(order, folder, _LOCAL / "kafka", told))
    console.print(table(report))
    results = write(report, _LOCAL / "chaos")
    if report.holds:
        shutil.rmtree(folder)
        console.print(f"Everything holds. Seed {order.seed}, figures in {results}.")
        return 0
    for verdict in report.verdicts:
        for wrong in verdict.wrong[:10]:
            console.print(f"[red]{verdict.what}[/red]: {wrong}", highlight=False, markup=True)
    shown = results.parent / "violation"
    shutil.rmtree(shown, ignore_errors=True)
    shutil.copytree(folder / "logs", shown / "logs")
    console.print(f"Violated. Seed {order.seed}; logs in {shown / 'logs'}, data kept in {folder}.")
    return 1


def table(report: Report) -> Table:
    """What was done, and then what must be 0."""
    shown = Table(title=f"Chaos, seed {report.order.seed}")
    shown.add_column("what")
    shown.add_column("count", justify="right")
    shown.add_column("violations", justify="right")
    for what, count in report.done.items():
        shown.add_row(what, f"{count:,}", "")
    shown.add_section()
    for verdict in report.verdicts:
        shown.add_row(verdict.what, f"of {verdict.looked_at:,}", str(len(verdict.wrong)))
    return shown


def write(report: Report, folder: Path) -> Path:
    """The figures as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.json"
    figures = {
        "holds": report.holds,
        "order": asdict(report.order),
        "done": report.done,
        "verdicts": [asdict(verdict) for verdict in report.verdicts],
    }
    results.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return results


if __name__ == "__main__":
    sys.exit(main())

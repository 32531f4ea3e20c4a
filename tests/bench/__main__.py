"""``make bench``: measures ours beside its baselines in one run, prints the table and keeps the figures."""

import json
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import certificates, chain, fanout, feed, history, lodging, peak, relay, submissions
from tests.bench.stage import ROOT, Stage

CASES: dict[str, Callable[[Stage], Awaitable[list[Mapping[str, Any]]]]] = {
    "chain": chain.run,
    "relay": relay.run,
    "submissions": submissions.run,
    "verify": certificates.verify,
    "issue": certificates.issue,
    "expire": certificates.expire,
    "history": history.run,
    "fanout": fanout.run,
    "feed": feed.run,
    "lodging": lodging.run,
    "peak": peak.run,
}


async def main() -> None:
    chosen = os.environ.get("CASES", "").split(",") if os.environ.get("CASES") else list(CASES)
    if unknown := [name for name in chosen if name not in CASES]:
        raise SystemExit(f"unknown case {', '.join(unknown)}; there are {', '.join(CASES)}")
    rows: list[Mapping[str, Any]] = []
    async with Stage() as stage:
        for name in chosen:
            rows.extend(await CASES[name](stage))
    show(rows)
    keep(rows)


def show(rows: list[Mapping[str, Any]]) -> None:
    table = Table(title="OCOP Hub, measured in one run on this machine")
    for heading in ("case", "ours", "baseline", "ratio", "unit", "CPU of ours, µs per event"):
        table.add_column(heading, justify="left" if heading == "case" else "right")
    for row in rows:
        spent = row["detail"].get("ours", {}).get("cpu_us_per_event", {})
        cpu = "  ".join(f"{name} {value:.0f}" for name, value in spent.items())
        if p50 := row["detail"].get("ours", {}).get("p50_ms"):
            cpu += f"  p50 {p50:.0f} ms  p99 {row['detail']['ours']['p99_ms']:.0f} ms"
        baseline = f"{row['baseline']:,.0f}" if row["baseline"] else "–"
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "–"
        table.add_row(
            row["case"], f"{row['ours']:,.{1 if row['unit'] == 's' else 0}f}", baseline, ratio, row["unit"], cpu
        )
    Console(width=150).print(table)


def keep(rows: list[Mapping[str, Any]]) -> None:
    results = ROOT / ".local/bench/results.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    results.write_text(json.dumps({"machine": machine, "results": rows}, indent=1))


if __name__ == "__main__":
    uvloop.run(main())

"""A short run of chaos: twenty processes killed under load, and everything proved afterwards."""

from pathlib import Path

import pytest

from tests.chaos.run import Order, run

ORDER = Order(seed=37, kills=20, every=1.6, carriers=1, steps=(240, 120, 7), patience=100)


@pytest.mark.real
@pytest.mark.slow
async def test_nothing_is_lost_or_doubled_when_twenty_processes_are_killed(tmp_path: Path, jars: Path) -> None:
    news: list[str] = []

    report = await run(ORDER, tmp_path, jars, news.append)

    violations = [f"{verdict.what}: {wrong}" for verdict in report.verdicts for wrong in verdict.wrong]
    assert violations == [], f"seed {ORDER.seed}; {news}"
    assert report.done["kills"] >= 20

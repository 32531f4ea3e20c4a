"""Kafka or MongoDB away or hanging: nobody restarts anything, nothing is lost, and readiness tells the truth.

``OCOP_OUTAGE_SECONDS`` says for how long a part is away.
"""

import asyncio
import json
import os
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.system.country import HOME, SERVICES, Case, Country, eventually, submitted

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

SECONDS = float(os.environ.get("OCOP_OUTAGE_SECONDS", "20"))
MOST_LINES = 5.0
"""Lines one process may log in a second of an outage, on average."""
WAYS = ("killed", "hanging")


@asynccontextmanager
async def away(country: Country, name: str, way: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Takes a part away. What it yields waits until it has been away for long enough to matter."""
    pids = {service: country.stack.members[service].process.pid for service in SERVICES}
    logged = {service: len(country.log_lines(service)) for service in SERVICES}
    begun = time.monotonic()
    if way == "killed":
        country.stack.kill(name)
    else:
        country.stack.pause(name)

    async def long_enough() -> None:
        await asyncio.sleep(max(0.0, begun + SECONDS - time.monotonic()))

    yield long_enough

    lasted = time.monotonic() - begun
    for service in SERVICES:
        lines = country.log_lines(service, logged[service])
        assert len(lines) / lasted < MOST_LINES, f"a hot loop in {service}: {most_said(lines)}"
        assert not [line for line in lines if "request_failed" in line or "task_failed" in line], lines
    await country.mend()
    await country.all_ready()
    now = {service: country.stack.members[service].process.pid for service in SERVICES}
    assert now == pids, "a process was replaced"


def most_said(lines: Sequence[str]) -> list[tuple[str, int]]:
    said = (json.loads(line)["event"][:120] if line.startswith("{") else line[:120] for line in lines)
    return Counter(said).most_common(5)


async def turns_red(country: Country, why: str, services: Sequence[str] = tuple(SERVICES)) -> None:
    """Wait until each service says that it is not ready, and why; it stays alive."""
    for service in services:

        async def red(service: str = service) -> bool:
            return any(trouble.startswith(why) for trouble in await country.troubles(service))

        await eventually(red, f"{service} names {why}")
        assert await country.is_alive(service), f"nobody should restart {service} because {why} is away"


async def submitted_once(country: Country, case: Case) -> None:
    said = [record for record in await country.records(HOME, "dossiers") if record.key == case.dossier.encode()]
    assert [dict(record.headers)["ce_sequence"] for record in said] == [b"%020d" % 1]


@pytest.mark.parametrize("way", WAYS)
async def test_writes_go_on_while_kafka_is_away_and_catch_up_by_themselves(country: Country, way: str) -> None:
    before = await country.draft()
    await country.submit(before)
    await country.evaluation_of(before)

    async with away(country, "kafka", way) as long_enough:
        cases = [await country.draft() for _ in range(3)]
        for case in cases:
            await country.submit(case)
            assert await country.state_of(case) == "submitted"
        await turns_red(country, "Kafka")
        await long_enough()
        late = await country.draft()
        await country.submit(late)

    for case in (*cases, late):
        await country.reaches(case, "scoring")
        await submitted_once(country, case)


@pytest.mark.parametrize("way", WAYS)
async def test_commands_wait_for_mongodb_and_the_same_key_then_succeeds_once(country: Country, way: str) -> None:
    cases = [await country.draft() for _ in range(6)]
    waiting = f"waits-{uuid.uuid4().hex[:12]}"

    async def send(case: Case) -> int:
        path = f"/dossiers/{case.dossier}/submission"
        answer = await country.ask("POST", "dossier", path, json={}, key=f"submit-{case.dossier}")
        if answer.status_code == 503:
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert {"type", "title", "status", "detail"} <= answer.json().keys()
        return answer.status_code

    async with away(country, "mongo", way) as long_enough:
        # Some of these are on their way at the very moment the database goes.
        answers = await asyncio.gather(*(send(case) for case in cases))
        assert set(answers) <= {200, 503}
        assert 503 in answers
        await country.speak(submitted(waiting, 1), submitted(waiting, 2))
        await turns_red(country, "MongoDB")
        await long_enough()
        assert await send(cases[0]) == 503

    for case in cases:

        async def done(case: Case = case) -> bool:
            return await send(case) == 200

        await eventually(done, "the same key succeeds")
        assert await send(case) == 200, "and again, with the same answer"
    for case in cases:
        await country.reaches(case, "scoring")
        await submitted_once(country, case)
    await country.evaluated(waiting, 2)
    parked = await country.read("scoring", "/operations/parked?limit=200", "operator")
    assert all(lane["subject"] != waiting for lane in parked["items"]), "nothing is parked because the world was away"

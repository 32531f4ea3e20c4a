"""The whole system driven by name: what ends by itself comes back, what was killed on purpose stays away."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.ports import HOST
from deploy.local.service import UnknownMember
from deploy.local.stack import AlreadyRunning, Stack
from deploy.local.state import StateFile
from deploy.local.topics import ensure_topics

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def _stack(folder: Path, jars: Path) -> Stack:
    # Whatever this shell names as its own Kafka is not what is tested here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    return Stack(folder, ["37"], ["dossier"], jars=jars, environment=environment, usual_ports=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> AsyncIterator[Stack]:
    """Kafka, MongoDB and one service, up for all tests of this file."""
    running = _stack(tmp_path_factory.mktemp("stack"), jars)
    await running.up()
    yield running
    await running.down()


async def _until(true: Callable[[], bool], within: float = 60) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.05)


async def _is_ready(stack: Stack, service: str = "dossier") -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"{stack.addresses.services[service]}/ready", timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK


async def test_everything_is_ready_when_it_is_up(stack: Stack) -> None:
    state = StateFile(stack.folder / "run").read()

    assert await _is_ready(stack)
    assert state.phase == "ready"
    assert state.services == stack.addresses.services
    assert {name: member.running.pid for name, member in state.members.items() if member.running} == {
        name: member.process.pid for name, member in stack.members.items()
    }


async def test_a_second_launcher_is_told_that_the_system_runs(stack: Stack, jars: Path) -> None:
    second = _stack(stack.folder, jars)

    with pytest.raises(AlreadyRunning, match="runs already"):
        await second.up()
    await second.down()

    assert await _is_ready(stack)
    assert StateFile(stack.folder / "run").read().phase == "ready"


async def test_a_service_that_crashes_is_started_again(stack: Stack) -> None:
    member = stack.members["dossier"]
    crashed = member.process.pid
    assert crashed is not None

    os.kill(crashed, signal.SIGKILL)
    await _until(lambda: member.restarts == 1 and member.condition == "ready")

    assert member.process.pid != crashed
    assert member.note == "ended with code -9"
    assert await _is_ready(stack)


async def test_what_is_killed_on_purpose_stays_away_until_it_is_started(stack: Stack) -> None:
    stack.kill("dossier")
    await asyncio.sleep(1.5)
    away = await _is_ready(stack)
    await stack.start("dossier")

    assert not away
    assert await _is_ready(stack)


async def test_kafka_and_mongo_come_back_at_their_addresses_with_their_data(stack: Stack) -> None:
    before = stack.addresses

    stack.kill("kafka")
    stack.kill("mongo")
    await stack.start("mongo")
    await stack.start("kafka")
    made = await ensure_topics(stack.admin, ["37"])

    assert stack.addresses == before
    assert made == []


async def test_a_second_worker_is_added_by_its_name(stack: Stack) -> None:
    await stack.start("dossier-worker-1")
    part = stack.members["dossier-worker-1"].part
    condition = stack.members["dossier-worker-1"].condition
    await stack.stop("dossier-worker-1")

    assert condition == "ready"
    assert part.process.command[-2:] == ("--role", "worker")
    assert part.port != stack.members["dossier"].part.port


async def test_a_paused_service_does_not_answer_until_it_is_resumed(stack: Stack) -> None:
    stack.pause("dossier")
    condition = stack.members["dossier"].condition
    paused = await _is_ready(stack)
    stack.resume("dossier")

    assert condition == "paused"
    assert not paused
    assert await _is_ready(stack)


async def test_starting_what_runs_already_changes_nothing(stack: Stack) -> None:
    before = stack.members["dossier"].process.pid

    await stack.start("dossier")

    assert stack.members["dossier"].process.pid == before


async def test_an_unknown_name_is_refused(stack: Stack) -> None:
    with pytest.raises(UnknownMember, match="kafka, mongo"):
        await stack.start("dosier")

    with pytest.raises(UnknownMember):
        stack.kill("scoring")


async def test_ports_that_are_taken_are_gone_round(tmp_path: Path, jars: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    first = _stack(tmp_path, jars)
    before = await first.up()
    await first.down()
    ports = [member.part.port for member in first.members.values()]
    thieves = [await asyncio.start_server(hang_up, HOST, port) for port in ports]

    second = _stack(tmp_path, jars)
    after = await second.up()
    ready = await _is_ready(second)
    made = await ensure_topics(second.admin, ["37"])
    await second.down()
    for thief in thieves:
        thief.close()
        await thief.wait_closed()

    assert ready
    assert made == []
    assert after.services != before.services
    assert after.kafka.servers != before.kafka.servers
    assert after.mongo_url != before.mongo_url

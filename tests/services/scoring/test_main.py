"""The scoring service on the real Kafka and MongoDB: a dossier goes in as an event, its result comes out as one."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from deploy.local.bus import Bus
from deploy.ocop.issuer import issue
from services.scoring.domain.evaluation import evaluation_id
from services.scoring.main import SERVICE, ScoringSettings
from shared.service import application
from shared.tokens import Appointment
from tests.services.scoring.builders import best, sheet
from tests.services.scoring.curious import COMMANDS, READERS, SECRET, address
from tests.services.scoring.room import SECRETARY, council, submission
from tests.services.stand import say, settings, spoken

PROVINCE = "46"
"""An authority no other test uses, so that its topics hold only what this file says."""
RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
Submit = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture
async def bus(make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]) -> Bus:
    await make_topics(PROVINCE, "00")
    return await deployment(PROVINCE)


@pytest.fixture
def configured(bus: Bus, mongo_url: str, database: str, tmp_path: Path) -> ScoringSettings:
    return settings(ScoringSettings, bus, PROVINCE, mongo_url, database, tmp_path, files=str(tmp_path / "files"))


@pytest_asyncio.fixture
async def service(configured: ScoringSettings) -> AsyncIterator[FastAPI]:
    app = application(SERVICE, configured)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def submit(bus: Bus) -> AsyncIterator[Submit]:
    """Speaks as the dossier service of the province would."""
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()

    async def speak(dossier: str, sequence: int = 1, **changed: Any) -> None:
        data = submission(to=PROVINCE, **changed)
        await say(producer, PROVINCE, "dossier", dossier, data, sequence=sequence)

    yield speak
    await producer.stop()


@pytest.fixture
def as_(service: FastAPI, tmp_path: Path) -> Callable[[str, str], httpx.AsyncClient]:
    """A client that speaks as a person in a role of the province."""

    def client(role: str, person: str) -> httpx.AsyncClient:
        held = Appointment.model_validate({"id": role, "role": role, "authority": PROVINCE, "from": "2020-01-01"})
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(service),
            base_url="http://scoring",
            headers={
                "Authorization": f"Bearer {issue(tmp_path / 'issuer', person, (held,))}",
                "Ocop-Appointment": role,
            },
        )

    return client


async def eventually(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """The answer at ``path`` once it is there."""
    async with asyncio.timeout(30), client:
        while (answer := await client.get(path)).status_code != 200:
            await asyncio.sleep(0.1)
    found: dict[str, Any] = answer.json()
    return found


async def convene(as_: Callable[[str, str], httpx.AsyncClient], id: str, members: int) -> str:
    """A session at which all of a council of m1 (in the chair), m2, … are there; its id."""
    async with as_("agency", "agency") as agency:
        assert (await agency.post("/councils", json=council(members))).status_code == 201
    async with as_("council_secretary", SECRETARY) as secretary:
        asked = {"round": 2, "on": "2026-10-01", "agenda": [id]}
        session: str = (await secretary.post("/sessions", json=asked)).json()["id"]
        present = {"present": [f"m{n}" for n in range(1, members + 1)]}
        assert (await secretary.post(f"/sessions/{session}/attendance", json=present)).status_code == 200
    return session


@pytest.mark.real
async def test_a_submitted_dossier_is_scored_and_its_result_spoken(
    bus: Bus, submit: Submit, as_: Callable[[str, str], httpx.AsyncClient]
) -> None:
    dossier = "5e0c0000-0000-4000-8000-000000000001"
    id = evaluation_id(dossier, PROVINCE, 1)
    await submit(dossier)
    await submit(dossier)
    shown = await eventually(as_("council_member", "m1"), f"/evaluations/{id}")
    hash = shown["evaluation"]["sheet_hash"]
    session = await convene(as_, id, members=3)
    for n, option in enumerate((APPLIED, "trademark-granted", APPLIED), 1):
        body = {"sheet_hash": hash, "ticks": best(RICE, **{"3.5": option})}
        async with as_("council_member", f"m{n}") as member:
            assert (await member.post(f"/evaluations/{id}/sheets", json=body)).status_code == 201

    async with as_("council_chair", "m1") as chair:
        await chair.post(f"/evaluations/{id}/blind-phase/closing", json={})
        refused = await chair.post(f"/sessions/{session}/closing", json={"minutes": "12/BB-HĐ"})
        await chair.post(f"/evaluations/{id}/agreement", json={"agreed": {"3.5": APPLIED}})
        closed = await chair.post(f"/sessions/{session}/closing", json={"minutes": "12/BB-HĐ"})
        headers = {"Idempotency-Key": "final"}
        told = await chair.post(f"/evaluations/{id}/finalisation", json={}, headers=headers)
        again = await chair.post(f"/evaluations/{id}/finalisation", json={}, headers=headers)
    events = await spoken(bus, PROVINCE, "scores", id, 2)

    assert (refused.status_code, closed.status_code) == (409, 200)
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == ["/agenda/0"]
    assert told.json() == again.json()
    assert [(event["type"], event["sequence"]) for event in events] == [
        ("vn.ocop.evaluation.opened.v1", 1),
        ("vn.ocop.score.finalized.v1", 2),
    ]
    assert events[0]["correlation"] == "correlation-1"
    result = events[1]["data"]
    assert (result["stars"], result["total_sum"], result["sheet_count"], result["average"]) == (
        3,
        "295",
        3,
        "98.33",
    )
    assert result["failed_minimums"][0] == {"star": 4, "criterion": "3.5", "needed": 2, "had": 1}


@pytest.mark.real
async def test_ten_members_hand_in_at_once_and_nothing_is_lost(
    submit: Submit, as_: Callable[[str, str], httpx.AsyncClient]
) -> None:
    dossier = "5e0c0000-0000-4000-8000-000000000002"
    id = evaluation_id(dossier, PROVINCE, 1)
    await submit(dossier)
    shown = await eventually(as_("council_member", "m0"), f"/evaluations/{id}")
    body = {"sheet_hash": shown["evaluation"]["sheet_hash"], "ticks": best(RICE)}
    session = await convene(as_, id, members=10)

    async def hand_in(n: int) -> int:
        async with as_("council_member", f"m{n}") as member:
            return (await member.post(f"/evaluations/{id}/sheets", json=body)).status_code

    statuses = await asyncio.gather(*(hand_in(n % 10 + 1) for n in range(20)))
    async with as_("council_chair", "m1") as chair:
        await chair.post(f"/evaluations/{id}/blind-phase/closing", json={})
        await chair.post(f"/sessions/{session}/closing", json={"minutes": "12/BB-HĐ"})
        result = (await chair.post(f"/evaluations/{id}/finalisation", json={})).json()

    assert sorted(statuses) == [201] * 10 + [409] * 10
    assert (result["sheet_count"], result["total_sum"], result["stars"]) == (10, "1000", 4)


@pytest.mark.real
async def test_while_scoring_is_blind_no_answer_event_log_line_or_metric_tells_any_role_of_a_sheet(
    bus: Bus,
    submit: Submit,
    as_: Callable[[str, str], httpx.AsyncClient],
    service: FastAPI,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dossier = "5e0c0000-0000-4000-8000-000000000005"
    id = evaluation_id(dossier, PROVINCE, 1)
    await submit(dossier)
    shown = await eventually(as_("council_member", "m1"), f"/evaluations/{id}")
    session = await convene(as_, id, members=3)
    body = {"sheet_hash": shown["evaluation"]["sheet_hash"], "ticks": best(RICE, **{"3.5": APPLIED})}
    async with as_("council_member", SECRET) as member:
        first = (await member.post(f"/evaluations/{id}/sheets", json=body)).json()
        await member.post(f"/evaluations/{id}/sheets/reopening", json={"reason": "Chọn nhầm"})
        again = (await member.post(f"/evaluations/{id}/sheets", json=body)).json()
    answers: dict[str, str] = {}
    for role, person in READERS:
        async with as_(role, person) as reader:
            for path in (one for one, methods in service.openapi()["paths"].items() if "get" in methods):
                read = await reader.get(address(path, id, session))
                answers[f"{role} {person} GET {path}"] = read.content.decode(errors="replace")
            for method, path, asked in COMMANDS:
                tried = await reader.request(method, address(path, id, session), json=asked)
                answers[f"{role} {person} {method} {path}"] = tried.content.decode(errors="replace")
    async with as_("council_chair", "m1") as chair:
        metrics = (await chair.get("/metrics")).text
        # The others' own sheets let the blind phase close; its events come after whatever was said before.
        for person in ("m1", "m3"):
            async with as_("council_member", person) as member:
                await member.post(f"/evaluations/{id}/sheets", json=body)
        await chair.post(f"/evaluations/{id}/blind-phase/closing", json={})
        await chair.post(f"/sessions/{session}/closing", json={"minutes": "12/BB-HĐ"})
        logs = "".join(capfd.readouterr())
        await chair.post(f"/evaluations/{id}/finalisation", json={})
    events = await spoken(bus, PROVINCE, "scores", id, 2)

    assert [event["sequence"] for event in events] == [1, 2]
    assert [event["type"].split(".")[2] for event in events] == ["evaluation", "score"]
    for secret in (first["hash"], again["hash"]):
        assert [asked for asked, told in answers.items() if secret in told] == []
    # The sheet itself has every option of everybody's.
    assert {asked.split()[-1] for asked, told in answers.items() if APPLIED in told} == {"/sheets/{hash}"}
    for secret in (APPLIED, first["hash"], again["hash"], id):
        assert secret not in metrics
    for secret in (APPLIED, first["hash"], again["hash"]):
        assert secret not in logs


@pytest.mark.real
async def test_a_dossier_of_an_unknown_set_is_parked_and_others_go_on(
    submit: Submit, as_: Callable[[str, str], httpx.AsyncClient]
) -> None:
    wrong, right = "5e0c0000-0000-4000-8000-000000000003", "5e0c0000-0000-4000-8000-000000000004"

    await submit(wrong, product_set="no-such-set")
    await submit(right)

    await eventually(as_("agency", "agency"), f"/evaluations/{evaluation_id(right, PROVINCE, 1)}")
    async with asyncio.timeout(30), as_("operator", "operator") as operator:
        while not (parked := (await operator.get("/operations/parked")).json()["items"]):
            await asyncio.sleep(0.1)
    assert [lane["subject"] for lane in parked] == [wrong]
    assert "no-such-set" in parked[0]["events"][0]["reason"]


@pytest.mark.real
async def test_the_sheets_of_the_catalogue_are_on_file_once_the_service_is_ready(
    as_: Callable[[str, str], httpx.AsyncClient],
) -> None:
    async with as_("agency", "agency") as agency:
        sets = (await agency.get("/catalogue/sets")).json()["sets"]
    shown = [await eventually(as_("agency", "agency"), f"/sheets/{one['sheet_hash']}") for one in sets[::8]]

    assert [one["sheet"]["set"] for one in shown] == [one["set"] for one in sets[::8]]


def test_a_broken_catalogue_stops_the_service_with_file_place_and_reason(tmp_path: Path) -> None:
    (tmp_path / "rule-sets.json").write_text('[{"number": "1"}]')
    ran = subprocess.run(
        [sys.executable, "-m", "services.scoring"],
        env=os.environ | {"OCOP_AUTHORITIES": PROVINCE, "OCOP_CATALOGUE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 1
    assert (
        ran.stderr.strip()
        .splitlines()[-1]
        .startswith(f"scoring does not start: {tmp_path}/rule-sets.json at /0/number: ")
    )

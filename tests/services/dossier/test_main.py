"""The dossier service on the real Kafka and MongoDB: a submission goes out as an event, what becomes of it comes in."""

import asyncio
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
from services.dossier.catalogue import BrokenCatalogue
from services.dossier.domain.dossier import drafted
from services.dossier.domain.lodging import lodge
from services.dossier.events.heard import (
    CertificateIssued,
    EvaluationOpened,
    OfProvince,
    ResultAnnounced,
    ScoreFinalized,
)
from services.dossier.main import SERVICE, DossierSettings
from services.dossier.store import Dossiers
from shared.collection import Collection
from shared.driver import connect
from shared.http import fresh_id
from shared.service import application
from shared.tokens import Appointment
from tests.services.dossier.builders import ANSWERS, REGULATION, TODAY, opening
from tests.services.dossier.builders import product as product_of
from tests.services.dossier.facts import fact
from tests.services.dossier.office import OWNER, PRODUCT
from tests.services.stand import say, settings, spoken
from tests.shared.cups import RelayHeard

PROVINCE = "40"
"""An authority no other test uses, so that its topics hold only what this file says."""
PLACE = {"commune": "16690"}

As = Callable[..., httpx.AsyncClient]
Speak = Callable[..., Awaitable[None]]

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def bus(make_topics: Callable[..., Awaitable[list[str]]], deployment: Callable[..., Awaitable[Bus]]) -> Bus:
    await make_topics(PROVINCE, "00")
    return await deployment(PROVINCE)


@pytest.fixture
def configured(bus: Bus, mongo_url: str, database: str, tmp_path: Path) -> DossierSettings:
    return settings(DossierSettings, bus, PROVINCE, mongo_url, database, tmp_path)


@pytest_asyncio.fixture
async def service(configured: DossierSettings) -> AsyncIterator[FastAPI]:
    app = application(SERVICE, configured)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def second_api(configured: DossierSettings) -> AsyncIterator[FastAPI]:
    app = application(SERVICE, configured, "api")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def as_(service: FastAPI, tmp_path: Path) -> As:
    """A client that speaks in a role of the province; an owner is htx-1."""

    def client(role: str, app: FastAPI = service) -> httpx.AsyncClient:
        held = {"id": role, "role": role, "authority": PROVINCE, "from": "2020-01-01"}
        if role == "owner":
            held["organisation"] = "htx-1"
        token = issue(tmp_path / "issuer", role, (Appointment.model_validate(held),))
        headers = {"Authorization": f"Bearer {token}", "Ocop-Appointment": role}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dossier", headers=headers)

    return client


@pytest_asyncio.fixture
async def speak(bus: Bus) -> AsyncIterator[Speak]:
    """Speaks as another service of the province would."""
    producer = AIOKafkaProducer(**bus.aiokafka(), enable_idempotence=True)
    await producer.start()

    async def speaks(service: str, subject: str, sequence: int, data: OfProvince) -> None:
        await say(producer, PROVINCE, service, subject, data, sequence=sequence)

    yield speaks
    await producer.stop()


async def product(owner: httpx.AsyncClient) -> str:
    await owner.post("/owners", json=OWNER | PLACE, headers={"Idempotency-Key": "owner"})
    made: str = (await owner.post("/products", json=PRODUCT | PLACE)).json()["id"]
    return made


async def opened(owner: httpx.AsyncClient) -> str:
    new = {"product_id": await product(owner), "case_kind": "first", "form": ANSWERS}
    made: str = (await owner.post("/dossiers", json=new)).json()["id"]
    return made


async def reaches(client: httpx.AsyncClient, id: str, state: str) -> dict[str, Any]:
    """The dossier once it is in ``state``."""
    async with asyncio.timeout(30):
        while (view := (await client.get(f"/dossiers/{id}")).json())["state"] != state:
            await asyncio.sleep(0.05)
    found: dict[str, Any] = view
    return found


async def test_a_dossier_goes_out_and_what_becomes_of_it_comes_in(bus: Bus, as_: As, speak: Speak) -> None:
    async with as_("owner") as owner, as_("agency") as agency:
        id = await opened(owner)
        receipt = (await owner.post(f"/dossiers/{id}/submission", headers={"Idempotency-Key": "k"})).json()
        again = (await owner.post(f"/dossiers/{id}/submission", headers={"Idempotency-Key": "k"})).json()
        (submitted,) = await spoken(bus, PROVINCE, "dossiers", id, 1)

        result = fact(ResultAnnounced, id, province=PROVINCE)
        issued = fact(CertificateIssued, id, province=PROVINCE)
        await speak("scoring", f"ev-{id}", 1, fact(EvaluationOpened, id, province=PROVINCE))
        await speak("scoring", f"ev-{id}", 2, fact(ScoreFinalized, id, province=PROVINCE))
        scored = await reaches(agency, id, "scored")
        told = (await owner.get(f"/dossiers/{id}")).json()
        for _ in range(2):
            await speak("certification", f"rec-{id}", 1, result)
            await speak("certification", f"rec-{id}", 2, issued)
        recognised = await reaches(owner, id, "recognised")
        async with asyncio.timeout(30):
            while not (recognised := (await owner.get(f"/dossiers/{id}")).json())["certificates"]:
                await asyncio.sleep(0.05)
        funnel = (await agency.get("/funnel")).json()

    assert receipt == again
    assert (submitted["type"], submitted["sequence"]) == ("vn.ocop.dossier.submitted.v1", 1)
    assert submitted["source"] == f"/authorities/{PROVINCE}/dossier"
    assert submitted["data"]["manifest_hash"] == receipt["manifest_hash"]
    assert scored["evaluations"][0]["score"]["average"] == "64.00"
    assert (told["state"], told["evaluations"]) == ("scoring", [])
    assert recognised["results"][0]["decision_number"] == "123/QĐ-UBND"
    assert recognised["certificates"][0]["issued"]["valid_until"] == "2029-11-19"
    assert funnel["total"]["recognised"] == {"products": 1, "owners": 1}


async def test_a_withdrawal_follows_its_submission_in_order(bus: Bus, as_: As) -> None:
    async with as_("owner") as owner:
        id = await opened(owner)
        await owner.post(f"/dossiers/{id}/submission")
        await owner.post(f"/dossiers/{id}/withdrawal", json={"reason": "Bà An ốm"})

    events = await spoken(bus, PROVINCE, "dossiers", id, 2)

    assert [(event["type"], event["sequence"]) for event in events] == [
        ("vn.ocop.dossier.submitted.v1", 1),
        ("vn.ocop.dossier.withdrawn.v1", 2),
    ]
    assert events[1]["data"]["reason"] == "owner_request"


async def test_of_two_processes_that_open_for_one_product_at_once_one_succeeds(
    service: FastAPI, second_api: FastAPI, as_: As
) -> None:
    async with as_("owner", service) as one, as_("owner", second_api) as other:
        new = {"product_id": await product(one), "case_kind": "first", "form": ANSWERS}

        answers = await asyncio.gather(*((one, other)[n % 2].post("/dossiers", json=new) for n in range(20)))
        (held,) = (await one.get("/products")).json()["items"]
        listed = (await one.get("/dossiers")).json()["items"]

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    (winner,) = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert held["dossier_id"] == winner
    assert [each["id"] for each in listed] == [winner]


async def test_200_clerks_of_one_commune_receive_at_once_and_no_number_is_given_twice_or_left_out(
    service: FastAPI, second_api: FastAPI, as_: As, configured: DossierSettings
) -> None:
    port = connect("motor", configured.mongo_url, str(configured.database), "dossiers")
    dossiers = Dossiers(Collection(port, RelayHeard(), new_correlation=fresh_id))
    ids = [fresh_id() for _ in range(200)]
    files = [drafted(product_of(id=f"p-{id}", authority=PROVINCE, **PLACE), opening(id)) for id in ids]
    await asyncio.gather(*(dossiers.add(lodge(file, (), REGULATION, by="owner", on=TODAY)) for file in files))
    await port.close()

    async with as_("commune_officer", service) as one, as_("commune_officer", second_api) as other:
        answers = await asyncio.gather(
            *((one, other)[n % 2].post(f"/dossiers/{id}/receipt") for n, id in enumerate(ids))
        )
        register = (await one.get("/registers/registration", params=PLACE)).json()

    assert {answer.status_code for answer in answers} == {200}
    numbers = sorted(answer.json()["number"] for answer in answers)
    year = register["year"]
    assert numbers == [f"X-{n:03d}/PĐK-{PROVINCE}-{PLACE['commune']}-{year}" for n in range(1, 201)]
    assert sorted(each["dossier_id"] for each in register["items"]) == sorted(ids)


async def test_the_service_does_not_start_on_a_broken_catalogue(configured: DossierSettings, tmp_path: Path) -> None:
    with pytest.raises(BrokenCatalogue):
        application(SERVICE, configured.model_copy(update={"catalogue": tmp_path}))

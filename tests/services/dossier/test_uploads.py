"""Large files through the running service onto a real S3 server: little memory, and nothing half after a kill."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.bucket import Bucket
from deploy.local.bus import Bus
from deploy.local.ports import choose_port
from deploy.local.service import ServiceProcess, common_settings
from deploy.ocop.issuer import ensure_issuer, issue
from shared.tokens import Appointment
from tests.services.dossier.builders import ANSWERS
from tests.services.dossier.office import OWNER, PRODUCT
from tests.shared.contents import PDF

PROVINCE = "42"
"""An authority no other test uses."""
PLACE = {"commune": "18073"}

PIECE = bytes(1 << 20)
LARGE = 199
"""Pieces of a file of nearly 200 MiB."""

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def service(
    make_topics: Callable[..., Awaitable[list[str]]],
    deployment: Callable[..., Awaitable[Bus]],
    bucket: Bucket,
    mongo_url: str,
    database: str,
    tmp_path: Path,
) -> AsyncIterator[ServiceProcess]:
    await make_topics(PROVINCE, "00")
    ensure_issuer(tmp_path / "issuer")
    process = ServiceProcess("dossier", choose_port(), log=tmp_path / "dossier.log")
    process.settings = {
        **common_settings(await deployment(PROVINCE), [PROVINCE], mongo_url, tmp_path, {}),
        **bucket.environment(),
        "OCOP_FILES": f"{bucket.url}/{database}",
    }
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture
async def owner(service: ServiceProcess, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    held = {"id": "own", "role": "owner", "authority": PROVINCE, "organisation": "htx-1", "from": "2020-01-01"}
    token = issue(tmp_path / "issuer", "own", (Appointment.model_validate(held),))
    headers = {"Authorization": f"Bearer {token}", "Ocop-Appointment": "own"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


async def papers(owner: httpx.AsyncClient) -> str:
    """The address of a paper that awaits its file."""
    await owner.post("/owners", json=OWNER | PLACE)
    product = (await owner.post("/products", json=PRODUCT | PLACE)).json()["id"]
    new = {"product_id": product, "case_kind": "first", "form": ANSWERS}
    dossier = (await owner.post("/dossiers", json=new)).json()["id"]
    paper = (await owner.post(f"/dossiers/{dossier}/evidence", json={"kind": "market"})).json()["id"]
    return f"/dossiers/{dossier}/evidence/{paper}"


async def large(pause: asyncio.Barrier | None = None) -> AsyncIterator[bytes]:
    """Nearly 200 MiB of a scan; with ``pause`` it waits half-way until something was done there."""
    yield PDF
    for sent in range(LARGE):
        if pause is not None and sent == LARGE // 2:
            await pause.wait()
            await pause.wait()
        yield PIECE


async def test_two_hundred_megabytes_pass_through_little_memory(
    service: ServiceProcess, owner: httpx.AsyncClient
) -> None:
    paper = await papers(owner)
    await owner.put(f"{paper}/content?file_name=nho.pdf", content=PDF + bytes(20 << 20))
    before = service.process.memory()
    seen = [before]

    async def watch() -> None:
        while True:
            seen.append(service.process.memory())
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    sent = await owner.put(f"{paper}/content?file_name=video.pdf", content=large())
    digest = hashlib.sha256()
    async with owner.stream("GET", f"{paper}/versions/2/content") as answer:
        async for piece in answer.aiter_bytes():
            digest.update(piece)
    watching.cancel()

    assert sent.status_code == 200, sent.text
    version = sent.json()["versions"][1]
    assert version["size"] == len(PDF) + LARGE * len(PIECE)
    assert digest.hexdigest() == version["sha256"]
    assert max(seen) - before < 80 << 20


async def test_a_kill_in_the_middle_of_an_upload_leaves_no_half_file_and_loses_no_whole_one(
    service: ServiceProcess, owner: httpx.AsyncClient, bucket: Bucket
) -> None:
    paper = await papers(owner)
    first = (await owner.put(f"{paper}/content?file_name=a.pdf", content=PDF)).json()["versions"]
    half_way = asyncio.Barrier(2)
    uploading = asyncio.create_task(owner.put(f"{paper}/content?file_name=b.pdf", content=large(half_way)))
    await half_way.wait()

    service.process.kill()
    await half_way.wait()
    with pytest.raises(httpx.TransportError):
        await uploading
    await service.start()

    listed = (await owner.get(paper.rpartition("/")[0])).json()["items"]
    assert [each["versions"] for each in listed] == [first]
    again = (await owner.put(f"{paper}/content?file_name=b.pdf", content=large())).json()["versions"]
    for version in again:
        read = await owner.get(f"{paper}/versions/{version['version']}/content")
        assert hashlib.sha256(read.content).hexdigest() == version["sha256"]
    assert len(again) == 2

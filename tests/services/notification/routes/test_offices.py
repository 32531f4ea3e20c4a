"""The agency says how an office is reached, and what waits for it goes there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.notification.routes import office_routes
from shared.http import create_app
from tests.services.notification.desk import Desk, example
from tests.services.notification.routes.test_subscriptions import as_
from tests.shared.signing import gate

AGENCY = {"name": "Chi cục Phát triển nông thôn", "email": "ocop@ninhbinh.example"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest_asyncio.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("notification", "1", [office_routes(desk.offices)], gate=gate("37", "48"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_("x", "agency"))
        yield client


async def test_an_office_is_written_to_at_the_mailbox_it_was_given(client: httpx.AsyncClient, desk: Desk) -> None:
    await client.put("/offices/agency", json=AGENCY)
    id = await desk.hear(example("RevocationOverdue"))

    await desk.worker().round()

    (mail,) = desk.shown()
    delivery = await desk.delivery(id)
    assert str(mail["To"]) == "Chi cục Phát triển nông thôn <ocop@ninhbinh.example>"
    assert (delivery.state, delivery.channel) == ("sent", "email")


async def test_without_a_mailbox_the_message_lies_in_the_offices_inbox(desk: Desk) -> None:
    id = await desk.hear(example("DossierLodged"))

    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.channel, desk.shown()) == ("sent", "inbox", [])
    assert delivery.sent is not None and delivery.sent.text.startswith("Kính gửi [office:14362]")


async def test_the_last_word_counts_and_another_province_does_not_see_it(client: httpx.AsyncClient) -> None:
    await client.put("/offices/14362", json={"name": "UBND xã Gia Sinh"})
    changed = await client.put("/offices/14362", json={"name": "UBND xã Gia Sinh", "email": "gs@ninhbinh.example"})

    ours, theirs = [
        (await client.get("/offices", headers=as_("x", "agency", authority))).json()["items"]
        for authority in ("37", "48")
    ]

    assert (changed.status_code, ours, theirs) == (200, [changed.json()], [])


@pytest.mark.parametrize(
    ("code", "changed", "pointer"),
    [
        ("agency", {"email": "a@b.vn\r\nBcc: all@example.vn"}, "/email"),
        ("agency", {"email": "no-at"}, "/email"),
        ("agency", {"name": ""}, "/name"),
        ("1436", {}, "{office}"),
    ],
)
async def test_a_wrong_office_is_refused(
    client: httpx.AsyncClient, code: str, changed: dict[str, str], pointer: str
) -> None:
    refused = await client.put(f"/offices/{code}", json={**AGENCY, **changed})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("role", ["owner", "commune_officer", "observer", "subscriber"])
async def test_only_those_who_look_after_it_see_a_mailbox(client: httpx.AsyncClient, role: str) -> None:
    assert (await client.get("/offices", headers=as_("x", role))).status_code == 403

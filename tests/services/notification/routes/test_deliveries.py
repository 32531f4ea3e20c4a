"""What may be asked of notification, and by whom."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.notification.routes import delivery_routes as routes
from shared.http import create_app
from tests.services.notification.desk import Desk, example
from tests.shared.signing import claims, gate, sign


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> Desk:
    """Two messages sent at 37, one waiting at 37 and one at 48."""
    desk = Desk(tmp_path)
    await desk.hear(example("CertificateIssued"), 1)
    await desk.hear(example("ResultAnnounced", commune=None), 2)
    await desk.worker().round()
    await desk.hear(example("CertificateExpired"), 3)
    await desk.hear(example("CertificateExpired", province="48"), 4)
    return desk


@pytest_asyncio.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("notification", "1", [routes(desk.deliveries, desk.clock)], gate=gate("37", "48"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notification") as client:
        yield client


def as_(role: str, authority: str = "37") -> dict[str, str]:
    appointment = {"id": role, "role": role, "authority": authority, "from": "2026-01-01"}
    return {"Authorization": f"Bearer {sign(claims(appointment))}", "Ocop-Appointment": role}


async def test_an_agency_sees_the_deliveries_of_its_authority(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/deliveries", headers=as_("agency"))).json()

    assert len(answer["items"]) == 3
    assert {line["authority"] for line in answer["items"]} == {"37"}


async def test_deliveries_are_found_by_state_page_by_page(client: httpx.AsyncClient) -> None:
    first = (await client.get("/deliveries?state=sent&limit=1", headers=as_("observer"))).json()
    second = (await client.get(f"/deliveries?state=sent&after={first['next']}", headers=as_("observer"))).json()

    assert {line["template"] for line in first["items"] + second["items"]} == {"certificate-issued", "result-announced"}
    assert second["next"] is None


async def test_a_delivery_shows_its_tries_and_what_was_sent(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/deliveries?state=sent", headers=as_("operator"))).json()

    shown = (await client.get(f"/deliveries/{listed['items'][0]['id']}", headers=as_("operator"))).json()

    assert shown["tries"][0]["outcome"] == "accepted"
    assert shown["message"]["attempt"] == 1
    assert shown["message"]["template_version"]


async def test_another_authoritys_delivery_is_not_there(client: httpx.AsyncClient) -> None:
    (line,) = (await client.get("/deliveries", headers=as_("agency", "48"))).json()["items"]

    assert (await client.get(f"/deliveries/{line['id']}", headers=as_("agency"))).status_code == 404


async def test_the_summary_counts_states_and_messages_sent(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/summary", headers=as_("agency"))).json()

    assert answer["states"] == {
        "waiting": 1,
        "sending": 0,
        "sent": 2,
        "no_address": 0,
        "undeliverable": 0,
        "recorded": 0,
    }
    assert (answer["sent"]["certificate-issued"], answer["sent"]["certificate-expired"]) == (1, 0)


async def test_the_rules_are_shown_as_data(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/rules", headers=as_("observer"))).json()

    assert {"event", "audience", "template", "channels", "paper"} == set(answer[0])


@pytest.mark.parametrize("role", ["owner", "council_member", "service", "commune_officer"])
@pytest.mark.parametrize("path", ["/deliveries", "/deliveries/x", "/summary", "/rules"])
async def test_others_see_nothing(client: httpx.AsyncClient, role: str, path: str) -> None:
    assert (await client.get(path, headers=as_(role))).status_code == 403


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "after=x%00", "unknown=1", f"recipient={'x' * 301}"])
async def test_a_wrong_question_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/deliveries?{query}", headers=as_("agency"))).status_code in (400, 422)


async def test_an_operator_releases_what_was_only_recorded(client: httpx.AsyncClient, desk: Desk) -> None:
    desk.pass_time(timedelta(days=8))
    old = [await desk.hear(example("CertificateExpiring"), number, f"old-{number}") for number in (1, 2)]
    asked = {"reason": "the outage was ours", "template": "certificate-expiring"}

    told = (await client.post("/deliveries/release", json=asked, headers=as_("operator"))).json()
    again = (await client.post("/deliveries/release", json=asked, headers=as_("operator"))).json()
    refused = await client.post("/deliveries/release", json=asked, headers=as_("agency"))

    assert (told, again["released"], refused.status_code) == ({"released": 2, "more": False}, 0, 403)
    assert {(await desk.delivery(id)).state for id in old} == {"waiting"}
    assert "the outage was ours" in str((await desk.delivery(old[0])).released_by)


async def test_a_message_without_an_address_is_sent_once_the_address_is_mended(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    desk.office.know("owner-mute", "Chủ thể", None)
    id = await desk.hear(example("CertificateIssued", owner_id="owner-mute"), subject="mute")
    await desk.worker().round()
    (shown,) = (await client.get("/deliveries?state=no_address", headers=as_("agency"))).json()["items"]
    before = len(desk.shown())

    desk.office.know("owner-mute", "Chủ thể", "mute@example.vn")
    reason = {"reason": "the owner gave a mailbox"}
    told = await client.post(f"/deliveries/{id}/retry", json=reason, headers=as_("agency"))
    await desk.worker().round()
    again = await client.post(f"/deliveries/{id}/retry", json=reason, headers=as_("agency"))

    assert (shown["id"], told.json()["state"], (await desk.delivery(id)).state) == (id, "waiting", "sent")
    assert len(desk.shown()) == before + 1
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-given-up")


@pytest.mark.parametrize("role", ["owner", "observer", "commune_officer"])
async def test_nobody_else_has_a_message_tried_again(client: httpx.AsyncClient, role: str) -> None:
    answer = await client.post("/deliveries/x/retry", json={"reason": "why"}, headers=as_(role))

    assert answer.status_code == 403

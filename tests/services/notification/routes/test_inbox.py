"""An owner or an office reads its own messages, and no one else's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.notification.routes import inbox_routes
from shared.http import create_app
from tests.services.notification.desk import OWNER, Desk, example, messages
from tests.services.notification.routes.test_subscriptions import as_
from tests.shared.signing import claims, gate, sign


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest_asyncio.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    routers = [inbox_routes(desk.deliveries, messages(), desk.wordings, desk.clock)]
    app = create_app("notification", "1", routers, gate=gate("37"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_(OWNER, "owner"))
        yield client


async def test_an_owner_finds_each_message_in_its_language(client: httpx.AsyncClient, desk: Desk) -> None:
    await desk.hear(example("CertificateIssued"), 1)
    await desk.hear(example("CertificateExpired", owner_id="another"), 2)

    (line,) = (await client.get("/inbox")).json()["items"]
    shown = (await client.get(f"/inbox/{line['id']}?language=en")).json()

    assert "Giấy chứng nhận" in line["title"]
    assert "Dear producer" in shown["text"] and shown["template_version"]


async def test_the_first_reading_is_kept(client: httpx.AsyncClient, desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))
    before = (await client.get("/inbox/unread")).json()

    first, again = [(await client.post(f"/inbox/{id}/reading")).json() for _ in range(2)]

    after = (await client.get("/inbox/unread")).json()
    assert (before["unread"], after["unread"]) == (1, 0)
    assert first["read_at"] == again["read_at"] is not None


async def test_anothers_message_is_not_there(client: httpx.AsyncClient, desk: Desk) -> None:
    id = await desk.hear(example("CertificateIssued"))

    for answer in (
        await client.get(f"/inbox/{id}", headers=as_("another", "owner")),
        await client.post(f"/inbox/{id}/reading", headers=as_("another", "owner")),
    ):
        assert answer.status_code == 404


def at_commune(code: str) -> dict[str, str]:
    appointment = {"id": "c", "role": "commune_officer", "authority": "37", "commune": code, "from": "2026-01-01"}
    return {"Authorization": f"Bearer {sign(claims(appointment))}", "Ocop-Appointment": "c"}


async def test_an_office_finds_its_work_and_not_that_of_another(client: httpx.AsyncClient, desk: Desk) -> None:
    await desk.hear(example("DossierLodged"), 1)
    await desk.hear(example("CommuneAssessed"), 2)

    found = {
        name: [line["template"] for line in (await client.get("/inbox", headers=headers)).json()["items"]]
        for name, headers in {
            "commune": at_commune("14362"),
            "another": at_commune("14363"),
            "agency": as_("x", "agency"),
        }.items()
    }

    assert found == {"commune": ["dossier-lodged"], "another": [], "agency": ["commune-assessed"]}


def seated(person: str, role: str = "council_member") -> dict[str, str]:
    held = {"id": "m", "role": role, "authority": "37", "from": "2026-01-01"}
    return {"Authorization": f"Bearer {sign(claims(held, sub=person))}", "Ocop-Appointment": "m"}


async def test_a_member_of_a_council_reads_what_is_for_that_person_only(client: httpx.AsyncClient, desk: Desk) -> None:
    await desk.hear(example("SessionScheduled", seated=["an", "binh"]), 1)
    await desk.hear(example("RescoringRequired", "with", seated=["an"]), 2)

    found = {
        person: sorted(line["template"] for line in (await client.get("/inbox", headers=headers)).json()["items"])
        for person, headers in {
            "an": seated("an"),
            "binh": seated("binh", "council_secretary"),
            "another": seated("another"),
        }.items()
    }
    listed = (await client.get("/inbox?language=en", headers=seated("binh", "council_secretary"))).json()["items"]
    shown = (
        await client.get(f"/inbox/{listed[0]['id']}?language=en", headers=seated("binh", "council_secretary"))
    ).json()

    assert found == {"an": ["rescoring-required", "session-scheduled"], "binh": ["session-scheduled"], "another": []}
    assert "Dear member of the council" in shown["text"]


async def test_a_message_to_a_member_lies_in_the_inbox_once_the_worker_has_come_by(desk: Desk) -> None:
    await desk.hear(example("RescoringRequired", "with", seated=["an"]))

    await desk.worker().round()

    (raw,) = desk.port.documents.values()
    assert (raw["state"], raw["channel"], desk.shown()) == ("sent", "inbox", [])


@pytest.mark.parametrize("role", ["operator", "subscriber"])
async def test_nobody_else_has_an_inbox(client: httpx.AsyncClient, role: str) -> None:
    assert (await client.get("/inbox", headers=as_("x", role))).status_code == 403

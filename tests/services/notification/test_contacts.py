"""Contacts asked over HTTP: in batches, with the service's own token, and every failure the world's."""

from pathlib import Path

import httpx
import pytest

from services.notification.contacts import MOST_ASKED, ContactsOverHttp
from shared.peers import Peer, PeerAway
from tests.services.notification.desk import OWNER, OwnersOffice, service_token


@pytest.fixture
def office() -> OwnersOffice:
    return OwnersOffice()


async def test_contacts_are_asked_in_batches_each_owner_once(office: OwnersOffice, tmp_path: Path) -> None:
    for number in range(250):
        office.know(f"o{number}", f"Chủ thể {number}", f"o{number}@example.vn")

    found = await office.contacts(tmp_path).of("37", [f"o{number % 250}" for number in range(500)])

    assert len(found) == 250
    assert [len(asked) for asked in office.asked] == [MOST_ASKED, 50]


async def test_the_token_names_the_appointment_of_the_authority(office: OwnersOffice, tmp_path: Path) -> None:
    await office.contacts(tmp_path).of("48", [OWNER])

    assert office.headers["Authorization"] == f"Bearer {service_token('37', '48')}"
    assert office.headers["Ocop-Appointment"] == "svc-48"


async def test_a_renewed_token_is_used_at_once(office: OwnersOffice, tmp_path: Path) -> None:
    contacts = office.contacts(tmp_path)
    await contacts.of("37", [OWNER])

    (tmp_path / "token").write_text(service_token("37", "48", "01"))
    await contacts.of("01", [OWNER])

    assert office.headers["Ocop-Appointment"] == "svc-01"


async def test_who_is_unknown_is_left_out(office: OwnersOffice, tmp_path: Path) -> None:
    found = await office.contacts(tmp_path).of("37", [OWNER, "nobody"])

    assert list(found) == [OWNER]


@pytest.mark.parametrize("status", [0, 401, 403, 429, 500, 503])
async def test_no_answer_or_a_refusal_is_the_worlds_fault(office: OwnersOffice, tmp_path: Path, status: int) -> None:
    office.status = status

    with pytest.raises(PeerAway):
        await office.contacts(tmp_path).of("37", [OWNER])


async def test_an_answer_that_cannot_be_read_tells_no_personal_data(tmp_path: Path) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [{"owner_id": 1, "name": "Bà Lan", "email": "lan@example.vn"}]})

    (tmp_path / "token").write_text(service_token("37"))
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://dossier")

    with pytest.raises(PeerAway) as caught:
        await ContactsOverHttp(Peer("the dossier service", client, tmp_path / "token")).of("37", [OWNER])
    assert "items/0/owner_id" in str(caught.value)
    assert "Lan" not in str(caught.value)


@pytest.mark.parametrize("token", [None, "", "not a token", "a.b.c", service_token("48")])
async def test_without_a_fitting_token_nobody_is_asked(office: OwnersOffice, tmp_path: Path, token: str | None) -> None:
    contacts = office.contacts(tmp_path)
    if token is None:
        (tmp_path / "token").unlink()
    else:
        (tmp_path / "token").write_text(token)

    with pytest.raises(PeerAway):
        await contacts.of("37", [OWNER])
    assert not office.asked

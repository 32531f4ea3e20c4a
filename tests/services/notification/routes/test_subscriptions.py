"""Systems look after their own subscriptions, and no one else's."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from services.notification.endpoints import Answer
from services.notification.reach import Reach
from services.notification.routes import subscription_routes
from shared.http import create_app
from tests.services.notification.desk import example
from tests.services.notification.switchboard import GONE, TAKEN, Switchboard
from tests.shared.signing import claims, gate, sign

URL = "https://hooks.example.vn/ocop"
ASKED: dict[str, Any] = {"name": "Sàn đặc sản", "url": URL, "notice_to": "ops@example.vn"}


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest_asyncio.fixture
async def client(board: Switchboard) -> AsyncIterator[httpx.AsyncClient]:
    routers = [
        subscription_routes(
            board.subscriptions,
            board.dispatches,
            board.webhooks,
            Reach(),
            frozenset({"00", "37", "48"}),
            frozenset({"white-spirit", "fresh-produce"}),
            board.clock,
        )
    ]
    app = create_app("notification", "1", routers, gate=gate("37", "48"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_("shop"))
        yield client


def as_(organisation: str, role: str = "subscriber", authority: str = "37") -> dict[str, str]:
    appointment = {
        "id": role,
        "role": role,
        "authority": authority,
        "organisation": organisation,
        "from": "2026-01-01",
    }
    return {"Authorization": f"Bearer {sign(claims(appointment))}", "Ocop-Appointment": role}


def echo(event: Mapping[str, Any]) -> Answer:
    said = {"challenge": event["data"].get("challenge", "")}
    return Answer("delivered", 200, "200", json.dumps(said).encode())


async def test_a_system_subscribes_is_verified_and_is_told(client: httpx.AsyncClient, board: Switchboard) -> None:
    board.receivers.answers[URL] = echo
    made = (await client.post("/subscriptions", json=ASKED)).json()

    verified = await client.post(f"/subscriptions/{made['id']}/verification")
    await board.happens(example("CertificateIssued"))
    await board.dispatch()

    assert (made["state"], verified.json()["state"]) == ("unverified", "active")
    assert [event["type"] for event in board.receivers.taken[URL]] == [
        "vn.ocop.subscription.challenge.v1",
        "vn.ocop.certificate.issued.v1",
    ]
    last = board.receivers.requests[URL][-1]
    body = json.dumps(last, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    signed = Webhook(made["secret"]).sign(last["id"], board.watch(), body)
    assert board.receivers.headers[-1]["webhook-signature"] == signed


@pytest.mark.parametrize("answer", [TAKEN, GONE, Answer("delivered", 200, "200", b'{"challenge": "another"}')])
async def test_an_endpoint_that_does_not_echo_is_not_verified(
    client: httpx.AsyncClient, board: Switchboard, answer: Answer
) -> None:
    board.receivers.answers[URL] = answer
    made = (await client.post("/subscriptions", json=ASKED)).json()

    refused = await client.post(f"/subscriptions/{made['id']}/verification")

    assert refused.status_code == 422
    assert (await board.subscriptions.get(made["id"])).state == "unverified"


async def test_the_secret_is_shown_once(client: httpx.AsyncClient) -> None:
    made = (await client.post("/subscriptions", json=ASKED)).json()

    shown = (await client.get(f"/subscriptions/{made['id']}")).text
    listed = (await client.get("/subscriptions")).text

    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in shown and made["secret"] not in listed


async def test_a_rotation_shows_another_secret_and_says_that_two_are_live(client: httpx.AsyncClient) -> None:
    made = (await client.post("/subscriptions", json=ASKED)).json()

    rotated = (await client.post(f"/subscriptions/{made['id']}/secrets")).json()

    shown = (await client.get(f"/subscriptions/{made['id']}")).json()
    assert rotated["secret"] != made["secret"]
    assert len(shown["secrets_live_since"]) == 2


async def test_with_a_key_pair_the_public_half_is_shown(client: httpx.AsyncClient) -> None:
    made = (await client.post("/subscriptions", json={**ASKED, "signature": "v1a"})).json()

    assert made["secret"].startswith("whpk_")


async def test_the_same_key_makes_one_subscription(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/subscriptions", json=ASKED, headers={"Idempotency-Key": "one"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert len((await client.get("/subscriptions")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"interest": {"types": ["vn.ocop.score.finalized.v1"]}}, "/interest/types/0"),
        ({"interest": {"provinces": ["37", "91"]}}, "/interest/provinces/1"),
        ({"interest": {"product_sets": ["whisky"]}}, "/interest/product_sets/0"),
        ({"interest": {"stars": [6]}}, "/interest/stars/0"),
        ({"interest": {"kinds": []}}, "/interest/kinds"),
        ({"notice_to": "ops@example.vn\r\nBcc: all@example.vn"}, "/notice_to"),
        ({"notice_to": "ops"}, "/notice_to"),
        ({"name": "Sàn\r\nBcc: x"}, "/name"),
        ({"signature": "none"}, "/signature"),
    ],
)
async def test_a_wrong_wish_is_refused_with_its_place(
    client: httpx.AsyncClient, changed: dict[str, Any], pointer: str
) -> None:
    refused = await client.post("/subscriptions", json={**ASKED, **changed})

    assert refused.status_code == 422
    assert pointer in [flaw["pointer"] for flaw in refused.json()["errors"]]


@pytest.mark.parametrize("url", ["http://hooks.example.vn", "https://10.0.0.1/", "https://169.254.169.254/"])
async def test_an_endpoint_out_of_reach_is_refused(client: httpx.AsyncClient, url: str) -> None:
    assert (await client.post("/subscriptions", json={**ASKED, "url": url})).status_code == 422


async def test_anothers_subscription_is_not_there(client: httpx.AsyncClient) -> None:
    made = (await client.post("/subscriptions", json=ASKED)).json()
    other = as_("portal")

    for path in ("", "/log"):
        assert (await client.get(f"/subscriptions/{made['id']}{path}", headers=other)).status_code == 404
    for path in ("verification", "secrets", "closure", "test"):
        assert (await client.post(f"/subscriptions/{made['id']}/{path}", headers=other)).status_code == 404
    assert (await client.get("/subscriptions", headers=other)).json()["items"] == []


async def test_the_operator_sees_and_closes_those_of_the_authority(client: httpx.AsyncClient) -> None:
    made = (await client.post("/subscriptions", json=ASKED)).json()

    closed = await client.post(f"/subscriptions/{made['id']}/closure", headers=as_("x", "operator"))
    elsewhere = await client.get("/subscriptions", headers=as_("x", "operator", "48"))

    assert closed.json()["state"] == "closed"
    assert elsewhere.json()["items"] == []


async def test_the_log_tells_what_was_sent_and_sends_it_again_when_asked(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    board.receivers.answers[URL] = echo
    made = (await client.post("/subscriptions", json=ASKED)).json()
    await client.post(f"/subscriptions/{made['id']}/verification")
    await board.happens(example("CertificateIssued"))
    await board.dispatch()

    (line,) = (await client.get(f"/subscriptions/{made['id']}/log")).json()["items"]
    again = await client.post(
        f"/subscriptions/{made['id']}/log/{line['id']}/resend", json={"event": line["events"][0]["event"]}
    )
    nothing = await client.post(f"/subscriptions/{made['id']}/log/{line['id']}/resend", json={"event": "none"})
    await board.dispatch()

    assert line["tries"][0]["outcome"] == "delivered"
    assert (again.status_code, nothing.status_code) == (200, 404)
    assert board.receivers.ids(URL)[1:] == ["subject-1.1", "subject-1.1"]


async def test_a_test_event_tells_what_the_endpoint_answered(client: httpx.AsyncClient, board: Switchboard) -> None:
    board.receivers.answers[URL] = Answer("failed", 500, "500 oops")
    made = (await client.post("/subscriptions", json=ASKED)).json()

    told = (await client.post(f"/subscriptions/{made['id']}/test")).json()

    assert (told["outcome"], told["status"], told["said"]) == ("failed", 500, "500 oops")


async def test_another_interest_holds_from_now_on(client: httpx.AsyncClient, board: Switchboard) -> None:
    board.receivers.answers[URL] = echo
    made = (await client.post("/subscriptions", json=ASKED)).json()
    await client.post(f"/subscriptions/{made['id']}/verification")

    await client.patch(f"/subscriptions/{made['id']}", json={"interest": {"stars": [5]}})
    await board.happens(example("CertificateIssued", "first"))

    assert await board.log_of(made["id"]) == []


@pytest.mark.parametrize("role", ["owner", "agency", "chair", "service", "observer"])
async def test_others_do_not_subscribe(client: httpx.AsyncClient, role: str) -> None:
    assert (await client.post("/subscriptions", json=ASKED, headers=as_("x", role))).status_code == 403

"""``ocop subscriptions``: a system looks after its own subscriptions from the command line."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import typer
from typer.testing import CliRunner

from deploy.ocop.client import Client, Refused
from deploy.ocop.issuer import AUDIENCE, ISSUER, ensure_issuer
from deploy.ocop.subscriptions import Interest, Log, Made, log_of, register, subscribe, subscriber, tell, want
from deploy.ocop.subscriptions import Tested as Outcome  # pytest would take its own name for a test
from deploy.ocop.system import System
from services.notification.endpoints import Answer
from services.notification.reach import Reach
from services.notification.routes import subscription_routes
from shared.http import create_app
from shared.identity import Gate
from shared.tokens import KeysInFile, Verifier
from tests.services.notification.desk import example
from tests.services.notification.switchboard import Switchboard

URL = "https://hooks.example.vn/"
SHOP = subscriber("shop", "37")


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    board = Switchboard(tmp_path)
    board.receivers.answers[URL] = echo
    return board


@pytest_asyncio.fixture
async def client(board: Switchboard, tmp_path: Path) -> AsyncIterator[Client]:
    issuer, authorities = tmp_path / "issuer", frozenset({"37"})
    gate = Gate(Verifier(KeysInFile(ensure_issuer(issuer)), ISSUER, AUDIENCE), authorities, board.clock)
    stores = board.subscriptions, board.dispatches
    routes = subscription_routes(*stores, board.webhooks, Reach(), authorities, frozenset(), board.clock)
    transport = httpx.ASGITransport(create_app("notification", "1", [routes], gate=gate))
    async with httpx.AsyncClient(transport=transport) as http:
        yield Client(System({"notification": "http://notification"}, ("37",), issuer=issuer), http, patience=0)


def echo(event: Mapping[str, Any]) -> Answer:
    said = {"challenge": event["data"].get("challenge", "")}
    return Answer("delivered", 200, "200", json.dumps(said).encode())


async def added(client: Client) -> Made:
    return await subscribe(client, SHOP, "Sàn", URL, "ops@example.vn", Interest(stars=[3]))


async def test_a_system_subscribes_verifies_reads_its_log_and_has_an_event_sent_again(
    client: Client, board: Switchboard
) -> None:
    made = await added(client)
    verified = await tell(client, SHOP, made.id, "verification", Made)
    await board.happens(example("CertificateIssued", "first"))
    await board.dispatch()
    (log,) = await log_of(client, SHOP, made.id)

    again = await tell(client, SHOP, made.id, f"log/{log.id}/resend", Log, event="subject-1.1")
    await board.dispatch()

    assert (made.state, verified.state, again.waiting) == ("unverified", "active", 1)
    assert made.secret is not None and made.secret.startswith("whsec_")
    assert board.receivers.ids(URL)[1:] == ["subject-1.1", "subject-1.1"]


async def test_it_tests_rotates_asks_for_something_else_and_closes(client: Client, board: Switchboard) -> None:
    made = await added(client)

    tested = await tell(client, SHOP, made.id, "test", Outcome)
    rotated = await tell(client, SHOP, made.id, "secrets", Made)
    await want(client, SHOP, made.id, Interest.of(None, ["37"], [4, 5], None))
    closed = await tell(client, SHOP, made.id, "closure", Made)

    kept = await board.subscriptions.get(made.id)
    assert (tested.outcome, closed.state) == ("delivered", "closed")
    assert rotated.secret not in (None, made.secret)
    assert (kept.interest.provinces, kept.interest.stars) == (("37",), (4, 5))


async def test_another_organisation_does_not_find_it(client: Client) -> None:
    made = await added(client)

    with pytest.raises(Refused, match="404"):
        await tell(client, subscriber("another", "37"), made.id, "closure", Made)


def test_every_command_says_for_whom_it_acts() -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)

    for command in ("verify", "rotate", "test", "log", "want", "close"):
        done = CliRunner().invoke(app, ["subscriptions", command, "id"])
        assert done.exit_code == 2 and "--as" in done.output, command

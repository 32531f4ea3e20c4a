"""An agency writes to the owners it chooses, each once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.notification.routes import letter_routes
from services.notification.store import Letters
from services.notification.writing import Writing
from shared.http import create_app
from tests.services.notification.desk import OWNER, example
from tests.services.notification.routes.test_subscriptions import as_
from tests.services.notification.switchboard import Switchboard
from tests.shared.signing import gate

LETTER: dict[str, Any] = {"title": "Mời dự hội chợ", "paragraphs": ["Kính mời <b>quý vị</b>.", "Ngày 01/12."]}


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest.fixture
def letters(board: Switchboard) -> Letters:
    return Letters(board.deliveries.collection)


@pytest.fixture
def writing(board: Switchboard, letters: Letters) -> Writing:
    return Writing(letters, board.certificates, board.deliveries, board.clock)


@pytest_asyncio.fixture
async def client(board: Switchboard, letters: Letters) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("notification", "1", [letter_routes(letters, board.clock)], gate=gate("37", "48"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_("x", "agency"))
        yield client


async def certified(board: Switchboard) -> None:
    """Two products of one owner, one of another with more stars, one that has expired, one of another province."""
    board.office.know("other", "Cơ sở Hoa Lư", "hoalu@example.vn")
    await board.happens(example("CertificateIssued", "first"), 1, "s-1")
    await board.happens(example("CertificateIssued", "first"), 1, "s-2")
    await board.happens(example("CertificateIssued", owner_id="other", stars=5, commune="14362"), 1, "s-3")
    await board.happens(example("CertificateIssued", "first", owner_id="gone"), 1, "s-4")
    await board.happens(example("CertificateExpired", owner_id="gone"), 2, "s-4")
    await board.happens(example("CertificateIssued", "first", owner_id="far", province="48"), 1, "s-5")


def written(board: Switchboard) -> set[str]:
    return {raw["recipient"] for raw in board.port.documents.values() if raw.get("template") == "letter"}


@pytest.mark.parametrize(
    ("chosen", "owners"),
    [
        ({}, {OWNER, "other"}),
        ({"stars": [3]}, {OWNER}),
        ({"communes": ["14362"]}, {"other"}),
        ({"product_sets": ["white-spirit"], "stars": [3, 5]}, {OWNER, "other"}),
        ({"product_sets": ["fresh-produce"]}, set()),
    ],
)
async def test_a_letter_goes_once_to_each_owner_that_is_meant(
    client: httpx.AsyncClient, board: Switchboard, writing: Writing, chosen: dict[str, Any], owners: set[str]
) -> None:
    await certified(board)

    made = await client.post("/letters", json={**LETTER, "chosen": chosen})
    await writing.round()
    await writing.round()

    (line,) = (await client.get("/letters")).json()["items"]
    assert (made.status_code, written(board), line["owners"]) == (201, owners, len(owners))


@pytest.mark.parametrize("ending", ["CertificateRevoked", "CertificateAnnulled", "CertificateReplaced"])
async def test_nobody_is_written_to_because_of_a_certificate_that_has_ended(
    client: httpx.AsyncClient, board: Switchboard, writing: Writing, ending: str
) -> None:
    await board.happens(example("CertificateIssued", "first", number="1", decided_on="2026-01-01"), 1)
    await board.happens(example("CertificateIssued", "first", owner_id="newer", number="2", decided_on="2026-02-01"), 2)
    await board.happens(example(ending, number="1"), 3)
    await client.post("/letters", json=LETTER)
    await writing.round()
    before = written(board)
    await board.happens(example(ending, number="2"), 4)

    await client.post("/letters", json={**LETTER, "title": "Lần hai"})
    await writing.round()

    assert (before, written(board)) == ({"newer"}, {"newer"})
    assert [raw["owners"] for raw in board.port.documents.values() if raw["kind"] == "Letter"] == [1, 0]


async def test_an_old_certificate_that_is_taken_over_does_not_hide_the_one_in_force(
    client: httpx.AsyncClient, board: Switchboard, writing: Writing
) -> None:
    await board.happens(example("CertificateIssued", "first"), 1)
    await board.happens(example("CertificateImported", stars=4, decided_on="2019-12-01", valid_until="2022-12-01"), 2)

    await client.post("/letters", json={**LETTER, "chosen": {"stars": [3]}})
    await writing.round()

    assert written(board) == {OWNER}


async def test_it_is_sent_as_it_was_written_and_nothing_in_it_is_markup(
    client: httpx.AsyncClient, board: Switchboard, writing: Writing
) -> None:
    await certified(board)
    await client.post("/letters", json={**LETTER, "chosen": {"communes": ["14362"]}})

    await writing.round()
    await board.worker().round()

    (mail,) = [mail for mail in board.shown() if mail["Subject"] == "Mời dự hội chợ"]
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and "<b>quý vị</b>" in plain.get_content()
    assert html is not None and "&lt;b&gt;quý vị" in html.get_content()


async def test_the_same_key_writes_one_letter(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.post("/letters", json=LETTER, headers={"Idempotency-Key": "one"})

    assert len((await client.get("/letters")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"title": "Mời\r\nBcc: all@example.vn"}, "/title"),
        ({"paragraphs": []}, "/paragraphs"),
        ({"chosen": {"stars": [9]}}, "/chosen/stars/0"),
        ({"chosen": {"communes": ["1"]}}, "/chosen/communes/0"),
    ],
)
async def test_a_wrong_letter_is_refused(client: httpx.AsyncClient, changed: dict[str, Any], pointer: str) -> None:
    refused = await client.post("/letters", json={**LETTER, **changed})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_only_an_agency_writes(client: httpx.AsyncClient) -> None:
    assert (await client.post("/letters", json=LETTER, headers=as_("x", "operator"))).status_code == 403

"""Asking another service: with the appointment of the authority, and every failure the world's fault."""

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import httpx
import pytest

from shared.errors import NotFound
from shared.peers import FileTooLarge, Peer, PeerAway


def token(*authorities: str) -> str:
    held = [{"id": f"svc-{code}", "role": "service", "authority": code, "from": "2020-01-01"} for code in authorities]
    claims = json.dumps({"sub": "services", "appointments": held}).encode()
    return f"h.{urlsafe_b64encode(claims).rstrip(b'=').decode()}.s"


class Kitchen:
    """The other service: remembers what it was asked, and answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.status == 0:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(self.status, content=b"tea")

    def peer(self, token_file: Path | None) -> Peer:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://kitchen")
        return Peer("the kitchen", client, token_file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(token("37", "48"))
    return tmp_path / "token"


async def test_it_is_asked_under_the_appointment_of_the_authority(file: Path) -> None:
    kitchen = Kitchen()

    answer = await kitchen.peer(file).post("/tea", {"cups": 2}, "48")

    (asked,) = kitchen.asked
    assert answer == b"tea"
    assert (asked.headers["Ocop-Appointment"], json.loads(asked.content)) == ("svc-48", {"cups": 2})


@pytest.mark.parametrize("status", [0, 401, 403, 404, 429, 500, 503])
async def test_no_answer_and_a_refusal_are_the_worlds_fault(file: Path, status: int) -> None:
    kitchen = Kitchen()
    kitchen.status = status

    with pytest.raises(PeerAway, match="the kitchen"):
        await kitchen.peer(file).post("/tea", {}, "37")


async def test_without_a_usable_token_nobody_is_asked(file: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("not a token")
    kitchen = Kitchen()

    for token_file in (None, tmp_path / "none", tmp_path / "broken"):
        with pytest.raises(PeerAway):
            await kitchen.peer(token_file).post("/tea", {}, "37")
    with pytest.raises(PeerAway, match="at 01"):
        await kitchen.peer(file).post("/tea", {}, "01")
    assert kitchen.asked == []


async def test_a_file_is_fetched_under_the_appointment_of_the_authority(file: Path) -> None:
    kitchen = Kitchen()

    answer = await kitchen.peer(file).file("/menu.pdf", "48", most=3)

    (asked,) = kitchen.asked
    assert answer == b"tea"
    assert (asked.method, asked.url.path, asked.headers["Ocop-Appointment"]) == ("GET", "/menu.pdf", "svc-48")


@pytest.mark.parametrize(
    ("status", "most", "error"),
    [(404, 9, NotFound), (200, 2, FileTooLarge), (0, 9, PeerAway), (403, 9, PeerAway), (409, 9, PeerAway)],
)
async def test_a_file_that_is_not_there_or_too_large_is_nobodys_outage(
    file: Path, status: int, most: int, error: type[Exception]
) -> None:
    kitchen = Kitchen()
    kitchen.status = status

    with pytest.raises(error):
        await kitchen.peer(file).file("/menu.pdf", "37", most=most)

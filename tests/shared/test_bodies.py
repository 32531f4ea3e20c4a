"""A body that is streamed: bounded in size and in patience, and cut off when its sender goes."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from shared.bodies import LINGERED, BodyTooLarge, BodyTooSlow, ContentEncoded, streamed


def request(messages: Iterable[Message], **headers: str) -> Request:
    """A request whose body comes as ``messages``, and then not at all."""
    waiting = iter(messages)

    async def receive() -> Message:
        for message in waiting:
            return message
        await asyncio.Event().wait()
        raise AssertionError("nothing ever comes")

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "PUT", "path": "/", "headers": given}, receive)


def piece(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def read(asked: Request, most: int = 10, idle: float = 1) -> bytes:
    return b"".join([part async for part in streamed(asked, most, idle)])


async def test_a_body_comes_piece_by_piece_to_its_end() -> None:
    assert await read(request([piece(b"tr"), piece(b""), piece("à".encode(), False)])) == "trà".encode()


async def test_a_body_that_says_it_is_enormous_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request([], content_length=str(LINGERED + 11)))
    with pytest.raises(BodyTooLarge):
        await read(request([], content_length="9" * 5000))


@pytest.mark.parametrize("declared", ["6", "19"])
async def test_a_body_that_is_too_large_is_taken_to_its_end_and_thrown_away(declared: str) -> None:
    asked = request([piece(bytes(6)), piece(bytes(5)), piece(bytes(8), False)], content_length=declared)

    with pytest.raises(BodyTooLarge):
        await read(asked)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked.receive(), 0.01)


async def test_a_body_without_end_is_cut_off() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request([piece(bytes(11)), piece(bytes(LINGERED))]))


async def test_a_body_that_stops_coming_is_given_up() -> None:
    with pytest.raises(BodyTooSlow):
        await read(request([piece(b"a")]), idle=0.01)


async def test_a_sender_that_goes_is_noticed() -> None:
    with pytest.raises(ClientDisconnect):
        await read(request([piece(b"a"), {"type": "http.disconnect"}]))


async def test_a_body_that_is_compressed_on_the_way_is_refused() -> None:
    with pytest.raises(ContentEncoded):
        await read(request([piece(b"a", False)], content_encoding="gzip"))

"""A file given over HTTP: whole, under its name, and never opened by the browser."""

from collections.abc import AsyncIterator

from shared.files.held import Held
from shared.files.over_http import attachment


async def test_a_vietnamese_name_with_spaces_travels_in_the_header() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"%PDF"
        yield b"-1.7"

    answer = attachment(pieces(), Held("a" * 64, 8, "application/pdf"), "Phiếu chấm.pdf")

    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Phi%E1%BA%BFu%20ch%E1%BA%A5m.pdf"
    assert (answer.headers["content-length"], answer.headers["etag"]) == ("8", f'"{"a" * 64}"')
    assert answer.media_type == "application/pdf"
    assert [piece async for piece in answer.body_iterator] == [b"%PDF", b"-1.7"]

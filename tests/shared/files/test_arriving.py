"""A file on its way in: gathered whatever the sizes of its chunks, whole in the same order, known when it has ended."""

import hashlib
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from shared.files.arriving import PIECE, Arriving, FileDamaged
from shared.files.content import EVERYTHING
from tests.shared.contents import PDF

CONTENT = PDF + bytes(range(256)) * (3 * PIECE // 256)


def arriving(content: bytes, chunk: int, sha256: str | None = None) -> Arriving:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), chunk):
            yield content[start : start + chunk]

    return Arriving(chunks(), "a.pdf", sha256, EVERYTHING)


@pytest.mark.parametrize("chunk", [1 << 16, 100_000, PIECE, 2 * PIECE + 1, len(CONTENT)])
async def test_chunks_are_gathered_into_pieces_and_nothing_of_them_is_lost(chunk: int) -> None:
    file = arriving(CONTENT, chunk)

    pieces = [piece async for piece in file.all(await file.beginning(PIECE))]

    assert b"".join(pieces) == CONTENT
    assert all(len(piece) >= PIECE for piece in pieces[:-1])


@pytest.mark.parametrize(("size", "ended"), [(len(CONTENT) + 1, True), (len(CONTENT), False), (PIECE, False)])
async def test_a_file_has_ended_when_there_is_no_more_of_it_than_its_beginning(size: int, ended: bool) -> None:
    file = arriving(CONTENT, 1 << 16)

    beginning = await file.beginning(size)

    assert file.ended == ended
    assert CONTENT.startswith(b"".join(beginning))


async def test_what_has_come_is_told_by_its_hash_its_size_and_its_content() -> None:
    file, other = arriving(CONTENT, 1 << 16), arriving(CONTENT, 1 << 16, hashlib.sha256(PDF).hexdigest())
    for each in (file, other):
        await each.beginning(len(CONTENT) + 1)

    held = file.checked(lambda: BytesIO(CONTENT))

    assert held == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "application/pdf")
    with pytest.raises(FileDamaged):
        other.checked(lambda: BytesIO(CONTENT))

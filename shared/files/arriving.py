"""A file on its way in: gathered into pieces, hashed beside everything else, counted, and checked when it is whole."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import IO

from shared.errors import Refusal
from shared.files.content import HEAD, Accepted, media_type
from shared.files.held import Held

PIECE = 1 << 20
"""Bytes that go to another thread, or to the store, together: a hop takes as long as hashing some 30 KB."""


class FileEmpty(Refusal):
    status = 422
    vi = "Tệp không có nội dung. Hãy kiểm tra rồi gửi lại."
    en = "The file is empty. Check it and send it again."


class FileDamaged(Refusal):
    """What came is not what was sent."""

    status = 422
    vi = "Nội dung nhận được không khớp mã SHA-256 đã nêu. Hãy gửi lại tệp."
    en = "What was received does not have the SHA-256 that was stated. Send the file again."


class Arriving:
    """What comes in ``chunks``, under the name and the SHA-256 that were stated."""

    def __init__(self, chunks: AsyncIterator[bytes], file_name: str, sha256: str | None, accepted: Accepted) -> None:
        self._pieces = _gathered(chunks)
        self._said = file_name, sha256
        self._accepted = accepted
        self._hash = hashlib.sha256()
        self._size = 0
        self._head = b""
        self.ended = False

    async def beginning(self, size: int) -> list[bytes]:
        """The pieces of the first ``size`` bytes; of a file that has fewer all of them, and then it has ``ended``."""
        pieces: list[bytes] = []
        while self._size < size and (piece := await self._next()):
            pieces.append(piece)
        return pieces

    async def all(self, beginning: list[bytes]) -> AsyncIterator[bytes]:
        """Every piece, those of the beginning first, which are let go one by one."""
        while beginning:
            yield beginning.pop(0)
        while piece := await self._next():
            yield piece

    def checked(self, opened: Callable[[], IO[bytes]]) -> Held:
        """What has come; ``opened`` reads it. Raises ``FileEmpty``, ``FileDamaged`` or a refusal of the content."""
        if self._size == 0:
            raise FileEmpty()
        found = self._hash.hexdigest()
        file_name, sha256 = self._said
        if sha256 not in (None, found):
            raise FileDamaged()
        return Held(found, self._size, media_type(self._head, file_name, opened, self._accepted))

    async def _next(self) -> bytes:
        """The next piece; nothing when there is no more."""
        piece = await anext(self._pieces, b"")
        if piece:
            await asyncio.to_thread(self._hash.update, piece)
            self._head = self._head or piece[:HEAD]
            self._size += len(piece)
        self.ended = not piece
        return piece


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks in pieces of at least ``PIECE`` bytes, but for the last."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)

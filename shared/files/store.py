"""Where files lie: a local folder, or any S3-compatible store, known by their SHA-256."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from shared.clock import Clock
from shared.errors import Unavailable
from shared.files.arriving import Arriving
from shared.files.content import EVERYTHING, Accepted
from shared.files.held import Held
from shared.telemetry import log_for

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore.store import ObjectStore

log = log_for(__name__)

_INCOMING = "incoming"
_PART = 8 << 20
"""Bytes of one part of a large file; one that has no more is held in memory until it is written."""
_PARTS_AT_ONCE = 2
_ABANDONED_AFTER = timedelta(days=1)
"""No upload takes a day; what is older was cut off by a crash."""


class Files:
    """The files of one service. What is being received lies apart, and is moved to its place when whole and checked.

    A file is known by authority and content, so that the same content is kept once and is never written over.
    """

    def __init__(
        self, url: str, opened: Callable[[str], ObjectStore] = from_url, *, accepted: Accepted = EVERYTHING
    ) -> None:
        """``url`` is a folder, or what ``opened`` knows how to reach: a bucket, by the usual ``AWS_*`` variables."""
        self._url = url
        self._opened = opened
        self._accepted = accepted
        self._folder = None if "://" in url else Path(url).absolute()

    @cached_property
    def _store(self) -> ObjectStore:
        """Opened when first needed, because it makes the folder."""
        return self._opened(self._url) if self._folder is None else LocalStore(self._folder, mkdir=True)

    async def receive(
        self, authority: str, chunks: AsyncIterator[bytes], file_name: str, sha256: str | None = None
    ) -> Held:
        """Keep what comes, and tell what it is; whatever goes wrong, nothing is left that anybody would see.

        Raises ``FileEmpty``, ``FileDamaged`` when it is not what ``sha256`` says, a refusal of the content, what
        ``chunks`` raises, or ``Unavailable``.
        """
        arriving = Arriving(chunks, file_name, sha256, self._accepted)
        try:
            beginning = await arriving.beginning(_PART)
            if arriving.ended:
                return await self._at_once(authority, arriving, beginning)
            return await self._in_parts(authority, arriving, beginning)
        except BaseError as error:
            raise Unavailable(f"the store of files: {error}") from error

    async def holds(self, authority: str, sha256: str) -> bool:
        try:
            await obstore.head_async(self._store, _place(authority, sha256))
        except (NotFoundError, FileNotFoundError):
            return False
        return True

    async def content(self, authority: str, sha256: str) -> AsyncIterator[bytes]:
        """The file, piece by piece. Raises ``Unavailable`` before the first piece when the store does not answer."""
        try:
            found = await obstore.get_async(self._store, _place(authority, sha256))
        except (BaseError, FileNotFoundError) as error:
            raise Unavailable(f"the store of files: {error}") from error
        return _pieces(found)

    async def sweep(self, now: datetime) -> int:
        """Remove what crashes left of uploads that ended long ago; how many there were."""
        before = now - _ABANDONED_AFTER
        try:
            listed = [each async for batch in obstore.list(self._store, prefix=_INCOMING) for each in batch]
            old = [each["path"] for each in listed if each["last_modified"] < before]
            for path in old:
                await obstore.delete_async(self._store, path)
        except BaseError as error:
            raise Unavailable(f"the store of files: {error}") from error
        return len(old) + await asyncio.to_thread(self._sweep_folder, before)

    def _sweep_folder(self, before: datetime) -> int:
        """The store does not list what a killed process was still writing; on a bucket its own rules end that."""
        if self._folder is None:
            return 0
        old = [
            file for file in self._folder.glob("*/*#*") if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before
        ]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    async def _at_once(self, authority: str, arriving: Arriving, pieces: list[bytes]) -> Held:
        """Most files are no larger than a part: they are checked before anything is written, and written once."""
        held = await asyncio.to_thread(arriving.checked, lambda: BytesIO(b"".join(pieces)))
        if not await self.holds(authority, held.sha256):
            await obstore.put_async(self._store, _place(authority, held.sha256), pieces, use_multipart=False)
        return held

    async def _in_parts(self, authority: str, arriving: Arriving, beginning: list[bytes]) -> Held:
        """A large file is written while it comes, apart from the others, and takes its place when it is whole."""
        place = f"{_INCOMING}/{uuid4().hex}"
        pieces = arriving.all(beginning)
        await obstore.put_async(self._store, place, pieces, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)
        try:

            def opened() -> BufferedReader:
                return BufferedReader(_Reader(self._store, place))

            held = await asyncio.to_thread(arriving.checked, opened)
            if not await self.holds(authority, held.sha256):
                await obstore.copy_async(self._store, place, _place(authority, held.sha256))
        finally:
            await obstore.delete_async(self._store, place)
        return held


async def sweep_for_ever(files: Files, clock: Clock) -> None:
    """Looks once an hour; a store that does not answer is asked again the next time."""
    while True:
        with contextlib.suppress(Unavailable):
            if swept := await files.sweep(clock()):
                log.info("abandoned_uploads_removed", count=swept)
        await asyncio.sleep(3600)


class _Reader(RawIOBase):
    """A file of the store as the standard library reads files, anywhere in it."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        self._file = obstore.open_reader(store, place)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = bytes(self._file.read(len(view)))
        view[: len(piece)] = piece
        return len(piece)


async def _pieces(found: obstore.GetResult) -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=1 << 20):
        yield bytes(piece)


def _place(authority: str, sha256: str) -> str:
    return f"{authority}/{sha256}"

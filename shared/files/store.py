"""Where files lie: a local folder, or any S3-compatible store, known by their SHA-256."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from shared.clock import Clock
from shared.errors import Refusal, Unavailable
from shared.files.content import EVERYTHING, HEAD, Accepted, media_type
from shared.files.held import Held
from shared.telemetry import log_for

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore.store import ObjectStore

log = log_for(__name__)

_INCOMING = "incoming"
_PART = 8 << 20
_PARTS_AT_ONCE = 2
_ABANDONED_AFTER = timedelta(days=1)
"""No upload takes a day; what is older was cut off by a crash."""


class FileEmpty(Refusal):
    status = 422
    vi = "Tệp không có nội dung. Hãy kiểm tra rồi gửi lại."
    en = "The file is empty. Check it and send it again."


class FileDamaged(Refusal):
    """What came is not what was sent."""

    status = 422
    vi = "Nội dung nhận được không khớp mã SHA-256 đã nêu. Hãy gửi lại tệp."
    en = "What was received does not have the SHA-256 that was stated. Send the file again."


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
        place = f"{_INCOMING}/{uuid4().hex}"
        digest = _Digest(chunks)
        try:
            await obstore.put_async(self._store, place, digest, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)
            try:
                if digest.size == 0:
                    raise FileEmpty()
                if sha256 is not None and sha256 != digest.sha256:
                    raise FileDamaged()
                kind = await asyncio.to_thread(self._kind, digest, place, file_name)
                held = Held(digest.sha256, digest.size, kind)
                if not await self.holds(authority, held.sha256):
                    await obstore.copy_async(self._store, place, _place(authority, held.sha256))
            finally:
                await obstore.delete_async(self._store, place)
        except BaseError as error:
            raise Unavailable(f"the store of files: {error}") from error
        return held

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
            file
            for file in (self._folder / _INCOMING).glob("*#*")
            if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before
        ]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _kind(self, digest: _Digest, place: str, file_name: str) -> str:
        def opened() -> BufferedReader:
            return BufferedReader(_Reader(self._store, place))

        return media_type(bytes(digest.head), file_name, opened, self._accepted)


async def sweep_for_ever(files: Files, clock: Clock) -> None:
    """Looks once an hour; a store that does not answer is asked again the next time."""
    while True:
        with contextlib.suppress(Unavailable):
            if swept := await files.sweep(clock()):
                log.info("abandoned_uploads_removed", count=swept)
        await asyncio.sleep(3600)


class _Digest:
    """Chunks on their way into the store, hashed and counted; the beginning is kept to tell the type."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.size = 0
        self.head = bytearray()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self._hash.update(chunk)
            self.size += len(chunk)
            if len(self.head) < HEAD:
                self.head += chunk[: HEAD - len(self.head)]
            yield chunk


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

"""Files in a folder and on a real S3 server: whole or not there, once per content."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import ObjectStore, from_url

from deploy.local.bucket import Bucket
from shared.errors import Unavailable
from shared.files.arriving import FileDamaged, FileEmpty
from shared.files.content import SCANS, FileTypeUnwanted
from shared.files.store import Files
from tests.shared.contents import BOMB, DOCX, EXE, PDF

LARGE = PDF + bytes(20 << 20)
"""More than two parts of a multipart upload."""


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.real)])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return Files(str(tmp_path / "files"))
    bucket: Bucket = request.getfixturevalue("bucket")
    return Files(f"{bucket.url}/{tmp_path.name}", reached(bucket.environment()))


def reached(environment: Mapping[str, str]) -> Callable[[str], ObjectStore]:
    """A bucket reached as these variables say."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT", "AWS_REGION")
    config: Any = {name.lower(): environment[name] for name in names}
    return lambda url: from_url(url, config=config, client_options={"allow_http": True})


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def cut(content: bytes, size: int = 1 << 20) -> Iterable[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


async def read(files: Files, sha256: str, authority: str = "37") -> bytes:
    return b"".join([piece async for piece in await files.content(authority, sha256)])


@pytest.mark.parametrize("content", [PDF, LARGE])
async def test_a_file_is_kept_whole_under_its_hash(files: Files, content: bytes) -> None:
    held = await files.receive("37", chunks(*cut(content)), "a.pdf", hashlib.sha256(content).hexdigest())

    assert held == (hashlib.sha256(content).hexdigest(), len(content), "application/pdf")
    assert await read(files, held.sha256) == content


async def test_the_same_content_is_kept_once_in_each_authority(files: Files) -> None:
    first = await files.receive("37", chunks(PDF), "a.pdf")
    again = await files.receive("37", chunks(PDF), "b.pdf")

    assert first == again
    assert await files.holds("37", first.sha256)
    assert not await files.holds("38", first.sha256)
    with pytest.raises(Unavailable):
        await files.content("38", first.sha256)


async def test_an_upload_that_breaks_off_leaves_nothing(files: Files) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for piece in cut(LARGE):
            yield piece
        raise ConnectionResetError("the owner's line went down")

    with pytest.raises(ConnectionResetError):
        await files.receive("37", breaking(), "a.pdf")

    assert not await files.holds("37", hashlib.sha256(LARGE).hexdigest())
    assert await files.sweep(datetime.now(UTC) + timedelta(days=2)) == 0


@pytest.mark.parametrize(
    ("content", "sha256", "refusal"),
    [(b"", None, FileEmpty), (EXE, None, FileTypeUnwanted), (PDF, "0" * 64, FileDamaged)],
)
async def test_what_is_refused_leaves_nothing(
    files: Files, content: bytes, sha256: str | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await files.receive("37", chunks(content), "a.pdf", sha256)

    assert not await files.holds("37", hashlib.sha256(content).hexdigest())
    assert await files.sweep(datetime.now(UTC) + timedelta(days=2)) == 0


async def test_a_document_is_told_from_an_archive_by_what_is_in_it(files: Files) -> None:
    held = await files.receive("37", chunks(DOCX), "a.docx")

    assert held.media_type.endswith("wordprocessingml.document")
    assert BOMB[:4] == DOCX[:4]


async def test_what_a_crash_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    for name in ("incoming/whole", "incoming/part#1", "37/small#1"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PDF)
    held = await files.receive("37", chunks(PDF), "a.pdf")

    young = await files.sweep(datetime.now(UTC) + timedelta(hours=23))
    old = await files.sweep(datetime.now(UTC) + timedelta(hours=25))

    assert (young, old) == (0, 3)
    assert await files.holds("37", held.sha256)


@pytest.mark.real
async def test_a_store_that_does_not_answer_is_the_worlds_fault() -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    nowhere = {"AWS_ENDPOINT": "http://127.0.0.1:9", **dict.fromkeys(names, "none")}

    with pytest.raises(Unavailable):
        await Files("s3://files", reached(nowhere)).receive("37", chunks(PDF), "a.pdf")


async def test_where_only_scans_are_taken_a_document_is_refused_and_the_types_are_named(tmp_path: Path) -> None:
    scans = Files(str(tmp_path), accepted=SCANS)

    with pytest.raises(FileTypeUnwanted) as refused:
        await scans.receive("37", chunks(DOCX), "a.docx")

    assert "pdf, jpg, png" in refused.value.sentence("en")
    assert "docx" not in refused.value.sentence("en")
    assert (await scans.receive("37", chunks(PDF), "a.pdf")).media_type == "application/pdf"

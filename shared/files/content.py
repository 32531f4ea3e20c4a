"""What a file really is, told by its content; the name only has to agree."""

from collections.abc import Callable
from pathlib import PurePath
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile

import puremagic

from shared.errors import Refusal

HEAD = 8 << 10
"""Bytes of the beginning from which the type is told."""

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ENDINGS = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "image/heif": ("heic", "heif"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    _WORD: ("docx",),
    _EXCEL: ("xlsx",),
}
Accepted = frozenset[str]
"""Media types."""
EVERYTHING: Accepted = frozenset(_ENDINGS)
SCANS: Accepted = frozenset({"application/pdf", *(kind for kind in _ENDINGS if kind.startswith("image/"))})
"""What a scanner makes."""

_ZIP = b"PK\x03\x04"
_OFFICE = {"word/document.xml": _WORD, "xl/workbook.xml": _EXCEL}

MOST_MEMBERS = 5_000
LARGEST_UNPACKED = 1 << 30
MOST_RATIO = 100
"""Bytes unpacked for each byte packed; the XML of a real document stays far below."""


class FileTypeUnwanted(Refusal):
    """Nothing that runs, and nothing that cannot be looked at."""

    status = 415
    vi = "Nội dung tệp không thuộc loại được nhận ({accepted}). Hãy chuyển sang PDF rồi gửi lại."
    en = "The content of the file is none of the types taken ({accepted}). Turn it into PDF and send it again."

    @classmethod
    def told(cls, accepted: Accepted) -> "FileTypeUnwanted":
        return cls(accepted=", ".join(endings[0] for kind, endings in _ENDINGS.items() if kind in accepted))


class ContentBeliesName(Refusal):
    """The name promises another type than the content is."""

    status = 422
    vi = "Tên tệp có đuôi «{ending}» nhưng nội dung là {actual}. Hãy kiểm tra và gửi đúng tệp."
    en = "The name ends in “{ending}” but the content is {actual}. Check it and send the right file."


class ArchiveUnsafe(Refusal):
    """A document that would unpack into more than any document is."""

    status = 422
    vi = "Tệp này khi giải nén lớn bất thường hoặc không mở được. Hãy lưu lại dưới dạng PDF rồi gửi."
    en = "This file unpacks into far too much, or cannot be opened. Save it as PDF and send that."


def media_type(head: bytes, file_name: str, opened: Callable[[], IO[bytes]], accepted: Accepted = EVERYTHING) -> str:
    """The media type of a file that begins with ``head``; ``opened`` reads the whole where that is needed.

    Raises ``FileTypeUnwanted``, ``ContentBeliesName`` or ``ArchiveUnsafe``.
    """
    actual = _office(opened) if head.startswith(_ZIP) else _told_by(head)
    if actual is None or actual not in accepted:
        raise FileTypeUnwanted.told(accepted)
    ending = PurePath(file_name).suffix.lower().removeprefix(".")
    if ending not in _ENDINGS[actual]:
        raise ContentBeliesName(ending=ending or "–", actual=_ENDINGS[actual][0])
    return actual


def check_archive(archive: ZipFile, size: int) -> None:
    """Raises ``ArchiveUnsafe`` for what unpacks into more than a document of ``size`` bytes does."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > min(LARGEST_UNPACKED, MOST_RATIO * size + (1 << 20)):
        raise ArchiveUnsafe()


def _told_by(head: bytes) -> str | None:
    try:
        return str(puremagic.magic_string(head)[0].mime_type)
    except puremagic.PureError:
        return None


def _office(opened: Callable[[], IO[bytes]]) -> str | None:
    """Which document a zip is; None for any other archive."""
    with opened() as file:
        try:
            with ZipFile(file) as archive:
                file.seek(0, 2)
                check_archive(archive, file.tell())
                names = set(archive.namelist())
        except (BadZipFile, LargeZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise ArchiveUnsafe() from error
    return next((kind for part, kind in _OFFICE.items() if part in names), None)

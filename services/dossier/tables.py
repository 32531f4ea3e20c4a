"""Tables as people export them: XLSX, or CSV in the encodings and with the separators that Excel writes."""

import csv
import json
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from services.dossier.domain.register import RegisterUnreadable
from shared.files.content import check_archive

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_READER = Path(__file__).with_name("sheet_reader.py")

Table = list[list[str]]


def read_table(content: bytes) -> Table:
    """The first sheet of a workbook, or a CSV, as text. Raises ``RegisterUnreadable`` or ``ArchiveUnsafe``."""
    return _workbook(content) if content.startswith(b"PK\x03\x04") else _csv(content)


def _workbook(content: bytes) -> Table:
    try:
        with ZipFile(BytesIO(content)) as archive:
            check_archive(archive, len(content))
        command = [sys.executable, "-I", str(_READER)]
        read = subprocess.run(command, input=content, capture_output=True, check=True, env={})
    except (BadZipFile, ValueError, subprocess.CalledProcessError) as error:
        raise RegisterUnreadable(why="tệp hỏng hoặc quá lớn, damaged or too large") from error
    table: Table = json.loads(read.stdout)
    return table


def _csv(content: bytes) -> Table:
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RegisterUnreadable(why="không phải UTF-8, not UTF-8") from error
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        return [list(row) for row in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)]
    except csv.Error as error:
        raise RegisterUnreadable(why=str(error)) from error

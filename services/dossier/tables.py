"""Tables as people export them: XLSX, or CSV in the encodings and with the separators that Excel writes."""

import csv
from io import BytesIO, StringIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from services.dossier.domain.register import RegisterUnreadable
from shared.files.content import check_archive

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Table = list[list[str]]


def read_table(content: bytes) -> Table:
    """The first sheet of a workbook, or a CSV, as text. Raises ``RegisterUnreadable`` or ``ArchiveUnsafe``."""
    return _workbook(content) if content.startswith(b"PK\x03\x04") else _csv(content)


def _workbook(content: bytes) -> Table:
    try:
        with ZipFile(BytesIO(content)) as archive:
            check_archive(archive, len(content))
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (BadZipFile, CalamineError, IndexError, ValueError) as error:
        raise RegisterUnreadable(why=type(error).__name__) from error
    return [[_text(cell) for cell in row] for row in rows]


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


def _text(cell: object) -> str:
    """A number that is whole is written without its point: spreadsheets know no other numbers than fractions."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)

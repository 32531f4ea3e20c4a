"""Reads the first sheet of the workbook on its standard input and writes its cells as JSON; run as a process.

A workbook of five kilobytes can name a cell so far away that half a terabyte is asked for to read it. That ends this
process, and the service that started it goes on.
"""

import json
import resource
import sys
from io import BytesIO

from python_calamine import CalamineWorkbook

MOST_MEMORY = 1 << 30
MOST_SECONDS = 20
MOST_CELLS = 500_000
MOST_CHARACTERS = 16 << 20


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sheet = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        sys.exit("the sheet has too many cells")
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    if sum(len(cell) for row in rows for cell in row) > MOST_CHARACTERS:
        sys.exit("the sheet holds too much text")
    json.dump(rows, sys.stdout)


def _text(cell: object) -> str:
    """A number that is whole is written without its point: spreadsheets know no other numbers than fractions."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


if __name__ == "__main__":
    main()

"""A register of owners and products as a table: its columns, and its rows one by one, right or wrong."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from services.dossier.domain.owner import Commune, Email, OwnerKind, Phone
from shared.errors import Refusal
from shared.text import Text, plain
from shared.validation import flaws

MOST_ROWS = 2_000

Column = Literal[
    "name", "kind", "commune", "email", "phone", "representative", "position", "address", "product", "product_set"
]

_HEADS: dict[Column, tuple[str, ...]] = {
    "name": ("chu the", "ten chu the", "owner"),
    "kind": ("loai hinh", "loai hinh chu the", "kind"),
    "commune": ("ma xa", "xa", "commune"),
    "email": ("email", "e-mail", "thu dien tu"),
    "phone": ("dien thoai", "so dien thoai", "phone"),
    "representative": ("nguoi dai dien", "dai dien", "representative"),
    "position": ("chuc vu", "position"),
    "address": ("dia chi", "address"),
    "product": ("san pham", "ten san pham", "product"),
    "product_set": ("bo san pham", "ma bo san pham", "product set"),
}
_NEEDED: tuple[Column, ...] = ("name", "kind", "commune", "email", "product", "product_set")
_KINDS: dict[str, OwnerKind] = {
    "hop tac xa": "cooperative",
    "htx": "cooperative",
    "to hop tac": "cooperative_group",
    "doanh nghiep": "enterprise",
    "cong ty": "enterprise",
    "trang trai": "farm",
    "ho kinh doanh": "household",
    "ho san xuat": "household",
    "hoi": "association",
    "hiep hoi": "association",
    "trung tam": "centre",
}


class RegisterUnreadable(Refusal):
    status = 422
    vi = "Không đọc được bảng: {why}. Hãy lưu lại dưới dạng XLSX hoặc CSV (UTF-8)."
    en = "The table cannot be read: {why}. Save it as XLSX or as CSV (UTF-8)."


class ColumnsMissing(Refusal):
    """The head of the table names too little."""

    status = 422
    vi = "Dòng đầu của bảng thiếu các cột: {columns}."
    en = "The first row of the table lacks the columns: {columns}."


class Row(BaseModel):
    """One product of one owner."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Text(200)]
    kind: OwnerKind
    commune: Commune
    email: Email
    phone: Phone | None = None
    representative: Annotated[str, Text(120)] | None = None
    position: Annotated[str, Text(120)] | None = None
    address: Annotated[str, Text(300)] | None = None
    product: Annotated[str, Text(200)]
    product_set: Annotated[str, Text(80)]


class CellFlaw(BaseModel):
    """What is wrong with one cell, known by its address in the table, such as ``C5``."""

    cell: str
    vi: str
    en: str


class Line(NamedTuple):
    """A row that is right, and the address of each of its columns."""

    number: int
    row: Row
    cells: Mapping[Column, str]


def read(table: Sequence[Sequence[str]], product_sets: Mapping[str, str]) -> tuple[list[Line], list[CellFlaw]]:
    """The rows that are right, and what is wrong with the others. Empty rows count for nothing.

    ``product_sets`` gives the code of a set for its code, its number or its name in ``plain`` letters. Raises
    ``ColumnsMissing``, or ``RegisterUnreadable`` for a table that is empty or too long.
    """
    if len(table) < 2 or len(table) > MOST_ROWS + 1:
        raise RegisterUnreadable(why=f"1–{MOST_ROWS} dòng/rows, {max(0, len(table) - 1)}")
    columns = _columns(table[0])
    lines: list[Line] = []
    wrong: list[CellFlaw] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, cells in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        address = {column: f"{_letters(place)}{number}" for column, place in columns.items()}
        given = {column: cells[place].strip() for column, place in columns.items() if place < len(cells)}
        try:
            row = Row.model_validate(_understood(given, product_sets))
        except ValidationError as error:
            for flaw in flaws([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]):
                column = next(name for name in columns if name == flaw.pointer.split("/")[1])
                wrong.append(CellFlaw(cell=address[column], vi=flaw.vi, en=flaw.en))
            continue
        if row.product_set not in product_sets.values():
            wrong.append(CellFlaw(cell=address["product_set"], vi=_NO_SET[0], en=_NO_SET[1]))
            continue
        first = seen.setdefault((plain(row.name), row.commune, plain(row.product)), number)
        if first != number:
            vi, en = f"Trùng với dòng {first}.", f"The same as row {first}."
            wrong.append(CellFlaw(cell=address["product"], vi=vi, en=en))
            continue
        lines.append(Line(number, row, address))
    return lines, wrong


_NO_SET = (
    "Không có bộ sản phẩm này; hãy ghi mã, số thứ tự hoặc đúng tên bộ.",
    "There is no such product set; write its code, its number or its name.",
)


def _columns(head: Sequence[str]) -> dict[Column, int]:
    named = {plain(cell): place for place, cell in reversed(list(enumerate(head)))}
    found: dict[Column, int] = {}
    for column, names in _HEADS.items():
        place = next((named[name] for name in names if name in named), None)
        if place is not None:
            found[column] = place
    if lacking := [column for column in _NEEDED if column not in found]:
        raise ColumnsMissing(columns=", ".join(f"{column} ({_HEADS[column][0]})" for column in lacking))
    return found


def _understood(given: Mapping[Column, str], product_sets: Mapping[str, str]) -> dict[str, str | None]:
    """The cells as a row takes them: an empty one is none, kinds and sets are known by what people call them."""
    row: dict[str, str | None] = {name: value or None for name, value in given.items()}
    if kind := given.get("kind"):
        row["kind"] = _KINDS.get(plain(kind), kind)
    if product_set := given.get("product_set"):
        row["product_set"] = product_sets.get(plain(product_set), product_set)
    return row


def _letters(place: int) -> str:
    """The letters of a column as spreadsheets name it: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters

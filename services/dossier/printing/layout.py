"""What a printed form consists of, whatever it is written with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Line:
    """One thing asked and what was entered; empty where nothing was."""

    label: str
    value: str
    kind: Literal["line"] = "line"


@dataclass(frozen=True)
class Text:
    """A longer answer below its question, with its own line breaks."""

    label: str
    value: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Boxes:
    """Things that are ticked or not."""

    items: Sequence[tuple[str, bool]]
    kind: Literal["boxes"] = "boxes"


@dataclass(frozen=True)
class Table:
    """Rows below a head; ``widths`` are parts of the page's width."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    kind: Literal["table"] = "table"


Block = Heading | Line | Text | Boxes | Table


@dataclass(frozen=True)
class Form:
    """A whole form: which one, its title, what stands on it, and who signs; a letter has no ``code``."""

    code: str
    title: str
    subtitle: str
    place: str
    blocks: Sequence[Block]
    signatures: Sequence[tuple[str, str]]


NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
"""What stands at the head of an administrative document (Decree 30/2020/NĐ-CP, annex I)."""

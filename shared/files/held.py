"""One file as it is known everywhere: its name, the SHA-256 of its content, its size and its type."""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from shared.text import Text
from shared.validation import flaw_in_value

_TRICKS = re.compile(r'[/\\:*?"<>|]')


def _a_file_name(given: str) -> str:
    """A name is shown and offered at the download, never used as a path; what could be one is refused all the same."""
    if _TRICKS.search(given) or given.startswith(".") or given.endswith("."):
        raise flaw_in_value(
            "file_name",
            'Tên tệp không được có đường dẫn hay ký tự / \\ : * ? " < > |, không bắt đầu hay kết thúc bằng dấu chấm.',
            'A file name holds no path and none of / \\ : * ? " < > |, and neither begins nor ends with a dot.',
        )
    return given


FileName = Annotated[str, Text(150), AfterValidator(_a_file_name)]


class Held(NamedTuple):
    """A file that lies in the store, whole and checked."""

    sha256: str
    size: int
    media_type: str

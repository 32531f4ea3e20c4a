"""A place in the feed: how far each partition has been read, as one opaque word."""

import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import NamedTuple

from shared.errors import Refusal

_WORD = re.compile(r"[A-Za-z0-9_-]{1,4000}")
_PLACE = re.compile(r"(\d\d)\.(\d{1,4})")
_LARGEST = 64 * 1024


class Partition(NamedTuple):
    """One partition of an authority's stream."""

    authority: str
    number: int

    def __str__(self) -> str:
        return f"{self.authority}.{self.number}"


Places = Mapping[Partition, int]
"""The offset that comes next, by partition; one that is not named is read from its beginning."""


class CursorUnknown(Refusal):
    status = 422
    vi = "Con trỏ không đúng; hãy dùng nguyên giá trị «next» của lần trước."
    en = "This is not a cursor of ours; use the value “next” of the last answer as it is."


class CursorAhead(Refusal):
    status = 409
    vi = "Con trỏ vượt quá những gì đã ghi ở {partition} ({offset} > {end}). Hãy đọc lại từ một thời điểm trước đó."
    en = "The cursor is past what is committed in {partition} ({offset} > {end}). Read again from an earlier time."


def cursor(places: Places) -> str:
    """The places as one word."""
    told = json.dumps({str(each): offset for each, offset in sorted(places.items())}, separators=(",", ":"))
    return urlsafe_b64encode(zlib.compress(told.encode(), 9)).rstrip(b"=").decode()


def places(word: str) -> Places:
    """The places a cursor stands for. Raises ``CursorUnknown``."""
    if not _WORD.fullmatch(word):
        raise CursorUnknown()
    try:
        unpacking = zlib.decompressobj()
        told = json.loads(unpacking.decompress(urlsafe_b64decode(word + "=" * (-len(word) % 4)), _LARGEST))
    except (ValueError, zlib.error, RecursionError) as error:
        raise CursorUnknown() from error
    found: dict[Partition, int] = {}
    for name, offset in told.items() if isinstance(told, dict) else [("", 0)]:
        match = _PLACE.fullmatch(name)
        if match is None or type(offset) is not int or not 0 <= offset < 2**63:
            raise CursorUnknown()
        found[Partition(match[1], int(match[2]))] = offset
    return found


def checked(asked: Places, ends: Places) -> Places:
    """Where to go on in every partition there is. Raises ``CursorAhead`` for a place that is not committed."""
    for partition, offset in asked.items():
        if offset > ends.get(partition, 0):
            raise CursorAhead(partition=partition, offset=offset, end=ends.get(partition, 0))
    return {partition: asked.get(partition, 0) for partition in ends}

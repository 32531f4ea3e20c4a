"""Plain data as the bytes in which a database keeps it, measured before it is written."""

import bson
from bson.codec_options import CodecOptions
from bson.errors import InvalidDocument

from shared.port import LARGEST_WRITE, DocumentTooLarge, Raw

_CODEC: CodecOptions[Raw] = CodecOptions(tz_aware=True)


def encoded(id: str, value: Raw) -> bytes:
    """``value`` of the document ``id`` as BSON. Raises ``ValueError`` and ``DocumentTooLarge``."""
    try:
        stored = bson.encode(value, codec_options=_CODEC)
    except (InvalidDocument, OverflowError, UnicodeEncodeError) as error:
        raise ValueError(f"document {id} holds a value that cannot be stored: {error}") from error
    if len(stored) > LARGEST_WRITE:
        raise DocumentTooLarge(id=id, size=len(stored))
    return stored


def decoded(stored: bytes) -> Raw:
    return bson.decode(stored, codec_options=_CODEC)

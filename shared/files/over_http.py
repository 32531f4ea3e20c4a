"""Files over HTTP: what a route that takes or gives one says of itself, and how a file is given."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query
from fastapi.responses import StreamingResponse

from shared.files.held import FileName, Held

FILE_TAKEN: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
FILE_GIVEN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {}}}
}

NameAsked = Annotated[FileName, Query(description="The name of the file, with its ending.")]
HashAsked = Annotated[
    str | None, Query(pattern="^[0-9a-f]{64}$", description="What the sender has computed, to be compared.")
]


def attachment(pieces: AsyncIterator[bytes], held: Held, file_name: str) -> StreamingResponse:
    """The file to be saved under its name, never to be shown by the browser itself."""
    headers = {
        "Content-Length": str(held.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
        "ETag": f'"{held.sha256}"',
    }
    return StreamingResponse(pieces, media_type=held.media_type, headers=headers)

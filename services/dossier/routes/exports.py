"""A list as a workbook: all of it, as it is shown."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from fastapi.responses import Response

from services.dossier.workbook import MEDIA_TYPE, Cell, as_workbook
from shared.document import Document
from shared.errors import Refusal
from shared.store import Page

MOST_ROWS = 10_000
"""Rows of one workbook."""

AT_ONCE = 1_000
"""Documents of one page of the store."""

SENT: dict[int | str, dict[str, Any]] = {200: {"description": "The workbook.", "content": {MEDIA_TYPE: {}}}}


H = TypeVar("H", bound=Document)


class Listed(Protocol[H]):
    """What has pages: a store, or what looks in several."""

    async def find(self, where: Mapping[str, Any], *, after: str | None = None, limit: int = 50) -> Page[H]: ...


class TooManyRows(Refusal):
    """A workbook holds no more."""

    status = 422
    vi = "Danh sách có hơn {most} dòng. Hãy lọc theo xã, bộ sản phẩm hoặc trạng thái."
    en = "The list has more than {most} rows. Filter it by commune, product set or state."


async def whole(store: Listed[H], where: Mapping[str, Any]) -> list[H]:
    """Every document that matches. Raises ``TooManyRows``."""
    found, after = list[H](), None
    while True:
        page = await store.find(where, after=after, limit=AT_ONCE)
        found += page.items
        if len(found) > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
        if (after := page.next) is None:
            return found


async def workbook(name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    """The answer that sends the rows as the file ``name``.xlsx."""
    content = await asyncio.to_thread(as_workbook, title, head, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)

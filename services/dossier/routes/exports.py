"""A list as pages and as a workbook: the same rows in the same order, so that what is exported is what is shown."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, Protocol, TypeVar

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel

from services.dossier.workbook import MEDIA_TYPE, Cell, as_workbook
from shared.document import Document
from shared.errors import Refusal
from shared.http import Router
from shared.identity import Caller
from shared.pages import After, Limit, Page
from shared.store import Page as Found

MOST_ROWS = 10_000
"""Rows of one workbook."""

AT_ONCE = 1_000
"""Documents of one page of the store."""

SENT: dict[int | str, dict[str, Any]] = {200: {"description": "The workbook.", "content": {MEDIA_TYPE: {}}}}

H = TypeVar("H", bound=Document)
V = TypeVar("V", bound=BaseModel)
Row = Sequence[Cell]


class Chosen(NamedTuple):
    """Who asks for a list, and which documents are in it."""

    caller: Caller
    where: Mapping[str, Any]


class Listed(Protocol[H]):
    """What has pages in the order of the alphabet: a store, or what looks in several."""

    async def listed(
        self, by: str, where: Mapping[str, Any], *, after: str | None = None, limit: int = 50
    ) -> Found[H]: ...


class TooManyRows(Refusal):
    """A workbook holds no more."""

    status = 422
    vi = "Danh sách có hơn {most} dòng. Hãy lọc theo xã, bộ sản phẩm hoặc trạng thái."
    en = "The list has more than {most} rows. Filter it by commune, product set or state."


@dataclass(frozen=True)
class Listing(Generic[H, V]):
    """One list: where it comes from, by which text it is ordered, and how a page and a workbook show it.

    ``page`` is the type of the answer. ``rows`` are as long as ``head`` and in the order of what they are given.
    """

    of: Listed[H]
    by: str
    page: type[Page[V]]
    view: Callable[[H, Caller], V]
    file: str
    title: str
    head: Sequence[str]
    rows: Callable[[Sequence[H], Caller], Awaitable[Sequence[Row]]]

    def offer(self, router: Router, path: str, names: tuple[str, str], chosen: Callable[..., Chosen]) -> None:
        """Two routes: ``path`` in pages, and ``path``.xlsx; ``chosen`` takes the same filters from both."""
        shown, exported = names

        @router.get(path, name=shown, response_model=self.page)
        async def list_page(
            asked: Annotated[Chosen, Depends(chosen)], after: After = None, limit: Limit = 50
        ) -> Page[V]:
            found = await self.of.listed(self.by, asked.where, after=after, limit=limit)
            return self.page.of((self.view(each, asked.caller) for each in found.items), found.next)

        @router.get(f"{path}.xlsx", name=exported, response_class=Response, responses=SENT)
        async def export_list(asked: Annotated[Chosen, Depends(chosen)]) -> Response:
            found = await whole(self.of, self.by, asked.where)
            return await workbook(self.file, self.title, self.head, await self.rows(found, asked.caller))


async def whole(of: Listed[H], by: str, where: Mapping[str, Any]) -> list[H]:
    """Every document that matches, in the order of the text ``by``. Raises ``TooManyRows``."""
    found, after = list[H](), None
    while True:
        page = await of.listed(by, where, after=after, limit=AT_ONCE)
        found += page.items
        if len(found) > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
        if (after := page.next) is None:
            return found


async def workbook(name: str, title: str, head: Sequence[str], rows: Sequence[Row]) -> Response:
    """The answer that sends the rows as the file ``name``.xlsx."""
    content = await asyncio.to_thread(as_workbook, title, head, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)

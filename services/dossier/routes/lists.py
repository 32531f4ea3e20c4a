"""Lists an officer works with over HTTP: searched without diacritics, filtered, paged, and as a workbook as shown."""

import asyncio
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel

from services.dossier.catalogue import ProductSets
from services.dossier.domain.dossier import KNOWING, Dossier
from services.dossier.domain.machine import State
from services.dossier.domain.owner import Commune, Owner, owner_key
from services.dossier.domain.product import CaseKind, Product
from services.dossier.routes.views import DossierSummary
from services.dossier.store import Dossiers, Owners, Products
from services.dossier.workbook import MEDIA_TYPE, as_workbook
from shared.errors import Refusal
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import plain, vietnamese_order

MOST_ROWS = 10_000
"""Rows of one workbook."""
ALIKE = 0.8
"""How alike two names are of which one may be the other, misspelt or written anew."""
MOST_ALIKE = 10

_AT_ONCE = 1_000
_HEAD = ("Sản phẩm", "Chủ thể", "Xã", "Bộ sản phẩm", "Loại hồ sơ", "Trạng thái", "Ngày lập", "Mã hồ sơ")
_SENT: dict[int | str, dict[str, Any]] = {200: {"description": "The workbook.", "content": {MEDIA_TYPE: {}}}}
_WORKING = allow("owner", "commune_officer", "agency", "chair", "observer", stage="lodging")


class TooManyRows(Refusal):
    """A workbook holds no more."""

    status = 422
    vi = "Danh sách có hơn {most} dòng. Hãy lọc theo xã, bộ sản phẩm hoặc trạng thái."
    en = "The list has more than {most} rows. Filter it by commune, product set or state."


class Filter(BaseModel):
    """What is looked for; every part of it must hold."""

    search: Annotated[str | None, Query(max_length=100, description="Part of the product's name.")] = None
    state: State | None = None
    product_set: Annotated[str | None, Query(max_length=80)] = None
    commune: Commune | None = None
    case_kind: CaseKind | None = None

    def where(self, caller: Caller) -> dict[str, Any]:
        """The question to the store. A state is the one the caller may know of."""
        asked: dict[str, Any] = {
            name: value
            for name in ("product_set", "commune", "case_kind")
            if (value := getattr(self, name)) is not None
        }
        if self.state is not None:
            asked["state" if caller.role in KNOWING else "told"] = self.state
        if self.search is not None:
            asked["search"] = {"$regex": re.escape(plain(self.search))}
        # The caller's own reach is said last, so that no filter widens it.
        if any(asked.get(name, value) != value for name, value in caller.within.items()):
            asked["_id"] = {"$in": []}
        return {**asked, **caller.within}


class AlikeProduct(BaseModel):
    """A registered product whose name is much like the one asked for."""

    id: str
    name: str
    owner_id: str
    commune: str
    product_set: str


class Alike(BaseModel):
    """The most alike first."""

    items: list[AlikeProduct]


def routes(owners: Owners, products: Products, dossiers: Dossiers, product_sets: ProductSets) -> Router:
    router = Router(prefix="/lists", tags=["lists"])

    async def names(ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, Owner] = {}
        keys = [owner_key(id) for id in dict.fromkeys(ids)]
        for start in range(0, len(keys), _AT_ONCE):
            page = await owners.find({"_id": {"$in": keys[start : start + _AT_ONCE]}}, limit=_AT_ONCE)
            found |= {owner.owner_id: owner for owner in page.items}
        return {id: owner.name for id, owner in found.items()}

    @router.get("/dossiers")
    async def search_dossiers(
        caller: Annotated[Caller, _WORKING],
        filter: Annotated[Filter, Query()],
        after: After = None,
        limit: Limit = 50,
    ) -> Page[DossierSummary]:
        page = await dossiers.find(filter.where(caller), after=after, limit=limit)
        known = caller.role in KNOWING
        return Page[DossierSummary].of((DossierSummary.of(each, known) for each in page.items), page.next)

    @router.get("/dossiers.xlsx", response_class=Response, responses=_SENT)
    async def export_dossiers(caller: Annotated[Caller, _WORKING], filter: Annotated[Filter, Query()]) -> Response:
        """The same list in the order of the Vietnamese alphabet."""
        where, found, after = filter.where(caller), list[Dossier](), None
        while True:
            page = await dossiers.find(where, after=after, limit=_AT_ONCE)
            found += page.items
            if len(found) > MOST_ROWS:
                raise TooManyRows(most=MOST_ROWS)
            if (after := page.next) is None:
                break
        called = await names([each.owner_id for each in found])
        known = caller.role in KNOWING
        found.sort(key=lambda each: vietnamese_order(each.product_name))
        rows = [
            (
                each.product_name,
                called.get(each.owner_id, each.owner_id),
                each.commune,
                product_sets[each.product_set].name["vi"],
                each.case_kind,
                each.state if known else each.told,
                each.opened_on,
                each.id,
            )
            for each in found
        ]
        content = await asyncio.to_thread(as_workbook, "Hồ sơ", _HEAD, rows)
        headers = {"Content-Disposition": 'attachment; filename="ho-so.xlsx"'}
        return Response(content, media_type=MEDIA_TYPE, headers=headers)

    @router.get("/products/alike")
    async def find_alike(
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        name: Annotated[str, Query(min_length=2, max_length=200)],
    ) -> Alike:
        """Products of the whole province, because a name that is taken elsewhere is taken; nothing personal is told."""
        wanted = plain(name)
        words = [re.escape(word) for word in wanted.split() if len(word) > 1]
        where = {"authority": caller.authority, "search": {"$regex": "|".join(words) or re.escape(wanted)}}
        page = await products.find(where, limit=_AT_ONCE)
        ranked = sorted(((_alike(wanted, each), each) for each in page.items), key=lambda pair: -pair[0])
        return Alike(
            items=[
                AlikeProduct.model_validate(each, from_attributes=True)
                for how, each in ranked[:MOST_ALIKE]
                if how >= ALIKE
            ]
        )

    return router


def _alike(wanted: str, product: Product) -> float:
    return SequenceMatcher(None, wanted, product.search).ratio()

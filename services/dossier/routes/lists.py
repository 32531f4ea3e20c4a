"""Lists an officer works with over HTTP: searched without diacritics, filtered, paged, and as a workbook as shown."""

import re
from difflib import SequenceMatcher
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel

from services.dossier.catalogue import ProductSets
from services.dossier.domain.dossier import KNOWING
from services.dossier.domain.machine import State
from services.dossier.domain.owner import Commune, OwnerKind
from services.dossier.domain.product import CaseKind, Product
from services.dossier.routes.exports import AT_ONCE, SENT, whole, workbook
from services.dossier.routes.owners import OwnerView
from services.dossier.routes.products import ProductView
from services.dossier.routes.reach import narrowed
from services.dossier.routes.views import DossierSummary
from services.dossier.store import Dossiers, Owners, Products
from shared.http import Router
from shared.identity import OWNER, Caller, allow
from shared.pages import After, Limit, Page
from shared.text import plain, vietnamese_order

ALIKE = 0.8
"""How alike two names are of which one may be the other, misspelt or written anew."""
MOST_ALIKE = 10

_HEAD = ("Sản phẩm", "Chủ thể", "Xã", "Bộ sản phẩm", "Loại hồ sơ", "Trạng thái", "Ngày lập", "Mã hồ sơ")
_OFFICES = allow("commune_officer", "agency", stage="lodging")
"""Owners are personal data, which those see who work on their dossiers."""
_PRODUCT_HEAD = ("Sản phẩm", "Chủ thể", "Xã", "Bộ sản phẩm", "Ngày đăng ký", "Mã sản phẩm")
_OWNER_HEAD = ("Chủ thể", "Loại hình", "Xã", "Người đại diện", "Địa chỉ", "Điện thoại", "Thư điện tử", "Mã chủ thể")
_WORKING = allow("owner", "commune_officer", "agency", "chair", "observer", stage="lodging")


class Filter(BaseModel):
    """What is looked for; every part of it must hold."""

    search: Annotated[str | None, Query(max_length=100, description="Part of the product's name.")] = None
    state: State | None = None
    product_set: Annotated[str | None, Query(max_length=80)] = None
    commune: Commune | None = None
    case_kind: CaseKind | None = None
    assigned_to: Annotated[str | None, Query(max_length=100, description="Only what this person works on.")] = None

    def where(self, caller: Caller) -> dict[str, Any]:
        """The question to the store. A state is the one the caller may know of."""
        where = narrowed(caller, product_set=self.product_set, commune=self.commune, case_kind=self.case_kind)
        if self.state is not None:
            where["state" if caller.role in KNOWING else "told"] = self.state
        if self.assigned_to is not None and caller.role != OWNER:
            where["assigned.to"] = self.assigned_to
        return where | _searched(self.search)


class ProductFilter(BaseModel):
    """What is looked for among products."""

    search: Annotated[str | None, Query(max_length=100, description="Part of the product's name.")] = None
    product_set: Annotated[str | None, Query(max_length=80)] = None
    commune: Commune | None = None

    def where(self, caller: Caller) -> dict[str, Any]:
        return narrowed(caller, product_set=self.product_set, commune=self.commune) | _searched(self.search)


class OwnerFilter(BaseModel):
    """What is looked for among owners."""

    search: Annotated[str | None, Query(max_length=100, description="Part of the owner's name.")] = None
    kind: OwnerKind | None = None
    commune: Commune | None = None

    def where(self, caller: Caller) -> dict[str, Any]:
        return narrowed(caller, owner_kind=self.kind, commune=self.commune) | _searched(self.search)


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

    @router.get("/dossiers.xlsx", response_class=Response, responses=SENT)
    async def export_dossiers(caller: Annotated[Caller, _WORKING], filter: Annotated[Filter, Query()]) -> Response:
        """The same list in the order of the Vietnamese alphabet."""
        found = await whole(dossiers, filter.where(caller))
        called = await owners.names([each.owner_id for each in found])
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
        return await workbook("ho-so", "Hồ sơ", _HEAD, rows)

    @router.get("/products")
    async def search_products(
        caller: Annotated[Caller, _WORKING],
        filter: Annotated[ProductFilter, Query()],
        after: After = None,
        limit: Limit = 50,
    ) -> Page[ProductView]:
        page = await products.find(filter.where(caller), after=after, limit=limit)
        return Page[ProductView].of(map(ProductView.of, page.items), page.next)

    @router.get("/products.xlsx", response_class=Response, responses=SENT)
    async def export_products(
        caller: Annotated[Caller, _WORKING], filter: Annotated[ProductFilter, Query()]
    ) -> Response:
        found = sorted(await whole(products, filter.where(caller)), key=lambda each: vietnamese_order(each.name))
        called = await owners.names([each.owner_id for each in found])
        rows = [
            (
                each.name,
                called.get(each.owner_id, each.owner_id),
                each.commune,
                product_sets[each.product_set].name["vi"],
                each.registered_on,
                each.id,
            )
            for each in found
        ]
        return await workbook("san-pham", "Sản phẩm", _PRODUCT_HEAD, rows)

    @router.get("/owners")
    async def search_owners(
        caller: Annotated[Caller, _OFFICES],
        filter: Annotated[OwnerFilter, Query()],
        after: After = None,
        limit: Limit = 50,
    ) -> Page[OwnerView]:
        page = await owners.find(filter.where(caller), after=after, limit=limit)
        return Page[OwnerView].of(map(OwnerView.of, page.items), page.next)

    @router.get("/owners.xlsx", response_class=Response, responses=SENT)
    async def export_owners(caller: Annotated[Caller, _OFFICES], filter: Annotated[OwnerFilter, Query()]) -> Response:
        found = sorted(await whole(owners, filter.where(caller)), key=lambda each: vietnamese_order(each.name))
        rows = [
            (
                each.name,
                each.owner_kind,
                each.commune,
                each.representative,
                each.address,
                each.phone,
                each.email,
                each.owner_id,
            )
            for each in found
        ]
        return await workbook("chu-the", "Chủ thể", _OWNER_HEAD, rows)

    @router.get("/products/alike")
    async def find_alike(
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        name: Annotated[str, Query(min_length=2, max_length=200)],
    ) -> Alike:
        """Products of the whole province, because a name that is taken elsewhere is taken; nothing personal is told."""
        wanted = plain(name)
        words = [re.escape(word) for word in wanted.split() if len(word) > 1]
        where = {"authority": caller.authority, "search": {"$regex": "|".join(words) or re.escape(wanted)}}
        page = await products.find(where, limit=AT_ONCE)
        ranked = sorted(((_alike(wanted, each), each) for each in page.items), key=lambda pair: -pair[0])
        return Alike(
            items=[
                AlikeProduct.model_validate(each, from_attributes=True)
                for how, each in ranked[:MOST_ALIKE]
                if how >= ALIKE
            ]
        )

    return router


def _searched(text: str | None) -> dict[str, Any]:
    """The question for a part of a name, without diacritics."""
    return {} if text is None else {"search": {"$regex": re.escape(plain(text))}}


def _alike(wanted: str, product: Product) -> float:
    return SequenceMatcher(None, wanted, product.search).ratio()

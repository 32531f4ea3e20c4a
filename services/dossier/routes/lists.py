"""Lists an officer works with over HTTP: searched without diacritics, filtered, paged, and as a workbook as shown."""

import re
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from services.dossier.catalogue import ProductSets
from services.dossier.domain.dossier import KNOWING, Dossier
from services.dossier.domain.machine import State
from services.dossier.domain.owner import Commune, Owner, OwnerKind
from services.dossier.domain.product import CaseKind, Product
from services.dossier.routes.exports import Chosen, Listing, Row, whole
from services.dossier.routes.owners import OwnerView
from services.dossier.routes.products import ProductView
from services.dossier.routes.reach import narrowed
from services.dossier.routes.views import DossierSummary
from services.dossier.store import Dossiers, Owners, Products
from shared.http import Router
from shared.identity import OWNER, Caller, allow
from shared.pages import Page
from shared.text import plain

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
    state: Annotated[State | None, Query(description="Only dossiers in this state, as the caller may know it.")] = None
    product_set: Annotated[str | None, Query(max_length=80)] = None
    commune: Commune | None = None
    case_kind: CaseKind | None = None
    round: Annotated[
        str | None, Query(pattern="^[0-9]{4}/[0-9A-Za-z-]{1,20}$", description="Only this round, such as 2026/2.")
    ] = None
    due_until: Annotated[date | None, Query(description="Only what somebody owes by this day, or owed before.")] = None
    assigned_to: Annotated[str | None, Query(max_length=100, description="Only what this person works on.")] = None

    def where(self, caller: Caller) -> dict[str, Any]:
        """The question to the store. A state is the one the caller may know of."""
        where = narrowed(caller, product_set=self.product_set, commune=self.commune, case_kind=self.case_kind)
        if self.state is not None:
            where["state" if caller.role in KNOWING else "told"] = self.state
        if self.round is not None:
            where["assessment.round"] = self.round
        if self.due_until is not None:
            where["deadlines.last_day"] = {"$lte": self.due_until.isoformat()}
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
    router = Router(tags=["lists"])

    def chosen_dossiers(caller: Annotated[Caller, _WORKING], filter: Annotated[Filter, Query()]) -> Chosen:
        return Chosen(caller, filter.where(caller))

    def chosen_products(caller: Annotated[Caller, _WORKING], filter: Annotated[ProductFilter, Query()]) -> Chosen:
        return Chosen(caller, filter.where(caller))

    def chosen_owners(caller: Annotated[Caller, _OFFICES], filter: Annotated[OwnerFilter, Query()]) -> Chosen:
        return Chosen(caller, filter.where(caller))

    async def dossier_rows(found: Sequence[Dossier], caller: Caller) -> list[Row]:
        called = await owners.names(each.owner_id for each in found)
        return [
            (
                each.product_name,
                called.get(each.owner_id, each.owner_id),
                each.commune,
                product_sets[each.product_set].name["vi"],
                each.case_kind,
                each.state_for(caller.role),
                each.opened_on,
                each.id,
            )
            for each in found
        ]

    async def product_rows(found: Sequence[Product], caller: Caller) -> list[Row]:
        called = await owners.names(each.owner_id for each in found)
        return [
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

    of_dossiers = Listing(
        of=dossiers,
        by="product_name",
        page=Page[DossierSummary],
        view=lambda dossier, caller: DossierSummary.seen_in_list(dossier, caller.role),
        file="ho-so",
        title="Hồ sơ",
        head=_HEAD,
        rows=dossier_rows,
    )
    of_products = Listing(
        of=products,
        by="name",
        page=Page[ProductView],
        view=lambda product, caller: ProductView.of(product),
        file="san-pham",
        title="Sản phẩm",
        head=_PRODUCT_HEAD,
        rows=product_rows,
    )
    of_owners = Listing(
        of=owners,
        by="name",
        page=Page[OwnerView],
        view=lambda owner, caller: OwnerView.of(owner),
        file="chu-the",
        title="Chủ thể",
        head=_OWNER_HEAD,
        rows=_owner_rows,
    )
    of_dossiers.offer(router, "/dossiers", ("list_dossiers", "export_dossiers"), chosen_dossiers)
    of_dossiers.offer(router, "/lists/dossiers", ("search_dossiers", "export_dossiers"), chosen_dossiers)
    of_products.offer(router, "/products", ("list_products", "export_products"), chosen_products)
    of_products.offer(router, "/lists/products", ("search_products", "export_products"), chosen_products)
    of_owners.offer(router, "/lists/owners", ("search_owners", "export_owners"), chosen_owners)

    @router.get("/lists/products/alike")
    async def find_alike(
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        name: Annotated[str, Query(min_length=2, max_length=200)],
    ) -> Alike:
        """Products of the whole province, because a name that is taken elsewhere is taken; nothing personal is told."""
        wanted = plain(name)
        words = "|".join(re.escape(word) for word in wanted.split())
        where = {"authority": caller.authority, "search": {"$regex": rf"\b(?:{words})\b"}}
        found = await whole(products, "name", where)
        close = get_close_matches(wanted, {each.search for each in found}, n=MOST_ALIKE, cutoff=ALIKE)
        alike = [each for name in close for each in found if each.search == name]
        return Alike(
            items=[AlikeProduct.model_validate(each, from_attributes=True) for each in alike[:MOST_ALIKE]],
        )

    return router


async def _owner_rows(found: Sequence[Owner], caller: Caller) -> list[Row]:
    return [
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


def _searched(text: str | None) -> dict[str, Any]:
    """The question for a part of a name, without diacritics."""
    return {} if text is None else {"search": {"$regex": re.escape(plain(text))}}

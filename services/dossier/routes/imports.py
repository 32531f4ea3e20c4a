"""Registers that are there already, taken over from a table: tried first, then entered, and entered once."""

import asyncio
from typing import Annotated, Any
from uuid import NAMESPACE_OID, uuid5

from fastapi import Query, Request
from pydantic import BaseModel

from services.dossier.catalogue import ProductSets
from services.dossier.domain.owner import Owner, owner_key
from services.dossier.domain.place import Places
from services.dossier.domain.product import Product
from services.dossier.domain.register import CellFlaw, Line, read
from services.dossier.store import Owners, Products
from services.dossier.tables import read_table
from shared.bodies import streamed
from shared.clock import Clock, day
from shared.errors import Refusal
from shared.http import Router
from shared.identity import Caller, allow
from shared.text import plain

LARGEST_TABLE = 10 << 20

_FILE: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


class Imported(BaseModel):
    """What became of a table; with ``flaws`` nothing of it was entered. A row that was there already is ``known``."""

    dry_run: bool
    rows: int
    new_owners: int
    new_products: int
    known: int
    flaws: list[CellFlaw]


def routes(owners: Owners, products: Products, product_sets: ProductSets, places: Places, clock: Clock) -> Router:
    router = Router(tags=["imports"])
    called = {plain(name): each.set for each in product_sets for name in (each.set, str(each.number), each.name["vi"])}

    async def owner_of(line: Line, authority: str) -> Owner:
        """The owner that is registered under this name in this commune, else a new one with an id made of both."""
        row = line.row
        held = await owners.find({"authority": authority, "commune": row.commune, "name": row.name}, limit=1)
        if held.items:
            return held.items[0]
        id = uuid5(NAMESPACE_OID, f"{authority}/{row.commune}/{plain(row.name)}").hex
        return Owner(
            id=owner_key(id),
            authority=authority,
            owner_id=id,
            owner_kind=row.kind,
            search=plain(row.name),
            language="vi",
            **row.model_dump(exclude={"kind", "product", "product_set"}),
        )

    async def product_of(line: Line, owner: Owner) -> Product:
        row = line.row
        held = await products.find({"owner_id": owner.owner_id, "name": row.product}, limit=1)
        if held.items:
            return held.items[0]
        return Product(
            id=uuid5(NAMESPACE_OID, f"{owner.id}/{plain(row.product)}").hex,
            authority=owner.authority,
            owner_id=owner.owner_id,
            name=row.product,
            product_set=row.product_set,
            commune=row.commune,
            registered_on=day(clock()),
            search=plain(row.product),
        )

    @router.post("/imports", openapi_extra=_FILE)
    async def import_register(
        request: Request,
        caller: Annotated[Caller, allow("agency", "commune_officer", stage="lodging")],
        dry_run: Annotated[bool, Query(description="Only say what would be entered.")] = True,
    ) -> Imported:
        """Each row is entered under an id made of what it says, so that a second run, or one cut off, adds nothing."""
        content = b"".join([piece async for piece in streamed(request, LARGEST_TABLE)])
        lines, flaws = read(await asyncio.to_thread(read_table, content), called)
        reach = caller.appointment.commune
        flaws += [
            CellFlaw(cell=line.cells["commune"], vi="Ngoài xã được giao.", en="Outside the commune of the appointment.")
            for line in lines
            if reach not in (None, line.row.commune)
        ]
        on = day(clock())
        for line in lines:
            try:
                places.check_commune(line.row.commune, caller.authority, on)
            except Refusal as refused:
                cell = line.cells["commune"]
                flaws.append(CellFlaw(cell=cell, vi=refused.sentence("vi"), en=refused.sentence("en")))
        new_owners, new_products = set[str](), set[str]()
        for line in () if flaws else lines:
            owner = await owner_of(line, caller.authority)
            product = await product_of(line, owner)
            if not await owners.count({"_id": owner.id}):
                new_owners.add(owner.id)
            if not await products.count({"_id": product.id}):
                new_products.add(product.id)
            if not dry_run:
                await owners.add(owner)
                await products.add(product)
        return Imported(
            dry_run=dry_run,
            rows=len(lines),
            new_owners=len(new_owners),
            new_products=len(new_products),
            known=0 if flaws else len(lines) - len(new_products),
            flaws=flaws,
        )

    return router

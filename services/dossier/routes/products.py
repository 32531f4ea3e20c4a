"""Products over HTTP: registered for an owner, and listed."""

from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.dossier.catalogue import ProductSets
from services.dossier.domain.owner import Commune
from services.dossier.domain.product import Product, check_commune
from services.dossier.store import Owners, Products
from shared.clock import Clock, day
from shared.command import Command
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text, plain

Id = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]


class NewProduct(Asked):
    """A product to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"owner_id": "htx-1", "name": "Dứa sấy dẻo", "product_set": "processed-produce", "commune": "14362"}
            ]
        },
    )

    owner_id: Id
    name: Annotated[str, Text(200)]
    product_set: Annotated[str, Text(80)]
    commune: Commune


class ProductReceipt(BaseModel):
    """The product is registered."""

    id: str
    state: str = "registered"


class ProductView(BaseModel):
    """A product and its latest dossier, if it has one."""

    id: str
    name: str
    owner_id: str
    product_set: str
    commune: str
    registered_on: date
    dossier_id: str | None

    @classmethod
    def of(cls, product: Product) -> "ProductView":
        opening = product.opening
        return cls(
            id=product.id,
            name=product.name,
            owner_id=product.owner_id,
            product_set=product.product_set,
            commune=product.commune,
            registered_on=product.registered_on,
            dossier_id=None if opening is None else opening.dossier_id,
        )


def routes(owners: Owners, products: Products, product_sets: ProductSets, clock: Clock) -> Router:
    router = Router(tags=["products"])

    @router.post("/products", status_code=201)
    async def register_product(
        new: NewProduct,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> ProductReceipt:
        product_sets.check(new.product_set)
        check_commune(new.commune, caller.appointment.commune)
        owner = await owners.one(new.owner_id, caller.within)
        product = Product(
            id=command.id,
            authority=owner.authority,
            registered_on=day(clock()),
            search=plain(new.name),
            **new.model_dump(),
        )
        saved = await products.add(product, command=command, answer=lambda product: ProductReceipt(id=product.id))
        return ProductReceipt.model_validate(saved.answer)

    @router.get("/products")
    async def list_products(
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", "observer", "chair", stage="lodging")],
        after: After = None,
        limit: Limit = 50,
    ) -> Page[ProductView]:
        page = await products.find(caller.within, after=after, limit=limit)
        return Page[ProductView].of(map(ProductView.of, page.items), page.next)

    return router

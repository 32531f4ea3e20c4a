"""Products over HTTP: registered for an owner, and listed."""

from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.dossier.catalogue import ProductSets
from services.dossier.certificates import Certificates
from services.dossier.domain.following import Certificate, CertificateState
from services.dossier.domain.machine import State
from services.dossier.domain.owner import Commune
from services.dossier.domain.place import Places
from services.dossier.domain.product import FormerProduct, Product, called, check_commune
from services.dossier.store import Owners, Products
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text, plain

_READING = allow("owner", "commune_officer", "agency", "observer", "chair", stage="lodging")

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


class ProductChange(Asked):
    """What is to be different; a field that is not named stays, so that no default here is ever read."""

    name: Annotated[str, Text(200)] = ""
    product_set: Annotated[str, Text(80)] = ""


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
    former: list[FormerProduct]

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
            former=list(product.former),
        )


class CertificateView(BaseModel):
    """A certificate of the product, and how it stands today; ``last_day`` is its last valid one."""

    number: str
    state: CertificateState | None
    last_day: date | None
    heard: Certificate


class ProductStanding(ProductView):
    """A product with where its latest dossier stands, as its reader may know it, and every certificate it has had."""

    state: State | None
    certificates: list[CertificateView]


def routes(
    owners: Owners,
    products: Products,
    certificates: Certificates,
    product_sets: ProductSets,
    places: Places,
    clock: Clock,
) -> Router:
    router = Router(tags=["products"])

    @router.post("/products", status_code=201)
    async def register_product(
        new: NewProduct,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> ProductReceipt:
        product_sets.check(new.product_set)
        check_commune(new.commune, caller.appointment.commune)
        places.check_commune(new.commune, caller.authority, day(clock()))
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

    @router.patch("/products/{id}")
    async def change_product(
        id: str,
        change: ProductChange,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> ProductReceipt:
        """Dossiers that were opened before keep the name and the set they have."""
        given = change.model_dump(exclude_unset=True)
        if "product_set" in given:
            product_sets.check(given["product_set"])
        if "name" in given:
            given["search"] = plain(given["name"])
        on = day(clock())

        def decide(product: Product) -> Decision[Product]:
            return called(product, given, on), ()

        saved = await products.change(
            id, decide, command=command, answer=lambda product: ProductReceipt(id=product.id), within=caller.within
        )
        return ProductReceipt.model_validate(saved.answer)

    @router.get("/products/{id}")
    async def read_product(id: str, caller: Annotated[Caller, _READING]) -> ProductStanding:
        """One standing for the owner and for every office, whether the certificates came of a dossier or are older."""
        product = await products.get(id, caller.within)
        opening, today = product.opening, day(clock())
        latest = await certificates.dossiers.find({"_id": None if opening is None else opening.dossier_id}, limit=1)
        return ProductStanding(
            **ProductView.of(product).model_dump(),
            state=next((each.state_for(caller.role) for each in latest.items), None),
            certificates=[
                CertificateView(number=each.number, state=each.state(today), last_day=each.last_day, heard=each)
                for each in await certificates.of_product(product.id)
            ],
        )

    return router

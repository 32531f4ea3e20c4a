"""Places over HTTP: what a code stands for, what a product code says, and what moves on when a commune has ended."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Path, Query
from fastapi.responses import Response

from services.dossier.domain.dossier import Dossier, in_commune
from services.dossier.domain.owner import Commune, Owner, renamed
from services.dossier.domain.product import Product, called
from services.dossier.routes.exports import SENT, whole, workbook
from services.dossier.routes.moving import Moving
from services.dossier.store import Ideas, Owners, PotentialProducts, PriorRecognitions, Products, YearRegistrations
from shared.document import D, Decision
from shared.errors import Refusal
from shared.http import Asked, Router, Told
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.store import Store

_HEAD = ("Mã", "Tên", "Tỉnh", "Từ ngày", "Đến ngày", "Đơn vị kế tiếp", "Căn cứ")

Kind = Literal["owner", "product", "dossier", "idea", "potential_product", "year_registration", "prior_recognition"]

_READING = allow("owner", "commune_officer", "agency", "chair", "observer", stage=("lodging", "scoring", "deciding"))


class PlaceView(Told):
    """What a code stands for, and which codes stand today for what it last stood for."""

    code: str
    name: str | None
    ended: date | None
    today: list[str]


class CommuneView(Told):
    """A commune from one day to another; the last day and those that came after are there once it has ended."""

    code: str
    name: str
    province: str
    since: date
    until: date | None
    successors: list[str]
    basis: str


class ProductCodeView(Told):
    """A product code in the terms of its own time, and where that is today."""

    code: str
    province: str
    province_name: str
    province_today: str
    district: str | None
    commune: str
    commune_name: str | None
    commune_today: list[str]
    number: int
    year: int


class NewSuccession(Asked):
    """Where to; ``to`` may be left out where only one commune came after. Without ``preview`` false nothing moves."""

    to: Commune | None = None
    preview: bool = True


class MovedRow(Told):
    """One thing that belongs to the ended commune."""

    kind: Kind
    id: str
    name: str
    moved: bool
    refused: str | None = None


class Succession(Told):
    """Everything that moves, or has moved with this request; closed cases stay where they were closed."""

    commune: str
    to: str
    preview: bool
    rows: list[MovedRow]


def routes(
    owners: Owners,
    products: Products,
    priors: PriorRecognitions,
    ideas: Ideas,
    potentials: PotentialProducts,
    registrations: YearRegistrations,
    moving: Moving,
) -> Router:
    router = Router(tags=["places"])
    places = moving.regulation.places

    def standing(
        caller: Annotated[Caller, _READING],
        province: Annotated[str | None, Query(pattern=r"^\d{2}$", description="The caller's when not named.")] = None,
        on: Annotated[date | None, Query(description="Those that stood on this day; today when not named.")] = None,
    ) -> list[CommuneView]:
        found = places.communes(province or caller.authority, on or moving.today)
        return [CommuneView.model_validate(each, from_attributes=True) for each in found]

    @router.get("/places")
    async def list_communes(
        found: Annotated[list[CommuneView], Depends(standing)], after: After = None, limit: Limit = 50
    ) -> Page[CommuneView]:
        start = next((place for place, each in enumerate(found, 1) if each.code == after), 0)
        shown = found[start : start + limit]
        return Page[CommuneView].of(shown, shown[-1].code if start + limit < len(found) else None)

    @router.get("/places.xlsx", response_class=Response, responses=SENT)
    async def export_communes(found: Annotated[list[CommuneView], Depends(standing)]) -> Response:
        rows = [
            (each.code, each.name, each.province, each.since, each.until, " ".join(each.successors), each.basis)
            for each in found
        ]
        return await workbook("xa-phuong", "Xã, phường", _HEAD, rows)

    @router.get("/places/{code}")
    async def read_place(
        code: Annotated[str, Path(pattern=r"^(\d{2}|\d{5})$")], caller: Annotated[Caller, _READING]
    ) -> PlaceView:
        today = moving.today
        place, gone = places.at(code, today), places.ended(code, today)
        return PlaceView(
            code=code,
            name=place.name if place is not None else gone.name if gone is not None else None,
            ended=None if gone is None else gone.until,
            today=list(places.today(code, today)),
        )

    @router.get("/product-codes/{code}")
    async def read_product_code(code: str, caller: Annotated[Caller, _READING]) -> ProductCodeView:
        return ProductCodeView.model_validate({"code": code, **places.read(code, moving.today)._asdict()})

    @router.post("/places/{commune}/succession")
    async def succeed_commune(
        commune: Annotated[str, Path(pattern=r"^\d{5}$")],
        new: NewSuccession,
        caller: Annotated[Caller, allow("agency", stage="lodging")],
    ) -> Succession:
        """Each thing moves by a write of its own, so that after a crash the same request moves the rest."""
        on = moving.today
        to = places.successor(commune, new.to, on)
        where = {"authority": caller.authority, "commune": commune}
        rows: list[MovedRow] = []

        async def move(kind: Kind, store: Store[D], by: str, rule: Callable[[D], D]) -> None:
            def decide(held: D) -> Decision[D]:
                return rule(held), ()

            for held in await whole(store, by, where):
                refused = None
                try:
                    if rule(held) is held:
                        continue
                    if not new.preview:
                        await store.change(held.id, decide)
                except Refusal as refusal:
                    refused = refusal.sentence("vi")
                moved = not new.preview and refused is None
                rows.append(MovedRow(kind=kind, id=held.id, name=getattr(held, by), moved=moved, refused=refused))

        def owner_moved(owner: Owner) -> Owner:
            return renamed(owner, {"commune": to}, on) if owner.commune == commune else owner

        def product_moved(product: Product) -> Product:
            return called(product, {"commune": to}, on) if product.commune == commune else product

        def dossier_moved(dossier: Dossier) -> Dossier:
            return dossier if dossier.closed or dossier.commune != commune else in_commune(dossier, to, on)

        await move("owner", owners, "name", owner_moved)
        await move("product", products, "name", product_moved)
        await move("dossier", moving.dossiers, "product_name", dossier_moved)
        await move("idea", ideas, "name", lambda each: each.but(commune=to))
        await move("potential_product", potentials, "name", lambda each: each.but(commune=to))
        await move("year_registration", registrations, "product_name", lambda each: each.but(commune=to))
        await move("prior_recognition", priors, "product_name", lambda each: each.but(commune=to))
        return Succession(commune=commune, to=to, preview=new.preview, rows=rows)

    return router

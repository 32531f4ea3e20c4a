"""What dossier keeps; and how a dossier is opened though two documents are written."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from pydantic import BaseModel

from services.dossier.domain.dossier import Dossier, drafted
from services.dossier.domain.guidance import Guidance
from services.dossier.domain.idea import Idea
from services.dossier.domain.number import Series, SeriesKind, give, new_series, series_id
from services.dossier.domain.owner import Owner, owner_key
from services.dossier.domain.plan import Plan, Recognition
from services.dossier.domain.potential import PotentialProduct
from services.dossier.domain.product import (
    CaseKind,
    Opening,
    Product,
    ProductHasOpenDossier,
    may_be_called,
    opened,
)
from services.dossier.domain.renewal import lineage_of
from services.dossier.domain.steps import Lineage
from services.dossier.domain.year import Answer, YearRegistration, registration_id
from shared.command import Command
from shared.document import Decision
from shared.fold import Saved, Within
from shared.store import Store

MOST_AT_ONCE = 1_000
"""Documents that are asked for together."""
MOST_CASES = 100
"""Recognised cases of one product that are looked at; there is one in three years."""


class Owners(Store[Owner]):
    model = Owner
    indexes = (("authority", "owner_id"), ("authority", "commune", "name"))

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What these owners are called; one that is not there is left out."""
        keys = [owner_key(id) for id in dict.fromkeys(ids)]
        found: dict[str, str] = {}
        for start in range(0, len(keys), MOST_AT_ONCE):
            page = await self.find({"_id": {"$in": keys[start : start + MOST_AT_ONCE]}}, limit=MOST_AT_ONCE)
            found |= {owner.owner_id: owner.name for owner in page.items}
        return found

    async def one(self, owner_id: str, within: Within) -> Owner:
        """The owner. Raises ``NotFound`` when it is not there or not within reach."""
        return await self.get(owner_key(owner_id), within)


class Products(Store[Product]):
    model = Product
    indexes = (("authority", "_id"), ("owner_id", "_id"), ("owner_id", "name"))


class Guidances(Store[Guidance]):
    model = Guidance


class Dossiers(Store[Dossier]):
    model = Dossier
    indexes = (
        ("authority", "state", "_id"),
        ("authority", "told", "_id"),
        ("owner_id", "_id"),
        ("product_id", "state"),
        ("authority", "deadlines.last_day"),
        ("authority", "assessment.round", "_id"),
        ("authority", "year", "state"),
        ("authority", "certificates.issued.valid_until"),
    )

    async def may_be_called(self, case_kind: CaseKind, product_id: str) -> None:
        """Raises ``ProductRecognised`` for a first evaluation of what was recognised before."""
        recognised = await self.find({"product_id": product_id, "state": "recognised"}, limit=MOST_CASES)
        may_be_called(case_kind, any(not each.undone for each in recognised.items))

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        """What the products of these dossiers are called."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), MOST_AT_ONCE):
            where = {"_id": {"$in": list(ids[start : start + MOST_AT_ONCE])}}
            page = await self.find(where, limit=MOST_AT_ONCE)
            found |= {each.id: each.product_name for each in page.items}
        return found

    async def recognitions(self, authority: str, first_year: int, last_year: int) -> list[Recognition]:
        """Everything recognised in the cases of these years; of two authorities' stars the higher ones count."""
        years = {"$in": list(range(first_year, last_year + 1))}
        where = {"authority": authority, "year": years, "state": "recognised"}
        found, after = list[Recognition](), None
        while True:
            page = await self.find(where, after=after, limit=MOST_AT_ONCE)
            found += [Recognition(each.product_id, each.case_kind, each.stars, each.commune) for each in page.items]
            if (after := page.next) is None:
                return found

    async def before(self, product_id: str) -> tuple[Lineage, Dossier] | None:
        """The certificate a further case of the product goes on from, and the dossier it was given on."""
        recognised = await self.find({"product_id": product_id, "state": "recognised"}, limit=MOST_CASES)
        return lineage_of(recognised.items)


class YearRegistrations(Store[YearRegistration]):
    model = YearRegistration
    indexes = (("authority", "year", "_id"),)

    async def answers(self, year: int, product_ids: Sequence[str]) -> dict[str, Answer]:
        """What was answered for these products; one without an answer is left out."""
        ids = [registration_id(year, id) for id in dict.fromkeys(product_ids)]
        found: dict[str, Answer] = {}
        for start in range(0, len(ids), MOST_AT_ONCE):
            page = await self.find({"_id": {"$in": ids[start : start + MOST_AT_ONCE]}}, limit=MOST_AT_ONCE)
            found |= {each.product_id: each.answer for each in page.items}
        return found


class Plans(Store[Plan]):
    model = Plan


class Ideas(Store[Idea]):
    model = Idea


class PotentialProducts(Store[PotentialProduct]):
    model = PotentialProduct


class Numbers(Store[Series]):
    model = Series

    async def give(self, kind: SeriesKind, authority: str, commune: str | None, on: date, year: int, to: str) -> int:
        """The number of ``to`` in that series, given now unless it has one."""

        def decide(held: Series | None) -> Decision[Series]:
            return give(held or new_series(kind, authority, commune, year), to, on), ()

        saved = await self.settle(series_id(kind, authority, commune, year), decide)
        return saved.document.number_of(to)


async def open_dossier(
    product_id: str,
    opening: Opening,
    products: Products,
    dossiers: Dossiers,
    *,
    command: Command,
    answer: Callable[[Dossier], BaseModel],
    within: Within,
) -> Saved[Dossier]:
    """Open a dossier for a product that has none open.

    The product's write decides, and of two who come at once one is refused there. The dossier's own document follows
    from it: should a crash come between the two, the repeated request writes it, or else whoever asks next. Raises
    ``NotFound``, ``ProductHasOpenDossier`` or ``ProductRecognised``.
    """
    product = await products.get(product_id, within)
    draft = drafted(product, opening)
    if not await dossiers.count({"_id": draft.id}):
        last = product.opening
        if last is not None and last.dossier_id != draft.id:
            before = (await dossiers.add(drafted(product, last))).document
            if not before.closed:
                raise ProductHasOpenDossier(dossier_id=before.id)
        await dossiers.may_be_called(opening.case_kind, product_id)

        def decide(held: Product) -> Decision[Product]:
            return opened(held, opening, last), ()

        await products.change(product_id, decide, command=command, within=within)
    return await dossiers.add(draft, command=command, answer=answer)

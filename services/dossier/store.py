"""What dossier keeps."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.guidance import Guidance
from services.dossier.domain.idea import Idea
from services.dossier.domain.number import Series, SeriesKind, give, new_series, series_id
from services.dossier.domain.owner import Owner, owner_key
from services.dossier.domain.plan import Plan, Recognition
from services.dossier.domain.potential import PotentialProduct
from services.dossier.domain.prior import PriorRecognition
from services.dossier.domain.product import Product
from services.dossier.domain.year import Answer, YearRegistration, registration_id
from shared.document import Decision
from shared.fold import Within
from shared.store import Store

MOST_AT_ONCE = 1_000
"""Documents that are asked for together."""


class Owners(Store[Owner]):
    model = Owner
    indexes = (("authority", "owner_id"), ("authority", "commune", "name"))
    alphabetical = (("authority", "name"),)

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
    alphabetical = (("authority", "name"),)


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
    alphabetical = (("authority", "product_name"),)

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
        return [
            Recognition(each.product_id, each.case_kind, each.stars, each.commune)
            async for each in self.every(where, at_once=MOST_AT_ONCE)
        ]


class PriorRecognitions(Store[PriorRecognition]):
    model = PriorRecognition
    indexes = (("authority", "certificates.issued.valid_until"), ("product_id", "_id"))
    alphabetical = (("authority", "product_name"),)


class YearRegistrations(Store[YearRegistration]):
    model = YearRegistration
    indexes = (("authority", "year", "_id"),)
    alphabetical = (("authority", "product_name"),)

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
    alphabetical = (("authority", "issuer"),)


class Ideas(Store[Idea]):
    model = Idea
    alphabetical = (("authority", "name"),)


class PotentialProducts(Store[PotentialProduct]):
    model = PotentialProduct
    alphabetical = (("authority", "name"),)


class Numbers(Store[Series]):
    model = Series

    async def give(self, kind: SeriesKind, authority: str, commune: str | None, on: date, year: int, to: str) -> int:
        """The number of ``to`` in that series, given now unless it has one."""

        def decide(held: Series | None) -> Decision[Series]:
            return give(held or new_series(kind, authority, commune, year), to, on), ()

        saved = await self.settle(series_id(kind, authority, commune, year), decide)
        return saved.document.number_of(to)

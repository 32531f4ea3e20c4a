"""The certificates of products: those that dossiers here have led to, and those that are older."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.following import Certificate
from services.dossier.domain.prior import PriorRecognition
from services.dossier.domain.product import CaseKind, may_be_called
from services.dossier.domain.renewal import lineage_of
from services.dossier.domain.steps import Lineage
from services.dossier.store import Dossiers, PriorRecognitions
from shared.store import Page, place
from shared.text import vietnamese_order

MOST_CASES = 100
"""Recognised cases of one product that are looked at; there is one in three years."""

Holder = Dossier | PriorRecognition


@dataclass(frozen=True)
class Certificates:
    """Looked for in both places."""

    dossiers: Dossiers
    priors: PriorRecognitions

    async def of_product(self, product_id: str) -> list[Certificate]:
        """Every certificate the product has had, the older ones first."""
        holders: list[Holder] = [*await self._prior(product_id), *await self._recognised(product_id)]
        return [each for holder in holders for each in holder.certificates]

    async def may_be_called(self, case_kind: CaseKind, product_id: str) -> None:
        """Raises ``ProductRecognised`` for a first evaluation of what was recognised before."""
        holders: list[Holder] = [*await self._recognised(product_id), *await self._prior(product_id)]
        may_be_called(case_kind, any(not each.undone for each in holders))

    async def before(self, product_id: str) -> tuple[Lineage, Dossier | None] | None:
        """The certificate a further case of the product goes on from, and the dossier it was given on, if any."""
        recognised, prior = await self._recognised(product_id), await self._prior(product_id)
        of_dossiers = [(each, dossier) for dossier in recognised for each in dossier.certificates]
        return lineage_of([*of_dossiers, *((each, None) for older in prior for each in older.certificates)])

    async def listed(
        self, by: str, where: Mapping[str, Any], *, after: str | None = None, limit: int = 50
    ) -> Page[Holder]:
        """A page of whatever holds a certificate, dossiers and older ones together in the order of the text ``by``."""
        cases = await self.dossiers.listed(by, where, after=after, limit=limit)
        older = await self.priors.listed(by, where, after=after, limit=limit)
        both: list[Holder] = [*cases.items, *older.items]
        both.sort(key=lambda each: (vietnamese_order(getattr(each, by)), each.id))
        more = cases.next is not None or older.next is not None or len(both) > limit
        return Page(both[:limit], place(both[limit - 1], by) if more else None)

    async def _recognised(self, product_id: str) -> list[Dossier]:
        return (await self.dossiers.find({"product_id": product_id, "state": "recognised"}, limit=MOST_CASES)).items

    async def _prior(self, product_id: str) -> list[PriorRecognition]:
        return (await self.priors.find({"product_id": product_id}, limit=MOST_CASES)).items

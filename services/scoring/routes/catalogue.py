"""The catalogue over HTTP: the product sets and the frozen sheets, for everybody."""

from datetime import date
from typing import Annotated

from fastapi import Path

from services.scoring.catalogue import LANGUAGES, Catalogue, wording
from services.scoring.domain.rule_set import in_force_on
from services.scoring.domain.sheet import Sheet
from services.scoring.store import Sheets
from shared.clock import Clock, day
from shared.errors import Language
from shared.http import Router, Told
from shared.identity import PUBLIC

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class ProductSet(Told):
    """One set of products, and the sheet on which its products are scored."""

    set: str
    number: int
    name: dict[Language, str]
    sector: str
    group: str
    ministries: tuple[str, ...]
    samples: int
    rule_set: str
    sheet_hash: str


class ProductSets(Told):
    """The sets of the rule set in force on a day."""

    rule_set: str
    decision: str
    sets: list[ProductSet]


class SheetOnFile(Told):
    """A sheet, its hash, and the wording of every key in it."""

    hash: str
    sheet: Sheet
    labels: dict[Language, dict[str, str]]


def routes(sheets: Sheets, catalogue: Catalogue, clock: Clock) -> Router:
    router = Router(tags=["catalogue"])

    @router.get("/catalogue/sets", dependencies=[PUBLIC])
    async def list_sets(on: date | None = None) -> ProductSets:
        """The product sets of the rule set in force `on` a day, today when none is given."""
        entry = in_force_on(catalogue.entries, on or day(clock()))
        book = catalogue.books.get(entry.number)
        kept = [] if book is None else list(book.sheets.values())
        return ProductSets(
            rule_set=entry.number,
            decision=entry.decision,
            sets=[
                ProductSet(
                    set=one.model.set,
                    number=one.model.number,
                    name=catalogue.label(entry.number, one.model.name_key),
                    sector=one.model.sector,
                    group=one.model.group,
                    ministries=one.model.ministries,
                    samples=one.model.samples,
                    rule_set=entry.number,
                    sheet_hash=one.hash,
                )
                for one in sorted(kept, key=lambda one: one.model.number)
            ],
        )

    @router.get("/sheets/{hash}", dependencies=[PUBLIC], response_model_exclude_defaults=True)
    async def show_sheet(hash: Hash) -> SheetOnFile:
        """The sheet with this hash, as it was frozen, and the present wording of its keys."""
        sheet = await sheets.under(hash)
        book = catalogue.books.get(sheet.rule_set)
        keys = sorted(set(wording(sheet)))
        labels = {
            language: {key: book.labels[language][key] for key in keys if key in book.labels[language]}
            if book is not None
            else {}
            for language in LANGUAGES
        }
        return SheetOnFile(hash=hash, sheet=sheet, labels=labels)

    return router

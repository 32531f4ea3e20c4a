"""The product sets of the catalogue, with sheet, bands and wording, read and checked when the service starts."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.dossier.domain.product import ProductSetReplaced, ProductSetUnknown
from services.dossier.domain.sheet import Band, Sheet, Slug
from shared.errors import Language

HERE = Path(__file__).parents[2] / "contracts" / "catalogue"
"""The catalogue this project carries."""

Labels = Mapping[Language, Mapping[str, str]]

M = TypeVar("M")


class BrokenCatalogue(Exception):
    """A file of the catalogue cannot be used; the service does not start on it."""


class ProductSet(NamedTuple):
    """One set of comparable products, with the rules it is scored by and their wording."""

    set: str
    number: int
    name: Mapping[Language, str]
    rule_set: str
    sheet: Sheet
    bands: tuple[Band, ...]
    labels: Labels

    def wording(self, key: str) -> Mapping[Language, str]:
        """The text of a key of the sheet in each language."""
        return {language: texts[key] for language, texts in self.labels.items()}


class _Entry(BaseModel):
    number: Slug
    sheets: bool


class _StarBand(BaseModel):
    model_config = ConfigDict(frozen=True)

    stars: int
    floor: Annotated[int, Field(alias="from")]


class _RuleSet(BaseModel):
    star_bands: tuple[_StarBand, ...]


class ProductSets:
    """The sets that products can belong to, in the order of the decision that made them."""

    def __init__(self, sets: Mapping[str, ProductSet], in_force: str) -> None:
        """``in_force`` is the latest rule set with sheets; what only an older one knows is kept for old cases."""
        self._sets = sets
        self._in_force = in_force

    def __iter__(self) -> Iterator[ProductSet]:
        return iter(self._sets.values())

    def __getitem__(self, product_set: str) -> ProductSet:
        """The set of a registered product."""
        return self._sets[product_set]

    def check(self, product_set: str) -> None:
        """Raises ``ProductSetUnknown`` with the codes that look most alike."""
        if product_set not in self._current():
            raise ProductSetUnknown.named(product_set[:80], self._near(product_set))

    def check_in_force(self, product_set: str) -> None:
        """Raises ``ProductSetReplaced`` when a new case would begin in a set that the decision in force has not."""
        if product_set not in self._current():
            raise ProductSetReplaced(product_set=product_set, examples=", ".join(self._near(product_set)))

    def _current(self) -> list[str]:
        return [each.set for each in self if each.rule_set == self._in_force]

    def _near(self, product_set: str) -> tuple[str, ...]:
        current = self._current()
        return tuple(get_close_matches(product_set[:80], current, n=3, cutoff=0.4) or current[:3])


def load(folder: Path = HERE) -> ProductSets:
    """Read the sets of every rule set whose sheets are here. Raises ``BrokenCatalogue`` with the first thing wrong.

    A set that several rule sets know keeps its code; it is named and scored as in the latest.
    """
    sets: dict[str, ProductSet] = {}
    in_force = ""
    for entry in _read(folder / "rule-sets.json", TypeAdapter(tuple[_Entry, ...])):
        if entry.sheets:
            in_force = entry.number
            sets |= _sets_of(folder / entry.number, entry.number)
    if not sets:
        raise BrokenCatalogue(f"{folder}: there is no sheet")
    return ProductSets(sets, in_force)


def _sets_of(folder: Path, rule_set: str) -> dict[str, ProductSet]:
    languages: tuple[Language, ...] = ("vi", "en")
    texts = TypeAdapter(Mapping[str, str])
    labels: Labels = {language: _read(folder / "labels" / f"{language}.json", texts) for language in languages}
    rules = _read(folder / "rule-set.json", TypeAdapter(_RuleSet))
    bands = tuple(Band(stars=each.stars, floor=each.floor) for each in rules.star_bands)
    found: dict[str, ProductSet] = {}
    for file in sorted((folder / "sheets").glob("*.json")):
        sheet = _read(file, TypeAdapter(Sheet))
        if sheet.set in found:
            raise BrokenCatalogue(f"{file}: the set {sheet.set} stands twice")
        name: dict[Language, str] = {}
        for language in languages:
            if lacking := [key for key in _wording(sheet) if key not in labels[language]]:
                raise BrokenCatalogue(f"{file}: the labels have no text for {lacking[0]}")
            name[language] = labels[language][sheet.name_key]
        found[sheet.set] = ProductSet(sheet.set, sheet.number, name, rule_set, sheet, bands, labels)
    return found


def _wording(sheet: Sheet) -> Iterator[str]:
    yield sheet.name_key
    for part in sheet.parts:
        yield part.name_key
        yield from (group.name_key for group in part.groups)
    for criterion in sheet.scored.values():
        yield criterion.name_key
        yield from filter(None, (criterion.explanation_key, criterion.case))
        yield from (option.key for option in criterion.options)


def _read(file: Path, adapter: TypeAdapter[M]) -> M:
    try:
        return adapter.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise BrokenCatalogue(f"{file}: {error}") from error

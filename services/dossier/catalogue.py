"""The product sets of the catalogue: code, number and name, read and checked when the service starts."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from services.dossier.domain.product import ProductSetUnknown
from shared.errors import Language

HERE = Path(__file__).parents[2] / "contracts" / "catalogue"
"""The catalogue this project carries."""

Slug = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


M = TypeVar("M")


class BrokenCatalogue(Exception):
    """A file of the catalogue cannot be used; the service does not start on it."""


class ProductSet(BaseModel):
    """One set of comparable products, with its name in each language."""

    model_config = ConfigDict(frozen=True)

    set: Slug
    number: int
    name: Mapping[Language, str]


class _Entry(BaseModel):
    number: Slug
    sheets: bool


class _Sheet(BaseModel):
    set: Slug
    number: int
    name_key: str


class ProductSets:
    """The sets that products can belong to, in the order of the decision that made them."""

    def __init__(self, sets: Mapping[str, ProductSet]) -> None:
        self._sets = sets

    def __iter__(self) -> Iterator[ProductSet]:
        return iter(self._sets.values())

    def check(self, product_set: str) -> None:
        """Raises ``ProductSetUnknown`` with the codes that look most alike."""
        if product_set not in self._sets:
            near = get_close_matches(product_set[:80], self._sets, n=3, cutoff=0.4) or list(self._sets)[:3]
            raise ProductSetUnknown.named(product_set[:80], tuple(near))


def load(folder: Path = HERE) -> ProductSets:
    """Read the sets of every rule set whose sheets are here. Raises ``BrokenCatalogue`` with the first thing wrong.

    A set that several rule sets know keeps its code; it is named as in the latest.
    """
    sets: dict[str, ProductSet] = {}
    for entry in _read(folder / "rule-sets.json", TypeAdapter(tuple[_Entry, ...])):
        if entry.sheets:
            sets |= _sets_of(folder / entry.number)
    if not sets:
        raise BrokenCatalogue(f"{folder}: there is no sheet")
    return ProductSets(sets)


def _sets_of(folder: Path) -> dict[str, ProductSet]:
    names = {
        language: _read(folder / "labels" / f"{language}.json", TypeAdapter(dict[str, str]))
        for language in ("vi", "en")
    }
    found: dict[str, ProductSet] = {}
    for file in sorted((folder / "sheets").glob("*.json")):
        sheet = _read(file, TypeAdapter(_Sheet))
        if sheet.set in found:
            raise BrokenCatalogue(f"{file}: the set {sheet.set} stands twice")
        try:
            name = {language: labels[sheet.name_key] for language, labels in names.items()}
        except KeyError as error:
            raise BrokenCatalogue(f"{file}: the labels have no text for {sheet.name_key}") from error
        found[sheet.set] = ProductSet.model_validate({"set": sheet.set, "number": sheet.number, "name": name})
    return found


def _read(file: Path, adapter: TypeAdapter[M]) -> M:
    try:
        return adapter.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise BrokenCatalogue(f"{file}: {error}") from error

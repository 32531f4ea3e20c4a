"""The catalogue of rule sets and sheets: read and checked when the service starts, then looked up."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.scoring.domain.rule_set import CaseKind, NoSheet, RuleSet, RuleSetEntry, governing
from services.scoring.domain.sheet import Criterion, Sheet, Slug, canonical, content_hash
from shared.errors import Language

HERE = Path(__file__).parents[2] / "contracts" / "catalogue"
"""The catalogue this project carries."""

LANGUAGES: tuple[Language, ...] = ("vi", "en")

M = TypeVar("M")
Labels = Mapping[str, str]


class BrokenCatalogue(Exception):
    """A file of the catalogue cannot be used; the service does not start on it."""

    def __init__(self, file: Path, pointer: str, reason: str) -> None:
        self.file, self.pointer, self.reason = file, pointer, reason
        super().__init__(f"{file}{f' at {pointer}' if pointer else ''}: {reason}")


@dataclass(frozen=True)
class Kept(Generic[M]):
    """A model with the canonical text it was read from and the SHA-256 of that text."""

    model: M
    text: str
    hash: str


@dataclass(frozen=True)
class RuleBook:
    """One decision with its sheets and their wording."""

    rules: Kept[RuleSet]
    sheets: Mapping[str, Kept[Sheet]]
    labels: Mapping[Language, Labels]


@dataclass(frozen=True)
class Chosen:
    """What a case is to be scored by."""

    rules: Kept[RuleSet]
    sheet: Kept[Sheet]


@dataclass(frozen=True)
class Catalogue:
    """Every rule set known, and the rule books of those whose sheets are here."""

    entries: tuple[RuleSetEntry, ...]
    books: Mapping[str, RuleBook]

    def choose(self, product_set: str, case_kind: CaseKind, *, received_on: date, opened_on: date) -> Chosen:
        """The rules for a case of this kind, and their sheet for its set.

        Raises ``NoRuleSet`` or ``NoSheet``.
        """
        transitions = {
            number: book.rules.model.transition
            for number, book in self.books.items()
            if book.rules.model.transition is not None
        }
        entry = governing(self.entries, transitions, received_on=received_on, case_kind=case_kind, opened_on=opened_on)
        book = self.books.get(entry.number)
        if book is None or product_set not in book.sheets:
            raise NoSheet(rule_set=entry.number, product_set=product_set[:80])
        return Chosen(book.rules, book.sheets[product_set])

    def label(self, rule_set: str, key: str) -> dict[Language, str]:
        """The wording of ``key`` in each language."""
        return {language: self.books[rule_set].labels[language][key] for language in LANGUAGES}


def load(folder: Path = HERE) -> Catalogue:
    """Read and check the catalogue in ``folder``. Raises ``BrokenCatalogue`` with the first thing wrong.

    A new decision is one more folder of its number; ``rule-sets.json`` keeps those whose sheets are not here.
    """
    index = folder / "rule-sets.json"
    listed = read(index, TypeAdapter(tuple[RuleSetEntry, ...])).model
    numbers = [entry.number for entry in listed]
    for n, entry in enumerate(listed):
        if numbers.index(entry.number) != n:
            raise BrokenCatalogue(index, f"/{n}/number", f"{entry.number} stands twice")
        if entry.amends is not None and entry.amends not in numbers:
            raise BrokenCatalogue(index, f"/{n}/amends", f"{entry.amends} is not a rule set of this list")
    books = {entry.number: _book(folder / entry.number, entry) for entry in listed if entry.sheets}
    unlisted: list[RuleSetEntry] = []
    for file in sorted(folder.glob("*/rule-set.json")):
        if file.parent.name not in numbers:
            entry = RuleSetEntry.of(read(file, TypeAdapter(RuleSet)).model)
            if entry.number != file.parent.name:
                raise BrokenCatalogue(file, "/number", f"the folder is not named for {entry.number}")
            unlisted.append(entry)
            books[entry.number] = _book(file.parent, entry)
    return Catalogue((*listed, *unlisted), books)


def wording(sheet: Sheet) -> Iterator[str]:
    """Every key of ``sheet`` whose text stands in the label files."""
    yield from (sheet.name_key, sheet.sector, sheet.group, *sheet.ministries, *sheet.disqualifiers)
    for part in sheet.parts:
        yield part.name_key
        for group in part.groups:
            yield group.name_key
            for criterion in group.criteria:
                yield from _criterion_wording(criterion)


def _criterion_wording(criterion: Criterion) -> Iterator[str]:
    yield criterion.name_key
    yield from filter(None, (criterion.explanation_key, criterion.commune_assessed, criterion.case))
    for rule in criterion.rules:
        yield from filter(None, (rule.type, rule.key, rule.document))
    for option in criterion.options:
        yield option.key
    for child in criterion.criteria:
        yield from _criterion_wording(child)


def _book(folder: Path, entry: RuleSetEntry) -> RuleBook:
    file = folder / "rule-set.json"
    rules = read(file, TypeAdapter(RuleSet))
    _same(file, "/number", entry.number, rules.model.number)
    _same(file, "/decision/number", entry.decision, rules.model.decision.number)
    _same(file, "/decision/signed", entry.signed, rules.model.decision.signed)
    _same(file, "/in_force", entry.in_force, rules.model.in_force)
    _same(file, "/scale", entry.scale, rules.model.scale)
    labels: dict[Language, Labels] = {
        language: read(folder / "labels" / f"{language}.json", TypeAdapter(dict[Slug, str])).model
        for language in LANGUAGES
    }
    scale = {"A": entry.scale.A, "B": entry.scale.B, "C": entry.scale.C}
    sheets: dict[str, Kept[Sheet]] = {}
    files = sorted((folder / "sheets").glob("*.json"))
    if not files:
        raise BrokenCatalogue(folder / "sheets", "", "there is no sheet")
    for file in files:
        kept = read(file, TypeAdapter(Sheet))
        sheet = kept.model
        _same(file, "/rule_set", entry.number, sheet.rule_set)
        if file.name != f"{sheet.number:02d}-{sheet.set}.json":
            raise BrokenCatalogue(file, "/set", f"the file is not named for set {sheet.number}, {sheet.set}")
        if {part.code: part.max_points for part in sheet.parts} != scale:
            raise BrokenCatalogue(file, "/parts", f"the parts do not follow the scale {scale}")
        if any(sheet.number == other.model.number for other in sheets.values()):
            raise BrokenCatalogue(file, "/number", f"the number {sheet.number} stands twice")
        _check_documents(file, sheet, rules.model.dossier.evidence)
        for key in wording(sheet):
            for language in LANGUAGES:
                if not labels[language].get(key):
                    raise BrokenCatalogue(
                        folder / "labels" / f"{language}.json",
                        f"/{key}",
                        f"there is no text, {file.name} uses it",
                    )
        sheets[sheet.set] = kept
    return RuleBook(rules, sheets, labels)


def _check_documents(file: Path, sheet: Sheet, evidence: Collection[str]) -> None:
    """A rule that demands a document names one that a dossier can hold; else it would be shown and never enforced."""
    for criterion in sheet.criteria:
        for rule in criterion.rules:
            if (rule.type == "requires-document") != (rule.document is not None):
                raise BrokenCatalogue(file, "", f"criterion {criterion.key}: {rule.key} does not name its document")
            if rule.document is not None and rule.document not in evidence:
                raise BrokenCatalogue(file, "", f"criterion {criterion.key}: {rule.document} is no kind of evidence")


def _same(file: Path, pointer: str, listed: object, found: object) -> None:
    if listed != found:
        shown = found.model_dump_json(by_alias=True) if isinstance(found, BaseModel) else found
        raise BrokenCatalogue(file, pointer, f"{shown} differs from what rule-sets.json says")


def read(file: Path, adapter: TypeAdapter[M]) -> Kept[M]:
    """What stands in a file. Raises ``BrokenCatalogue`` with the first thing wrong."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once(file))
    except OSError as error:
        raise BrokenCatalogue(file, "", f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise BrokenCatalogue(file, "", f"is not JSON ({error})") from error
    text = canonical(content)
    try:
        model = adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        raise BrokenCatalogue(file, pointer, first["msg"].removeprefix("Value error, ")) from error
    return Kept(model, text, content_hash(text))


def _once(file: Path) -> Callable[[list[tuple[str, object]]], dict[str, object]]:
    """JSON lets a name stand twice and keeps the last; here that would hide a mark."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in pairs:
            if name in found:
                raise BrokenCatalogue(file, "", f"the name {name!r} stands twice in one object")
            found[name] = value
        return found

    return members

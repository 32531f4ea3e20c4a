"""The regulations as data: rule sets from the catalogue, the ladder and what differs by authority; checked at start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from services.certification.domain.extension import Extension
from services.certification.domain.history import HistoricAwards
from services.certification.domain.ladder import Ladder
from services.certification.domain.office import Bilingual, IssuingOffice
from services.certification.domain.place import Commune, Places
from services.certification.domain.rule_set import Lenient, RuleSet
from services.certification.domain.term import AuthoritySettings, last_valid_day

CATALOGUE = Path(__file__).parents[2] / "contracts" / "catalogue"
"""The catalogue this project carries."""
REGULATIONS = Path(__file__).parent / "regulations"
"""This service's own data."""

T = TypeVar("T")


class BrokenRegulation(Exception):
    """A file cannot be used; the service does not start on it."""

    def __init__(self, file: Path, pointer: str, reason: str) -> None:
        self.file, self.pointer, self.reason = file, pointer, reason
        super().__init__(f"{file}{f' at {pointer}' if pointer else ''}: {reason}")


class Listed(HistoricAwards):
    """A line of the list of rule sets; only some have their data here."""

    sheets: bool


class Placed(Lenient):
    """Where a product set stands in the classification."""

    set: str
    sector: str


@dataclass(frozen=True)
class Regulations:
    """Everything the rules of certification take from data."""

    rule_sets: Mapping[str, RuleSet]
    history: Mapping[str, HistoricAwards]
    """All rule sets there ever were, with what a certificate from before needs of them."""
    sectors: Mapping[str, str]
    """The sector of each product set."""
    sector_names: Mapping[str, Bilingual]
    authorities: AuthoritySettings
    ladder: Ladder
    offices: Mapping[str, IssuingOffice]
    """The issuing offices by their authority's code."""
    places: Places

    def extension(self, authority: str, on: date) -> Extension | None:
        """The extension an authority may give on that day; None when the rules in force have none."""
        rules = max(
            (one for one in self.rule_sets.values() if one.in_force.covers(on)),
            key=lambda one: one.in_force.since,
            default=None,
        )
        if rules is None or rules.certificate.extension is None:
            return None
        clause = rules.certificate.extension
        return Extension(
            most_days=clause.max_days,
            rules_since=rules.in_force.since,
            window_closes=rules.re_evaluation.window_days_before_expiry.closes,
            latecomers=not clause.transitional or self.authorities.practice_of(authority).extends_latecomers,
        )

    def last_valid_day(self, authority: str, rule_set: str, decided_on: date) -> date:
        """The last valid day of a certificate of ``authority`` under ``rule_set``."""
        months = self.rule_sets[rule_set].certificate.validity_months
        return last_valid_day(decided_on, months, self.authorities.reading(authority, decided_on))


def load(catalogue: Path = CATALOGUE, regulations: Path = REGULATIONS) -> Regulations:
    """Read and check all of it. Raises ``BrokenRegulation`` with the first thing wrong."""
    rule_sets: dict[str, RuleSet] = {}
    history: dict[str, HistoricAwards] = {}
    sectors: dict[str, str] = {}
    sector_names: dict[str, Bilingual] = {}
    for entry in _read(catalogue / "rule-sets.json", TypeAdapter(tuple[Listed, ...])):
        history[entry.number] = entry
        if entry.sheets:
            for sheet in sorted((catalogue / entry.number / "sheets").glob("*.json")):
                placed = _read(sheet, TypeAdapter(Placed))
                sectors[placed.set] = placed.sector
            sector_names |= _sector_names(catalogue / entry.number / "labels", sectors.values())
            file = catalogue / entry.number / "rule-set.json"
            rules = rule_sets[entry.number] = _read(file, TypeAdapter(RuleSet))
            if rules.number != entry.number:
                raise BrokenRegulation(file, "/number", f"{rules.number} is not {entry.number}")
    if not rule_sets:
        raise BrokenRegulation(catalogue / "rule-sets.json", "", "there is no rule set with data")
    file = regulations / "ladder.json"
    ladder = _read(file, TypeAdapter(Ladder))
    says = {step.says: step.days for step in ladder.steps}
    for number, rules in rule_sets.items():
        window = rules.re_evaluation.window_days_before_expiry
        if (says.get("window-opens"), says.get("last-filing-day")) != (window.opens, window.closes):
            raise BrokenRegulation(file, "/steps", f"the window is not that of {number}: {window!r}")
    authorities = _read(regulations / "authorities.json", TypeAdapter(AuthoritySettings))
    offices = _read(regulations / "offices.json", TypeAdapter(tuple[IssuingOffice, ...]))
    by_code = {office.code: office for office in offices}
    communes = _read(regulations / "communes.json", TypeAdapter(tuple[Commune, ...]))
    places = Places({commune.code: commune for commune in communes}, by_code)
    return Regulations(rule_sets, history, sectors, sector_names, authorities, ladder, by_code, places)


def _sector_names(labels: Path, sectors: Iterable[str]) -> dict[str, Bilingual]:
    vi, en = (_read(labels / f"{language}.json", TypeAdapter(dict[str, str])) for language in ("vi", "en"))
    for sector in sectors:
        if sector not in vi or sector not in en:
            raise BrokenRegulation(labels, f"/{sector}", "the sector has no name")
    return {sector: Bilingual(vi=vi[sector], en=en[sector]) for sector in sectors}


def _read(file: Path, adapter: TypeAdapter[T]) -> T:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BrokenRegulation(file, "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BrokenRegulation(file, "", f"is not UTF-8 ({error})") from error
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        raise BrokenRegulation(file, pointer, first["msg"].removeprefix("Value error, ")) from error

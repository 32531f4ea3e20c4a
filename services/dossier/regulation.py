"""The regulations of the process, read and checked when the service starts."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, PositiveInt, TypeAdapter, ValidationError

from services.dossier.calendar import MovedDay, working_days
from services.dossier.catalogue import HERE
from services.dossier.domain.place import Place, Places
from services.dossier.domain.regulation import Regulation, Setting
from services.dossier.domain.round import AddedRound, Lenient, Rounds, YearlyRound

REGULATIONS = Path(__file__).parent / "regulations"
"""This service's own data: what provinces have settled, rounds they added, days the government moved."""

T = TypeVar("T")


class BrokenRegulation(Exception):
    """A file cannot be used; the service does not start on it."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = file
        super().__init__(f"{file}: {reason}")


class _Listed(Lenient):
    number: str
    sheets: bool


class _Window(Lenient):
    opens: PositiveInt
    closes: PositiveInt


class _Days(Lenient):
    days: PositiveInt


class _ReEvaluation(Lenient):
    window_days_before_expiry: _Window
    decision: _Days


class _Step(BaseModel):
    key: str
    deadline: Mapping[str, object]


class _Process(BaseModel):
    case_kinds: list[str]
    steps: list[_Step]


class _RuleSet(BaseModel):
    rounds: tuple[YearlyRound, ...] = Field(min_length=1)
    re_evaluation: _ReEvaluation
    process: list[_Process]

    def commune_days(self) -> int:
        """The working days of the commune's step, which every kind of case has alike."""
        found = {
            step.deadline.get("days")
            for process in self.process
            for step in process.steps
            if step.key == "step-commune-review" and step.deadline.get("day_kind") == "working-days"
        }
        (days,) = found if len(found) == 1 else {None}
        if not isinstance(days, int):
            raise ValueError("process: the commune's step must have one number of working days")
        return days


def load_regulation(catalogue: Path = HERE, regulations: Path = REGULATIONS) -> Regulation:
    """The rules of the latest rule set that has its data here. Raises ``BrokenRegulation``."""
    listed = [each for each in _read(catalogue / "rule-sets.json", TypeAdapter(list[_Listed])) if each.sheets]
    if not listed:
        raise BrokenRegulation(catalogue / "rule-sets.json", "there is no rule set with data")
    file = catalogue / listed[-1].number / "rule-set.json"
    rules = _read(file, TypeAdapter(_RuleSet))
    window = rules.re_evaluation.window_days_before_expiry
    if window.opens <= window.closes:
        raise BrokenRegulation(file, "re_evaluation: the window must open before it closes")
    try:
        commune_days = rules.commune_days()
    except ValueError as error:
        raise BrokenRegulation(file, str(error)) from error
    settings = _read(regulations / "settings.json", TypeAdapter(tuple[Setting, ...]))
    added = _read(regulations / "added-rounds.json", TypeAdapter(tuple[AddedRound, ...]))
    moved = _read(regulations / "moved-days.json", TypeAdapter(tuple[MovedDay, ...]))
    provinces = _read(regulations / "places.json", TypeAdapter(tuple[Place, ...]))
    communes = _communes(regulations / "communes.csv")
    try:
        places = Places((*provinces, *communes))
    except ValueError as error:
        raise BrokenRegulation(regulations, str(error)) from error
    return Regulation(
        works=working_days(moved),
        rounds=Rounds(rules.rounds, added),
        commune_days=commune_days,
        rating_days=rules.re_evaluation.decision.days,
        window_opens=window.opens,
        window_closes=window.closes,
        settings=settings,
        places=places,
    )


def _communes(file: Path) -> Iterator[Place]:
    """The communes, a line each: `deploy/communes.py` writes them from the country's list."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                given = {**row, "until": row["until"] or None, "successors": row["successors"].split()}
                yield Place.model_validate(given, strict=False)
    except OSError as error:
        raise BrokenRegulation(file, f"cannot be read ({error.strerror})") from error
    except (KeyError, AttributeError) as error:
        raise BrokenRegulation(file, f"a column is missing ({error})") from error
    except ValidationError as error:
        raise BrokenRegulation(file, f"{row}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'/'.join(map(str, first['loc']))}: {first['msg']}"


def _read(file: Path, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_json(file.read_bytes())
    except OSError as error:
        raise BrokenRegulation(file, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise BrokenRegulation(file, _first(error)) from error

"""The scoring sheet of a product set, as far as an owner who scores itself needs it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, StringConstraints

Slug = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""A language-neutral name."""

STORY = "product-story"
"""The criterion that says whether a product story exists."""
STORY_ONLY = "applies-only-if-story"
"""The rule of a criterion that is scored only where a story exists."""


class Printed(BaseModel):
    """Anything a sheet or a rule set says; what is not used here is ignored."""

    model_config = ConfigDict(frozen=True)


class Option(Printed):
    """One line that can be ticked, and the points it gives."""

    points: NonNegativeInt
    key: str


class Rule(Printed):
    """What the sheet prints beside a criterion."""

    type: str
    key: str


class Criterion(Printed):
    """A question of the sheet: with options to tick, or criteria that sum to it, or alternative cases."""

    code: str
    name_key: str
    max_points: PositiveInt
    star_minimums: Mapping[int, NonNegativeInt] = {}
    commune_assessed: str | None = None
    explanation_key: str | None = None
    case: str | None = None
    rules: tuple[Rule, ...] = ()
    options: tuple[Option, ...] = ()
    criteria: tuple["Criterion", ...] = ()

    @property
    def key(self) -> str:
        """What an answer is filed under: the code, and the case where there are several."""
        return f"{self.code}:{self.case}" if self.case else self.code

    def points(self, option: str) -> int | None:
        """The points of an option; None when it is no option of this criterion."""
        return next((each.points for each in self.options if each.key == option), None)


class Group(Printed):
    """Criteria under one heading."""

    code: str
    name_key: str
    criteria: tuple[Criterion, ...]


class Part(Printed):
    """One of the parts A, B and C."""

    code: str
    name_key: str
    max_points: PositiveInt
    groups: tuple[Group, ...]

    @cached_property
    def scored(self) -> Mapping[str, Criterion]:
        """The criteria of this part that are ticked, by key."""
        leaves = (leaf for group in self.groups for each in group.criteria for leaf in _leaves(each))
        return {leaf.key: leaf for leaf in leaves}


class Sheet(Printed):
    """The whole sheet, in the order it is printed."""

    set: Slug
    number: int
    name_key: str
    samples: NonNegativeInt
    disqualifiers: tuple[str, ...]
    parts: tuple[Part, ...]

    @cached_property
    def scored(self) -> Mapping[str, Criterion]:
        """The criteria that are ticked, by key."""
        return {key: criterion for part in self.parts for key, criterion in part.scored.items()}

    def assessed_by_commune(self, content: str) -> tuple[str, ...]:
        """The criteria a content of form 03 bears on (``local_origin``); on none, as two do for tourism."""
        name = content.replace("_", "-")
        return tuple(key for key, each in self.scored.items() if each.commune_assessed == name)


class Band(Printed):
    """The least total of a star (Decision 26/2026/QĐ-TTg, article 3.3)."""

    stars: int
    floor: int


def _leaves(criterion: Criterion) -> Iterator[Criterion]:
    if criterion.options:
        yield criterion
    for inner in criterion.criteria:
        yield from _leaves(inner)

"""The scoring sheet of a product set: part, group, criterion, case, option, and each star's minimums."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    StringConstraints,
    model_validator,
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=100)]
"""A language-neutral name; its wording stands in the label files."""

Code = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]?(\.[1-9][0-9]?)*$")]
"""The number a criterion or group carries on the printed sheet, for example ``6.1.2``."""

RuleType = Literal[
    "requirement",
    "not-eligible",
    "disqualify",
    "stop-scoring",
    "requires-document",
    "applies-only-if-story",
    "choose-one-case",
    "note",
]

STORY = "product-story"
"""The criterion that says whether a product story exists: any option of it with points says yes."""

GATED_STARS: tuple[Literal[3, 4, 5], ...] = (3, 4, 5)
"""The stars for which a sheet may demand a least number of points in one criterion."""


class SheetPart(BaseModel):
    """Anything a sheet consists of: frozen, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Option(SheetPart):
    """One line a member can tick, and the points it gives."""

    points: NonNegativeInt
    key: Slug


class Rule(SheetPart):
    """What the sheet prints beside a criterion; ``key`` is its wording, ``type`` what it does.

    ``document`` is the kind of evidence without which no option of the criterion gives points. ``zero_in`` are the
    criteria in each of which 0 points are the ground, where it is not no option met in the criterion itself.
    """

    type: RuleType
    key: Slug
    document: Slug | None = None
    zero_in: tuple[Code, ...] = ()


class StarMinimums(SheetPart):
    """The least points in one criterion for a product of that star; no entry, no minimum."""

    three: NonNegativeInt | None = Field(default=None, alias="3")
    four: NonNegativeInt | None = Field(default=None, alias="4")
    five: NonNegativeInt | None = Field(default=None, alias="5")

    def at(self, star: int) -> int | None:
        return {3: self.three, 4: self.four, 5: self.five}.get(star)

    @model_validator(mode="after")
    def _cumulative(self) -> Self:
        least = -1
        for star in GATED_STARS:
            minimum = self.at(star)
            if minimum is None:
                if least >= 0:
                    raise ValueError(f"there is no minimum at {star} stars though a lower star has one")
            elif minimum < least:
                raise ValueError(f"the minimum falls at {star} stars")
            else:
                least = minimum
        return self


class Criterion(SheetPart):
    """A question of the sheet: it has options to tick, or criteria that sum to it, or alternative cases."""

    code: Code
    name_key: Slug
    max_points: PositiveInt
    star_minimums: StarMinimums = StarMinimums()
    commune_assessed: Slug | None = None
    rules: tuple[Rule, ...] = ()
    explanation_key: Slug | None = None
    case: Slug | None = None
    options: tuple[Option, ...] = ()
    criteria: tuple["Criterion", ...] = ()

    @property
    def key(self) -> str:
        """What a member's answer is filed under: the code, and the case where there are several."""
        return f"{self.code}:{self.case}" if self.case else self.code

    @property
    def gated(self) -> bool:
        """Whether some star demands a least number of points here."""
        return self.star_minimums.five is not None

    def has_rule(self, kind: RuleType) -> bool:
        return any(rule.type == kind for rule in self.rules)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.options) == bool(self.criteria):
            raise ValueError("a criterion needs either options or criteria")
        if self.options:
            self._check_options()
        else:
            self._check_children()
        return self

    def _check_options(self) -> None:
        points = [option.points for option in self.options]
        if points != sorted(points):
            raise ValueError(f"the options are not in ascending order of points: {points}")
        if points[-1] != self.max_points:
            raise ValueError(f"the best option gives {points[-1]} points, the maximum is {self.max_points}")
        if len({option.key for option in self.options}) < len(points):
            raise ValueError("the same option stands twice")
        for star in GATED_STARS:
            minimum = self.star_minimums.at(star)
            if minimum is not None and minimum not in points:
                raise ValueError(f"the minimum at {star} stars, {minimum}, is not the points of any option")

    def _check_children(self) -> None:
        if self.gated:
            raise ValueError("a minimum stands on a criterion without options")
        cases = [child.case for child in self.criteria]
        if not any(cases):
            total = sum(child.max_points for child in self.criteria)
            if total != self.max_points:
                raise ValueError(f"the criteria sum to {total}, the maximum is {self.max_points}")
            return
        if not all(cases) or len(set(cases)) < len(cases) or len(cases) < 2:
            raise ValueError("alternatives need two or more different cases")
        if any(child.code != self.code or child.max_points != self.max_points for child in self.criteria):
            raise ValueError("each case carries the code and the maximum of its criterion")
        if not self.has_rule("choose-one-case"):
            raise ValueError("there are cases without the rule to choose one of them")


class Group(SheetPart):
    """A heading of a part, with its criteria."""

    code: Code
    name_key: Slug
    max_points: PositiveInt
    criteria: tuple[Criterion, ...]

    @model_validator(mode="after")
    def _sums(self) -> Self:
        total = sum(criterion.max_points for criterion in self.criteria)
        if total != self.max_points:
            raise ValueError(f"the criteria sum to {total}, the maximum is {self.max_points}")
        return self


class Part(SheetPart):
    """One of the parts A (production, community), B (marketing, story) and C (the product's quality)."""

    code: Literal["A", "B", "C"]
    name_key: Slug
    max_points: PositiveInt
    groups: tuple[Group, ...]

    @property
    def criteria(self) -> Iterator[Criterion]:
        """Every criterion of the part in the printed order, those with others or with cases below them included."""
        for group in self.groups:
            yield from _with_those_below(group.criteria)

    @model_validator(mode="after")
    def _sums(self) -> Self:
        total = sum(group.max_points for group in self.groups)
        if total != self.max_points:
            raise ValueError(f"the groups sum to {total}, the maximum is {self.max_points}")
        return self


class Scored(NamedTuple):
    """A criterion a member answers, in its place on the sheet."""

    key: str
    criterion: Criterion
    letters: dict[str, str]
    """From an option's key to the letter that stands for it in a member's marks."""
    points: dict[str, int]
    """From a letter to its points."""
    story_only: bool
    documents: frozenset[str]
    """The kinds of evidence without which no option here gives points."""


class Sheet(SheetPart):
    """The sheet of one product set, as printed in annex II of Decision 26/2026/QĐ-TTg."""

    set: Slug
    number: PositiveInt
    rule_set: str
    name_key: Slug
    sector: Slug
    group: Slug
    ministries: Annotated[tuple[Slug, ...], Field(min_length=1)]
    samples: NonNegativeInt
    disqualifiers: tuple[Slug, ...]
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(part.max_points for part in self.parts)
        if total != 100:
            raise ValueError(f"the parts sum to {total}, not to 100")
        keys = [scored.key for scored in self.scored]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"the criterion {key} stands twice")
        for criterion in self.criteria:
            for rule in criterion.rules:
                if unknown := [key for key in rule.zero_in if key not in keys]:
                    raise ValueError(f"the rule {rule.key} bears on {unknown[0]}, which nobody scores")
        if any(scored.story_only for scored in self.scored):
            stories = [scored for scored in self.scored if scored.criterion.name_key == STORY]
            if len(stories) != 1:
                raise ValueError("a criterion applies only if there is a story, but none asks for the story")
        return self

    @cached_property
    def scored(self) -> tuple[Scored, ...]:
        """Every criterion a member answers, in the printed order: that of the letters in the marks."""
        return tuple(
            Scored(
                key=criterion.key,
                criterion=criterion,
                letters={option.key: LETTERS[n] for n, option in enumerate(criterion.options)},
                points={LETTERS[n]: option.points for n, option in enumerate(criterion.options)},
                story_only=criterion.has_rule("applies-only-if-story"),
                documents=frozenset(rule.document for rule in criterion.rules if rule.document is not None),
            )
            for criterion in self.criteria
            if criterion.options
        )

    @property
    def criteria(self) -> Iterator[Criterion]:
        """Every criterion in the printed order, those with others or with cases below them included."""
        for part in self.parts:
            yield from part.criteria

    @cached_property
    def places(self) -> dict[str, int]:
        """From the key of a scored criterion to its place in ``scored``."""
        return {scored.key: place for place, scored in enumerate(self.scored)}

    @cached_property
    def story(self) -> int | None:
        """The place of the criterion that says whether a story exists."""
        return next((n for n, scored in enumerate(self.scored) if scored.criterion.name_key == STORY), None)

    @cached_property
    def alternatives(self) -> tuple[tuple[int, ...], ...]:
        """The places of cases of which exactly one is scored, criterion by criterion."""
        places: dict[str, list[int]] = {}
        for place, scored in enumerate(self.scored):
            if scored.criterion.case:
                places.setdefault(scored.criterion.code, []).append(place)
        return tuple(tuple(group) for group in places.values())

    @cached_property
    def gated(self) -> tuple[int, ...]:
        """The places of the criteria in which some star demands a minimum."""
        return tuple(n for n, scored in enumerate(self.scored) if scored.criterion.gated)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _with_those_below(criteria: tuple[Criterion, ...]) -> Iterator[Criterion]:
    for criterion in criteria:
        yield criterion
        yield from _with_those_below(criterion.criteria)


def canonical(content: object) -> str:
    """``content`` (JSON values, no fractions) in the one form that is hashed: names sorted, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(text: str) -> str:
    """The SHA-256 of a canonical text, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

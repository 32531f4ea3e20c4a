"""How the council of a scenario ticks: on the sheet as it is fetched, so that a product comes to about its points."""

from collections.abc import Collection, Iterator, Sequence
from itertools import cycle

from pydantic import BaseModel, ConfigDict


class Printed(BaseModel):
    """A part of a sheet; only what is needed to tick is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Option(Printed):
    key: str
    points: int


class Rule(Printed):
    type: str


class Criterion(Printed):
    code: str
    name_key: str
    case: str | None = None
    star_minimums: dict[str, int | None] = {}
    rules: tuple[Rule, ...] = ()
    options: tuple[Option, ...] = ()
    criteria: tuple["Criterion", ...] = ()

    @property
    def key(self) -> str:
        return f"{self.code}:{self.case}" if self.case else self.code

    @property
    def gated(self) -> bool:
        """Whether some star demands a least number of points: there the members must be of one mind."""
        return any(least is not None for least in self.star_minimums.values())

    def has(self, rule: str) -> bool:
        return any(each.type == rule for each in self.rules)


class Group(Printed):
    criteria: tuple[Criterion, ...]


class Part(Printed):
    groups: tuple[Group, ...]


class PrintedSheet(Printed):
    parts: tuple[Part, ...]

    @property
    def asked(self) -> Iterator[Criterion]:
        """The criteria a member answers: of several cases the first."""
        for part in self.parts:
            for group in part.groups:
                yield from _asked(group.criteria)


class SheetOnFile(Printed):
    """The answer of ``GET /sheets/{hash}``."""

    hash: str
    sheet: PrintedSheet


def _asked(criteria: Sequence[Criterion]) -> Iterator[Criterion]:
    for criterion in criteria:
        if criterion.options:
            yield criterion
        elif criterion.has("choose-one-case"):
            yield from _asked(criterion.criteria[:1])
        else:
            yield from _asked(criterion.criteria)


STORY = "product-story"
STARS = "3"


def tick(
    sheet: PrintedSheet, points: int, *, short_of: Collection[str] = (), leaning: int = 0
) -> dict[str, str | None]:
    """A member's whole sheet: every minimum of 3 stars met, about ``points`` in all.

    In the criteria named in ``short_of`` no option is met. ``leaning`` points more or less come from criteria
    without a star minimum, so that members differ where a council may.
    """
    asked = list(sheet.asked)
    ladder = {each.key: sorted(each.options, key=lambda option: option.points) for each in asked}
    failed = {each.key for each in asked if each.name_key in short_of}
    chosen = {each.key: _least(each, ladder[each.key]) for each in asked if each.key not in failed}
    _raise(chosen, ladder, [each.key for each in asked if each.key not in failed], points)
    free = [each.key for each in asked if each.key in chosen and not each.gated]
    if leaning > 0:
        _raise(chosen, ladder, free, _total(chosen, ladder) + leaning)
    elif leaning < 0:
        _lower(chosen, ladder, free, _total(chosen, ladder) + leaning)
    ticks: dict[str, str | None] = {key: ladder[key][step].key for key, step in chosen.items()}
    ticks |= dict.fromkeys(failed, None)
    if not _tells_a_story(asked, chosen, ladder):
        for each in asked:
            if each.has("applies-only-if-story"):
                del ticks[each.key]
    return ticks


def _least(criterion: Criterion, ladder: Sequence[Option]) -> int:
    """The lowest option a product of 3 stars may have here; a stop rule asks for more than nothing."""
    needed = criterion.star_minimums.get(STARS) or 0
    if criterion.has("stop-scoring") or criterion.name_key == STORY:
        needed = max(needed, 1)
    return next((step for step, option in enumerate(ladder) if option.points >= needed), len(ladder) - 1)


def _total(chosen: dict[str, int], ladder: dict[str, list[Option]]) -> int:
    return sum(ladder[key][step].points for key, step in chosen.items())


def _raise(chosen: dict[str, int], ladder: dict[str, list[Option]], keys: Sequence[str], points: int) -> None:
    """One option up, criterion by criterion and round after round, without passing ``points``."""
    left = points - _total(chosen, ladder)
    stuck = 0
    for key in cycle(keys) if keys else ():
        if stuck == len(keys) or left <= 0:
            return
        step = chosen[key]
        gain = ladder[key][step + 1].points - ladder[key][step].points if step + 1 < len(ladder[key]) else left + 1
        if gain <= left:
            chosen[key] = step + 1
            left -= gain
            stuck = 0
        else:
            stuck += 1


def _lower(chosen: dict[str, int], ladder: dict[str, list[Option]], keys: Sequence[str], points: int) -> None:
    """One option down in the last criteria that allow it, without falling below ``points``."""
    for key in reversed(keys):
        step = chosen[key]
        loss = ladder[key][step].points - ladder[key][step - 1].points if step else 0
        if 0 < loss <= _total(chosen, ladder) - points:
            chosen[key] = step - 1


def _tells_a_story(asked: Sequence[Criterion], chosen: dict[str, int], ladder: dict[str, list[Option]]) -> bool:
    return any(
        each.name_key == STORY and each.key in chosen and ladder[each.key][chosen[each.key]].points > 0
        for each in asked
    )

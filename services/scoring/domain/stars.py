"""From the members' totals to stars: the exact average, its band, and the minimums that each star demands."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from shared.errors import Flaw, Refusal

from .marks import DOES_NOT_APPLY, letter_for, option_at, points_at
from .rule_set import RuleSet
from .sheet import GATED_STARS, Sheet


class AgreementMissing(Refusal):
    """The members differ in a criterion with a star minimum, and the council has not agreed."""

    status = 422
    vi = (
        "Hội đồng chưa thống nhất phương án ở {count} tiêu chí có yêu cầu tối thiểu theo sao. "
        "Hãy ghi phương án đã thống nhất cho từng tiêu chí được nêu."
    )
    en = (
        "The council has not agreed an option in {count} criteria with star minimums. "
        "State the option agreed for each criterion named."
    )


class AgreementNotInOrder(Refusal):
    """What the council is said to have agreed does not fit the sheet or the members' marks."""

    status = 422
    vi = "Phương án thống nhất chưa hợp lệ ở {count} tiêu chí. Hãy sửa từng tiêu chí được nêu."
    en = "The agreed options are not in order in {count} criteria. Mend each criterion named."


class Frozen(BaseModel):
    """A value of a result, never changed once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Average(Frozen):
    """The average total as sum and count, so that nothing is ever rounded before banding."""

    total: NonNegativeInt
    count: PositiveInt

    def reaches(self, floor: int) -> bool:
        return self.total >= floor * self.count

    def __str__(self) -> str:
        """The average cut to two decimals, never rounded up: 269/3 is shown as 89.66, 89999/1000 as 89.99."""
        hundredths = self.total * 100 // self.count
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class FailedMinimum(Frozen):
    """A star the product does not get because of one criterion: points needed there, and points it had."""

    star: int
    criterion: str
    needed: int
    had: int


class Rating(Frozen):
    """The outcome of the rules for one product."""

    band: int
    """The stars of the average alone."""
    stars: int
    potential_five_star: bool
    failed_minimums: tuple[FailedMinimum, ...]
    """For every star above the result, each criterion that stands in its way: the owner's to-do list."""


def agree(sheet: Sheet, marks: Sequence[str], stated: Mapping[str, str | None]) -> str:
    """The council's agreed letter for each criterion with a star minimum, in the order of ``sheet.gated``.

    The law puts the minimum on an option and does not say what counts when members tick different ones.
    Here what all members ticked alike is agreed; where they differ the council's minutes must state the
    option agreed, in ``stated`` (criterion to option, ``None`` for no option met). Raises
    ``AgreementMissing`` with the criteria still open, ``AgreementNotInOrder`` for criteria or options that
    do not fit or that contradict what all have ticked.
    """
    letters: dict[int, str] = {}
    wrong: list[Flaw] = []
    for key, option in stated.items():
        letter = letter_for(sheet, key, option)
        if isinstance(letter, Flaw):
            wrong.append(_agreed(letter))
        elif (place := sheet.places[key]) not in sheet.gated:
            wrong.append(
                _flaw(
                    key,
                    f"Tiêu chí {key} không có yêu cầu tối thiểu theo sao nên không cần thống nhất.",
                    f"Criterion {key} has no star minimum, so nothing is agreed on it.",
                )
            )
        elif len(ticked := {sheet_marks[place] for sheet_marks in marks}) == 1 and letter not in ticked:
            wrong.append(
                _flaw(
                    key,
                    f"Mọi thành viên đã chọn cùng một phương án khác ở tiêu chí {key}.",
                    f"All members ticked one other option in criterion {key}.",
                )
            )
        else:
            letters[place] = letter
    if wrong:
        raise AgreementNotInOrder(*wrong, count=len(wrong))
    open_keys: list[str] = []
    for place in sheet.gated:
        ticked = {sheet_marks[place] for sheet_marks in marks}
        if len(ticked) == 1:
            letters[place] = ticked.pop()
        elif place not in letters:
            open_keys.append(sheet.scored[place].key)
    if open_keys:
        raise AgreementMissing(
            *(
                _flaw(
                    key,
                    f"Các thành viên chọn khác nhau ở tiêu chí {key}; hãy ghi phương án hội đồng thống nhất.",
                    f"The members differ in criterion {key}; state the option the council agreed.",
                )
                for key in open_keys
            ),
            count=len(open_keys),
        )
    return "".join(letters[place] for place in sheet.gated)


def differing(sheet: Sheet, marks: Sequence[str]) -> tuple[str, ...]:
    """The criteria with a star minimum in which the members ticked different options."""
    return tuple(
        sheet.scored[place].key for place in sheet.gated if len({sheet_marks[place] for sheet_marks in marks}) > 1
    )


def band(rule_set: RuleSet, average: Average) -> int:
    """The stars of the average alone, by half-open bands (Decision 26/2026/QĐ-TTg, article 3.3)."""
    return max(one.stars for one in rule_set.star_bands if average.reaches(one.floor))


def failed_minimums(sheet: Sheet, agreed: str) -> tuple[FailedMinimum, ...]:
    """Every criterion that stands in the way of a star (annex II, footnote of each sheet).

    A minimum at 3 stars also binds 4 and 5; the data say so star by star. No option met counts 0 points. A
    case of a criterion that the council did not choose demands nothing.
    """
    failed: list[FailedMinimum] = []
    for star in GATED_STARS:
        for place, letter in zip(sheet.gated, agreed, strict=True):
            criterion = sheet.scored[place].criterion
            needed = criterion.star_minimums.at(star)
            if needed is None or (criterion.case and letter == DOES_NOT_APPLY):
                continue
            had = points_at(sheet, place, letter)
            if had < needed:
                failed.append(FailedMinimum(star=star, criterion=criterion.key, needed=needed, had=had))
    return tuple(failed)


def rate(rule_set: RuleSet, sheet: Sheet, average: Average, agreed: str, authority: str) -> Rating:
    """The most stars whose band and whose minimums both hold (Decision 26/2026/QĐ-TTg, article 3.3).

    A failed minimum lowers the star and never the points. A province gives at most 4 stars: what would be 5 at
    the Ministry, by the average at which its products go there and by every minimum, is a potential 5 stars
    (article 7.3). A product that fails a minimum cannot be rated 5 there, whatever its average.
    """
    by_average = band(rule_set, average)
    failed = failed_minimums(sheet, agreed)
    barred = {one.star for one in failed}
    limit = rule_set.highest_star(authority)
    highest = min(by_average, limit)
    stars = max(star for star in range(1, highest + 1) if not any(low <= star for low in barred))
    return Rating(
        band=by_average,
        stars=stars,
        potential_five_star=limit < 5 and average.reaches(rule_set.potential_from()) and not failed,
        failed_minimums=tuple(one for one in failed if one.star > stars),
    )


def read_agreed(sheet: Sheet, agreed: str) -> dict[str, str | None]:
    """The agreed option of each criterion with a star minimum."""
    return {
        sheet.scored[place].key: option_at(sheet, place, letter)
        for place, letter in zip(sheet.gated, agreed, strict=True)
    }


def _flaw(key: str, vi: str, en: str) -> Flaw:
    return Flaw(f"/agreed/{key}", vi, en)


def _agreed(flaw: Flaw) -> Flaw:
    return flaw._replace(pointer=flaw.pointer.replace("/ticks/", "/agreed/", 1))

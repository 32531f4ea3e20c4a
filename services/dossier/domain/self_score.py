"""What the owner's own marks would come to: the likely star, and what stands between it and the next."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.sheet import STORY, STORY_ONLY, Band, Criterion, Sheet
from shared.errors import Flaw


class Shortfall(BaseModel):
    """A criterion that stands in the way of a star: the points needed there, and those marked."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    needed: int
    had: int


class Gap(BaseModel):
    """What is missing to a star: points of the total, and minimums."""

    model_config = ConfigDict(frozen=True)

    stars: int
    points: int
    minimums: tuple[Shortfall, ...]


class Likely(BaseModel):
    """The owner's self-score by the rules of the council; ``unanswered`` criteria count 0 points."""

    model_config = ConfigDict(frozen=True)

    total: int
    band: int
    stars: int
    next: Gap | None
    unanswered: tuple[str, ...]


Marks = Mapping[str, str]


def flaws(sheet: Sheet, marks: Marks) -> tuple[Flaw, ...]:
    """The marks that do not fit the sheet: a criterion or an option it does not have, two cases of one criterion."""
    found = [_flaw(key, *_NO_CRITERION) for key in marks if key not in sheet.scored]
    chosen: set[str] = set()
    for key, criterion in _marked(sheet, marks):
        if criterion.points(marks[key]) is None:
            found.append(_flaw(key, *_NO_OPTION))
        elif criterion.case is not None and criterion.code in chosen:
            found.append(_flaw(key, *_TWO_CASES))
        chosen.add(criterion.code)
    return tuple(found)


def points(sheet: Sheet, marks: Marks) -> dict[str, int]:
    """The points of each criterion that applies; what is not marked, or does not fit, has 0.

    A criterion that judges the story is scored only where a story exists, and of several cases the one that is marked.
    """
    had = {key: criterion.points(marks.get(key, "")) or 0 for key, criterion in sheet.scored.items()}
    story = any(had[key] for key, criterion in sheet.scored.items() if criterion.name_key == STORY)
    cases = {criterion.code for _, criterion in _marked(sheet, marks) if criterion.case is not None}
    return {
        key: had[key]
        for key, criterion in sheet.scored.items()
        if (story or not _only_with_story(criterion))
        and (criterion.case is None or criterion.code not in cases or key in marks)
    }


def likely(sheet: Sheet, bands: Sequence[Band], marks: Marks) -> Likely:
    """The most stars whose band and whose minimums both hold (Decision 26/2026/QĐ-TTg, article 3.3 and annex II)."""
    had = points(sheet, marks)
    total = sum(had.values())
    band = max(each.stars for each in bands if total >= each.floor)
    gaps = [_gap(sheet, each, had, total) for each in sorted(bands, key=lambda each: each.stars)]
    stars = max(each.stars for each in gaps if not each.points and not each.minimums)
    answered = {sheet.scored[key].code for key in marks if key in sheet.scored}
    return Likely(
        total=total,
        band=band,
        stars=stars,
        next=next((each for each in gaps if each.stars == stars + 1), None),
        unanswered=tuple(
            dict.fromkeys(sheet.scored[key].code for key in had if sheet.scored[key].code not in answered)
        ),
    )


def _gap(sheet: Sheet, band: Band, had: Mapping[str, int], total: int) -> Gap:
    minimums: dict[str, Shortfall] = {}
    for key, points in had.items():
        criterion = sheet.scored[key]
        # Of cases among which none is chosen yet the first stands for the criterion.
        if (needed := criterion.star_minimums.get(band.stars, 0)) > points and criterion.code not in minimums:
            minimums[criterion.code] = Shortfall(criterion=key, needed=needed, had=points)
    return Gap(stars=band.stars, points=max(0, band.floor - total), minimums=tuple(minimums.values()))


def _marked(sheet: Sheet, marks: Marks) -> list[tuple[str, Criterion]]:
    return [(key, criterion) for key, criterion in sheet.scored.items() if key in marks]


def _only_with_story(criterion: Criterion) -> bool:
    return any(rule.type == STORY_ONLY for rule in criterion.rules)


_NO_CRITERION = ("Bộ tiêu chí không có tiêu chí này.", "The sheet has no such criterion.")
_NO_OPTION = ("Tiêu chí này không có phương án đã chọn.", "This criterion has no such option.")
_TWO_CASES = ("Tiêu chí này chỉ chấm một trường hợp.", "Only one case of this criterion is scored.")


def _flaw(key: str, vi: str, en: str) -> Flaw:
    return Flaw(f"/form/marks/{key[:40].replace('~', '~0').replace('/', '~1')}", vi, en)

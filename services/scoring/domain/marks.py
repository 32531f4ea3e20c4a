"""A member's marks: one letter per scored criterion, made of the options ticked and read back into them."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from shared.errors import Flaw, Refusal

from .sheet import Scored, Sheet

NO_OPTION_MET = "-"
"""The member has looked and no option of the criterion is met: 0 points."""
DOES_NOT_APPLY = "."
"""The criterion is not put to the product: another case was chosen, or there is no story to judge."""

Ticks = Mapping[str, str | None]
"""From the key of a scored criterion to the key of the option ticked; ``None`` says that no option is met."""


class SheetNotInOrder(Refusal):
    """Some ticks do not fit the sheet; the flaws name each criterion."""

    status = 422
    vi = "Phiếu chấm chưa hợp lệ ở {count} tiêu chí. Hãy sửa từng tiêu chí được nêu rồi gửi lại."
    en = "The sheet is not in order in {count} criteria. Mend each criterion named and send it again."


class Mark(BaseModel):
    """One answer of a member, readable."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    option: str | None
    points: int
    applies: bool


def tick(sheet: Sheet, ticks: Ticks, evidence: Collection[str] | None = None) -> str:
    """The marks that ``ticks`` make on ``sheet``, one letter per scored criterion in the printed order.

    Every criterion that applies must be answered, by one of its options or by ``None``: points are options
    ticked, and a criterion with no option met gives 0 (Decision 26/2026/QĐ-TTg, annex II). Of alternative
    cases exactly one is answered; a criterion that judges the story is answered only where a story exists; an
    option gives points only with the documents its criterion demands among ``evidence``, the kinds of papers in
    the file (``None`` where they are not known).
    Raises ``SheetNotInOrder`` with a flaw for each criterion that is wrong.
    """
    flaws = [_unknown(key) for key in ticks if key not in sheet.places]
    has_story = _has_story(sheet, ticks)
    chosen = {place: _chosen(sheet, places, ticks) for places in sheet.alternatives for place in places}
    letters: list[str] = []
    for place, scored in enumerate(sheet.scored):
        if scored.story_only and not has_story:
            if ticks.get(scored.key) is not None:
                flaws.append(_story_missing(scored))
            letters.append(DOES_NOT_APPLY)
        elif scored.key in ticks:
            letter = _letter(scored, ticks[scored.key])
            if letter is None:
                flaws.append(_foreign(sheet, scored, ticks[scored.key]))
            elif lacking := _lacking(scored, letter, evidence):
                flaws.append(_document_missing(scored, lacking))
            letters.append(letter or NO_OPTION_MET)
        elif chosen.get(place):
            letters.append(DOES_NOT_APPLY)
        else:
            # Of several unanswered cases the first one stands for the criterion, so that it is named once.
            if place not in chosen or _first_case(sheet, place):
                flaws.append(_unanswered(scored))
            letters.append(NO_OPTION_MET)
    flaws += [
        _two_cases(sheet.scored[places[0]]) for places in sheet.alternatives if len(_chosen(sheet, places, ticks)) > 1
    ]
    if flaws:
        raise SheetNotInOrder(*flaws, count=len({flaw.pointer for flaw in flaws}))
    return "".join(letters)


def total(sheet: Sheet, marks: str) -> int:
    """The points of ``marks``, 0 to 100: the sum over the criteria (Decision 26/2026/QĐ-TTg, article 3.3)."""
    return sum(points_at(sheet, place, letter) for place, letter in enumerate(marks))


def points_at(sheet: Sheet, place: int, letter: str) -> int:
    """The points of one letter; no option met, or a criterion that does not apply, gives 0."""
    return sheet.scored[place].points.get(letter, 0)


def read(sheet: Sheet, marks: str) -> tuple[Mark, ...]:
    """``marks`` as answers, criterion by criterion."""
    return tuple(
        Mark(
            criterion=scored.key,
            option=option_at(sheet, place, letter),
            points=scored.points.get(letter, 0),
            applies=letter != DOES_NOT_APPLY,
        )
        for place, (scored, letter) in enumerate(zip(sheet.scored, marks, strict=True))
    )


def option_at(sheet: Sheet, place: int, letter: str) -> str | None:
    """The key of the option behind one letter, ``None`` where none is met or the criterion does not apply."""
    for option, its_letter in sheet.scored[place].letters.items():
        if its_letter == letter:
            return option
    return None


def letter_for(sheet: Sheet, key: str, option: str | None) -> str | Flaw:
    """The letter of one answer outside a whole sheet, or what is wrong with it."""
    if key not in sheet.places:
        return _unknown(key)
    scored = sheet.scored[sheet.places[key]]
    return _letter(scored, option) or _foreign(sheet, scored, option)


def flaw_at(key: str, vi: str, en: str) -> Flaw:
    """What is wrong with the answer filed under ``key``."""
    pointer = key.replace("~", "~0").replace("/", "~1")
    return Flaw(f"/ticks/{pointer}", vi, en)


def _letter(scored: Scored, option: str | None) -> str | None:
    return NO_OPTION_MET if option is None else scored.letters.get(option)


def _has_story(sheet: Sheet, ticks: Ticks) -> bool:
    """Whether the member sees a story: an option with points is ticked where the sheet asks for it."""
    if sheet.story is None:
        return False
    scored = sheet.scored[sheet.story]
    letter = _letter(scored, ticks.get(scored.key))
    return letter is not None and scored.points.get(letter, 0) > 0


def _lacking(scored: Scored, letter: str, evidence: Collection[str] | None) -> list[str]:
    """The documents without which this letter cannot give its points."""
    if evidence is None or not scored.points.get(letter, 0):
        return []
    return sorted(scored.documents.difference(evidence))


def _chosen(sheet: Sheet, places: tuple[int, ...], ticks: Ticks) -> list[int]:
    return [place for place in places if sheet.scored[place].key in ticks]


def _first_case(sheet: Sheet, place: int) -> bool:
    return any(places[0] == place for places in sheet.alternatives)


def _unknown(key: str) -> Flaw:
    shown = key[:40]
    return flaw_at(key, f"Phiếu này không có tiêu chí «{shown}».", f"This sheet has no criterion “{shown}”.")


def _unanswered(scored: Scored) -> Flaw:
    code = scored.criterion.code
    return flaw_at(
        scored.criterion.code if scored.criterion.case else scored.key,
        f"Tiêu chí {code} chưa được trả lời; hãy chọn một phương án hoặc «không đạt phương án nào».",
        f"Criterion {code} is not answered; tick an option or “no option met”.",
    )


def _foreign(sheet: Sheet, scored: Scored, option: str | None) -> Flaw:
    shown = (option or "")[:80]
    owner = next((other for other in sheet.scored if option in other.letters), None)
    if owner is None:
        return flaw_at(
            scored.key,
            f"Phiếu này không có phương án «{shown}» (tiêu chí {scored.key}).",
            f"This sheet has no option “{shown}” (criterion {scored.key}).",
        )
    return flaw_at(
        scored.key,
        f"Phương án «{shown}» thuộc tiêu chí {owner.key}, không thuộc tiêu chí {scored.key}.",
        f"The option “{shown}” belongs to criterion {owner.key}, not to criterion {scored.key}.",
    )


def _story_missing(scored: Scored) -> Flaw:
    return flaw_at(
        scored.key,
        f"Tiêu chí {scored.key} chỉ chấm khi sản phẩm có câu chuyện; hãy bỏ trống tiêu chí này.",
        f"Criterion {scored.key} is scored only for a product with a story; leave it out.",
    )


def _document_missing(scored: Scored, lacking: Sequence[str]) -> Flaw:
    shown = ", ".join(lacking)
    return flaw_at(
        scored.key,
        f"Tiêu chí {scored.key} chỉ có điểm khi hồ sơ có {shown}; hãy chọn «không đạt phương án nào».",
        f"Criterion {scored.key} gives points only with {shown} in the file; tick “no option met”.",
    )


def _two_cases(scored: Scored) -> Flaw:
    code = scored.criterion.code
    return flaw_at(
        code,
        f"Tiêu chí {code} chỉ chấm một trong các trường hợp; hãy bỏ các trường hợp còn lại.",
        f"Criterion {code} is scored for one case only; leave the other cases out.",
    )

"""Supplements: named things asked for by a date; answered in parts or whole, given more time, or lapsed."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.dossier.domain.dossier import Dossier, Submission, check, settled, versioned
from services.dossier.domain.machine import State
from services.dossier.domain.steps import Extension, Item, Office, Supplement
from shared.errors import Flaw, Refusal

MOST_SUPPLEMENTS = 20
MOST_EXTENSIONS = 5
LONGEST = timedelta(days=366)
"""How far ahead a date may lie."""

OFFICE_AT: Mapping[State, Office] = {
    "commune_review": "commune",
    "commune_supplement": "commune",
    "agency_check": "agency",
    "agency_supplement": "agency",
    "submitted": "council",
    "scoring": "council",
    "council_supplement": "council",
}
"""For which office something is asked while the dossier stands there."""


class SupplementDateUnusable(Refusal):
    status = 422
    vi = "Hạn bổ sung phải sau ngày {after} và không quá ngày {latest}."
    en = "The date of a supplement lies after {after} and not after {latest}."

    @classmethod
    def check(cls, until: date, after: date, today: date) -> None:
        """Raises it for a date that is not later than ``after``, or too far from ``today``."""
        if not after < until <= today + LONGEST:
            flaw = Flaw("/until", "Ngày không hợp lệ.", "This date is not possible.")
            raise cls(flaw, after=after, latest=today + LONGEST)


class SupplementOverdue(Refusal):
    """The date counts, whether or not the timer has rung."""

    vi = "Yêu cầu bổ sung số {number} đã hết hạn ngày {until}. Hãy liên hệ cơ quan đã yêu cầu."
    en = "The time for request {number} was over on {until}. Turn to the office that asked."


class SupplementUnknown(Refusal):
    status = 404
    vi = "Hồ sơ không có yêu cầu bổ sung số {number} còn mở."
    en = "The dossier has no open request for supplements with number {number}."


class ItemNotAsked(Refusal):
    status = 422
    vi = "Yêu cầu bổ sung không có mục này, hoặc mục đã được trả lời. Các mục còn thiếu: {left}."
    en = "This was not asked for, or is answered already. Still missing: {left}."


class TooManySupplements(Refusal):
    vi = "Hồ sơ đã có {count} lần yêu cầu hoặc gia hạn, là mức cao nhất. Hãy xem xét dừng hồ sơ."
    en = "There were {count} requests or extensions, the most there can be. Consider stopping the case."


def ask(dossier: Dossier, items: tuple[Item, ...], until: date, *, by: str, on: date) -> Dossier:
    """The dossier with named things asked for by a date (Decision 26/2026/QĐ-TTg, articles 7.2 and 7.3).

    Raises ``MoveNotAllowed`` and its like, ``SupplementDateUnusable`` or ``TooManySupplements``.
    """
    check(dossier, "ask", by)
    SupplementDateUnusable.check(until, on, on)
    if len(dossier.supplements) >= MOST_SUPPLEMENTS:
        raise TooManySupplements(count=MOST_SUPPLEMENTS)
    asked = Supplement(
        number=len(dossier.supplements) + 1,
        office=OFFICE_AT[dossier.state],
        asked_on=on,
        until=until,
        items=items,
    )
    return settled(dossier, supplements=(*dossier.supplements, asked))


def answer(dossier: Dossier, number: int, answers: Mapping[str, str], *, by: str, on: date) -> Dossier:
    """The dossier with answers to some or all of what was asked; the last one makes a new version of the file.

    While a council asked, the new version takes the place of the former before it. Raises ``MoveNotAllowed`` and its
    like, ``SupplementUnknown``, ``SupplementOverdue`` or ``ItemNotAsked``.
    """
    check(dossier, "answer", by)
    asked = _open(dossier, number, on)
    left = [item.name for item in asked.left]
    if unknown := [name for name in answers if name not in left]:
        flaws = [Flaw("/answers", f"«{name}»: không được yêu cầu.", f"“{name}” was not asked for.") for name in unknown]
        raise ItemNotAsked(*flaws, left=", ".join(left))
    items = tuple(
        item.model_copy(update={"answer": answers[item.name], "answered_on": on}) if item.name in answers else item
        for item in asked.items
    )
    whole = all(item.answered_on is not None for item in items)
    after = asked.model_copy(update={"items": items, "answered_on": on if whole else None})
    if not whole:
        return _with(dossier, after)
    return _with(_renewed(versioned(dossier, on), after), after)


def extend(dossier: Dossier, number: int, extension: Extension, by: str) -> Dossier:
    """The dossier with more time for what is still missing.

    Raises ``MoveNotAllowed`` and its like, ``SupplementUnknown``, ``SupplementOverdue``, ``SupplementDateUnusable`` or
    ``TooManySupplements``.
    """
    check(dossier, "extend", by)
    asked = _open(dossier, number, extension.on)
    SupplementDateUnusable.check(extension.until, asked.until, extension.on)
    if len(asked.extensions) >= MOST_EXTENSIONS:
        raise TooManySupplements(count=MOST_EXTENSIONS)
    extended = {"until": extension.until, "extensions": (*asked.extensions, extension)}
    return _with(dossier, asked.model_copy(update=extended))


def lapse(dossier: Dossier, today: date) -> Dossier:
    """The dossier without its open request once the date has passed; back with the office, which then decides."""
    asked = dossier.supplement
    if asked is None or today <= asked.until or not dossier.state.endswith("_supplement"):
        return dossier
    return _with(dossier, asked.model_copy(update={"lapsed_on": today}))


def _open(dossier: Dossier, number: int, on: date) -> Supplement:
    asked = dossier.supplement
    if asked is None or asked.number != number:
        raise SupplementUnknown(number=number)
    if on > asked.until:
        raise SupplementOverdue(number=number, until=asked.until)
    return asked


def _with(dossier: Dossier, supplement: Supplement) -> Dossier:
    return settled(
        dossier,
        supplements=tuple(supplement if each.number == supplement.number else each for each in dossier.supplements),
    )


def _renewed(dossier: Dossier, answered: Supplement) -> Dossier:
    """With the new version before the council that asked; until its first sheet is in, that is what it rates."""
    last = dossier.submitted
    newest = dossier.manifests[-1]
    if answered.office != "council" or last is None or newest.hash == last.manifest_hash:
        return dossier
    renewed = Submission(
        to=last.to,
        attempt=last.attempt,
        case_kind=last.case_kind,
        manifest_version=newest.version,
        manifest_hash=newest.hash,
        manifest=newest.text,
        received_on=last.received_on,
    )
    return dossier.but(submissions=(*dossier.submissions, renewed))

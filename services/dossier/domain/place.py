"""Provinces and communes in time: which code stood for what and when, and who came after whom."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from services.dossier.domain.round import Lenient
from shared.errors import Flaw, Refusal

_CODE_NOW = re.compile(r"(\d{2})-(\d{5})-(\d{2,5})-(20\d{2})")
_CODE_BEFORE = re.compile(r"(\d{2})-(\d{3})-(\d{5})-(\d{1,5})-(20\d{2})")
"""Product codes of 2020 to 2025 name a district between province and commune."""
DISTRICTS_ENDED = date(2025, 7, 1)
"""From here on there are provinces and communes only (Resolution 202/2025/QH15)."""


class CommuneEnded(Refusal):
    """Nothing new is registered in a commune that was merged into another."""

    status = 422
    vi = "Xã {commune} đã kết thúc ngày {until}. Hãy dùng mã xã kế tiếp: {successors}."
    en = "Commune {commune} ended on {until}. Use the code of the one that came after it: {successors}."


class CommuneGoesOn(Refusal):
    """What belongs to a commune moves only once that has ended."""

    vi = "Xã {commune} chưa kết thúc, nên không chuyển hồ sơ của xã."
    en = "Commune {commune} has not ended, so nothing of it moves."


class NotASuccessor(Refusal):
    status = 422
    vi = "Xã {to} không kế tiếp xã {commune}. Các xã kế tiếp: {successors}."
    en = "Commune {to} did not come after commune {commune}. Those that did: {successors}."


class ProductCodeUnreadable(Refusal):
    status = 422
    vi = "«{code}» không có dạng mã sản phẩm của thời kỳ nào."
    en = "“{code}” has the form of a product code of no time."


class Place(Lenient):
    """One province or commune from one day to another. A code may stand for another place at another time."""

    code: str = Field(pattern=r"^(\d{2}|\d{5})$")
    name: str = Field(min_length=1)
    since: date = Field(alias="from")
    until: date | None
    successors: tuple[str, ...]
    basis: str = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.until is not None and (self.until < self.since or not self.successors):
            raise ValueError("until: it lies before the beginning, or nobody comes after")
        if any(len(code) != len(self.code) for code in self.successors):
            raise ValueError("successors: a commune comes after a commune, a province after a province")
        return self

    def stood(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


class ReadCode(NamedTuple):
    """What a product code says, in the terms of its own time."""

    province: str
    province_name: str
    province_today: str
    district: str | None
    commune: str
    commune_today: tuple[str, ...]
    number: int
    year: int


class Places:
    """Those there were and are. A commune that is not listed stands: only what changes is kept as data."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Raises ``ValueError`` where a code stands for two places on one day, or nobody knows who came after."""
        self._by_code: dict[str, list[Place]] = {}
        for place in sorted(places, key=lambda each: each.since):
            held = self._by_code.setdefault(place.code, [])
            if held and (held[-1].until is None or held[-1].until >= place.since):
                raise ValueError(f"{place.code}: it stands for two places on {place.since}")
            held.append(place)
        for code in self._by_code:
            self.today(code, date.max)

    def at(self, code: str, on: date) -> Place | None:
        """The place a code stood for on a day; None when that is not known."""
        return next((each for each in self._by_code.get(code, ()) if each.stood(on)), None)

    def ended(self, code: str, on: date) -> Place | None:
        """The last place the code stood for, once it has ended and the code stands for none."""
        held = [each for each in self._by_code.get(code, ()) if each.since <= on]
        return held[-1] if held and not held[-1].stood(on) else None

    def today(self, code: str, on: date) -> tuple[str, ...]:
        """The codes that stand on ``on`` for what ``code`` last stood for: itself, or those that came after it."""
        found, waiting, seen = list[str](), [code], set[str]()
        while waiting:
            one = waiting.pop(0)
            if one in seen:
                raise ValueError(f"{code}: it comes after itself")
            seen.add(one)
            gone = self.ended(one, on)
            if gone is None:
                found.append(one)
            else:
                waiting += gone.successors
        return tuple(dict.fromkeys(found))

    def before(self, code: str, on: date) -> frozenset[str]:
        """The codes whose places have been merged into that of ``code``, itself included."""
        return frozenset(each for each in self._by_code if code in self.today(each, on)) | {code}

    def check_commune(self, code: str, on: date) -> None:
        """Raises ``CommuneEnded`` for a commune that does not stand any more."""
        gone = self.ended(code, on)
        if gone is not None:
            successors = ", ".join(self.today(code, on))
            flaw = Flaw("/commune", f"Hãy dùng mã {successors}.", f"Use the code {successors}.")
            raise CommuneEnded(flaw, commune=code, until=gone.until, successors=successors)

    def successor(self, code: str, to: str | None, on: date) -> str:
        """Where to what belongs to an ended commune moves; ``to`` is needed where it was divided.

        Raises ``CommuneGoesOn`` or ``NotASuccessor``.
        """
        if self.ended(code, on) is None:
            raise CommuneGoesOn(commune=code)
        successors = self.today(code, on)
        if to is None and len(successors) == 1:
            return successors[0]
        if to is None or to not in successors:
            raise NotASuccessor(to=to or "–", commune=code, successors=", ".join(successors))
        return to

    def read(self, code: str, on: date) -> ReadCode:
        """A product code in the terms of its own time, never of today's. Raises ``ProductCodeUnreadable``.

        The same two digits meant Bắc Giang in 2024 and Bắc Ninh in 2026: which, the form of the code tells.
        """
        if match := _CODE_NOW.fullmatch(code):
            province, commune, number, year = match.groups()
            district, stood = None, max(date(int(year), 12, 31), DISTRICTS_ENDED)
        elif match := _CODE_BEFORE.fullmatch(code):
            province, district, commune, number, year = match.groups()
            stood = min(date(int(year), 12, 31), DISTRICTS_ENDED - timedelta(days=1))
        else:
            raise ProductCodeUnreadable(code=code[:64])
        place = self.at(province, stood)
        if place is None:
            raise ProductCodeUnreadable(code=code[:64])
        return ReadCode(
            province=province,
            province_name=place.name,
            province_today=province if place.until is None else place.successors[0],
            district=district,
            commune=commune,
            commune_today=self.today(commune, on),
            number=int(number),
            year=int(year),
        )

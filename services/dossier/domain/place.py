"""Provinces and communes in time: which code stood for what and when, and who came after whom."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from services.dossier.domain.round import Lenient
from shared.document import CENTRE
from shared.errors import Flaw, Refusal
from shared.text import vietnamese_order

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


class CommuneUnknown(Refusal):
    """Nothing is registered under a code that stands for no commune."""

    status = 422
    vi = "Không có xã mang mã {commune}. Hãy dùng mã năm chữ số theo Quyết định 19/2025/QĐ-TTg."
    en = "There is no commune with the code {commune}. Use its five digits of Decision 19/2025/QĐ-TTg."


class CommuneOfAnotherProvince(Refusal):
    """A province registers what belongs to its own communes."""

    status = 422
    vi = "{name} (mã {commune}) thuộc tỉnh {province}, không thuộc tỉnh {authority}."
    en = "{name} (code {commune}) belongs to province {province}, not to {authority}."


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
    province: str | None = Field(default=None, pattern=r"^\d{2}$")
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
    commune_name: str | None
    commune_today: tuple[str, ...]
    number: int
    year: int


class Places:
    """Those there were and are, each from one day to another."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Raises ``ValueError`` where a code stands for two places on one day, or nobody stands after a place."""
        self._by_code: dict[str, list[Place]] = {}
        self._before: dict[str, list[str]] = {}
        for place in sorted(places, key=lambda each: each.since):
            held = self._by_code.setdefault(place.code, [])
            if held and (held[-1].until is None or held[-1].until >= place.since):
                raise ValueError(f"{place.code}: it stands for two places on {place.since}")
            held.append(place)
            for successor in place.successors:
                self._before.setdefault(successor, []).append(place.code)
        for held in self._by_code.values():
            for place in held:
                self._heirs(place, date.max)

    def at(self, code: str, on: date) -> Place | None:
        """The place a code stood for on a day; None when that is not known."""
        return next((each for each in self._by_code.get(code, ()) if each.stood(on)), None)

    def name(self, code: str, on: date) -> str:
        """What people call it; of a code that stands for no place then, the code itself."""
        place = self.at(code, on)
        return f"Xã có mã {code}" if place is None else place.name

    def communes(self, province: str, on: date) -> list[Place]:
        """The communes that stood in a province on a day, in the order of the Vietnamese alphabet."""
        of_day = (self.at(code, on) for code, held in self._by_code.items() if held[0].province is not None)
        found = (each for each in of_day if each is not None and each.province == province)
        return sorted(found, key=lambda each: (vietnamese_order(each.name), each.code))

    def ended(self, code: str, on: date) -> Place | None:
        """The last place the code stood for, once it has ended and the code stands for none."""
        held = [each for each in self._by_code.get(code, ()) if each.since <= on]
        return held[-1] if held and not held[-1].stood(on) else None

    def today(self, code: str, on: date) -> tuple[str, ...]:
        """The codes that stand on ``on`` for what ``code`` last stood for: itself, or those that came after it."""
        gone = self.ended(code, on)
        return (code,) if gone is None else self._heirs(gone, on)

    def heirs(self, code: str, stood: date, on: date) -> tuple[str, ...]:
        """The codes that stand on ``on`` for what ``code`` stood for on an earlier day, whatever it stands for now."""
        place = self.at(code, stood)
        return self.today(code, on) if place is None else self._heirs(place, on)

    def before(self, code: str, on: date) -> frozenset[str]:
        """The codes whose places have been merged into that of ``code``, itself included."""
        found, waiting = {code}, [code]
        while waiting:
            earlier = {each for each in self._before.get(waiting.pop(), ()) if each not in found}
            merged = {each for each in earlier if code in self.today(each, on)}
            found |= merged
            waiting += merged
        return frozenset(found)

    def check_commune(self, code: str, authority: str, on: date) -> None:
        """Raises ``CommuneEnded``, ``CommuneUnknown`` or ``CommuneOfAnotherProvince`` where nothing is registered."""
        if (gone := self.ended(code, on)) is not None:
            successors = ", ".join(self.today(code, on))
            flaw = Flaw("/commune", f"Hãy dùng mã {successors}.", f"Use the code {successors}.")
            raise CommuneEnded(flaw, commune=code, until=gone.until, successors=successors)
        place = self.at(code, on)
        if place is None:
            flaw = Flaw("/commune", "Không có xã mang mã này.", "There is no commune with this code.")
            raise CommuneUnknown(flaw, commune=code)
        if place.province is not None and authority not in (place.province, CENTRE):
            flaw = Flaw("/commune", f"Xã này thuộc tỉnh {place.province}.", f"It belongs to province {place.province}.")
            raise CommuneOfAnotherProvince(
                flaw, name=place.name, commune=code, province=place.province, authority=authority
            )

    def _heirs(self, place: Place, on: date) -> tuple[str, ...]:
        """Who came after the place, followed to those that stand on ``on``; only these are listed, each once."""
        if place.until is None or on <= place.until:
            return (place.code,)
        followed = (self._heirs(heir, on) for heir in self._next(place))
        return tuple(dict.fromkeys(code for codes in followed for code in codes))

    def _next(self, place: Place) -> Iterator[Place]:
        """Those that came after a place on the day after its last, so that nothing ever comes after itself."""
        assert place.until is not None
        for code in place.successors:
            heir = self.at(code, place.until + timedelta(days=1))
            if heir is None:
                raise ValueError(f"{place.code}: {code}, which is to come after it, does not stand on the day after")
            yield heir

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
            commune_name=None if (of_then := self.at(commune, stood)) is None else of_then.name,
            commune_today=self.heirs(commune, stood, on),
            number=int(number),
            year=int(year),
        )

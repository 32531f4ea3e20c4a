"""Where a product comes from, as it is written: its commune by name, in its province."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import Field

from .office import Bilingual, IssuingOffice
from .rule_set import Lenient


class Commune(Lenient):
    """A commune, ward or special zone by its code of Decision 19/2025/QĐ-TTg."""

    code: str = Field(pattern=r"^\d{5}$")
    kind: Literal["commune", "ward", "special_zone"]
    name: str = Field(min_length=1)

    @property
    def title(self) -> Bilingual:
        vi, en = {
            "commune": ("xã", "Commune"),
            "ward": ("phường", "Ward"),
            "special_zone": ("đặc khu", "Special Zone"),
        }[self.kind]
        return Bilingual(vi=f"{vi} {self.name}", en=f"{self.name} {en}")


class Places(NamedTuple):
    """The communes and the provinces by their codes."""

    communes: Mapping[str, Commune]
    provinces: Mapping[str, IssuingOffice]

    def commune(self, code: str) -> Bilingual:
        """What the commune is called; its code where that is of another time than the list."""
        known = self.communes.get(code)
        return known.title if known is not None else Bilingual(vi=f"mã xã {code}", en=f"commune {code}")

    def origin(self, province: str, commune: str) -> Bilingual:
        """The commune in its province: «phường Tam Điệp, tỉnh Ninh Bình»."""
        small, around = self.commune(commune), self.provinces.get(province)
        if around is None:
            return small
        return Bilingual(vi=f"{small.vi}, {around.place.vi}", en=f"{small.en}, {around.place.en}")

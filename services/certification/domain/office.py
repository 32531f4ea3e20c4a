"""The office that issues certificates, as its name stands on what it issues."""

from typing import Literal

from pydantic import Field

from .rule_set import Lenient


class Bilingual(Lenient):
    """The same in Vietnamese and in English."""

    vi: str
    en: str


class IssuingOffice(Lenient):
    """A province or centrally run city of Decision 19/2025/QĐ-TTg, or the Ministry; ``name`` is where it sits."""

    code: str = Field(pattern=r"^\d\d$")
    kind: Literal["province", "city", "ministry"]
    name: str = Field(min_length=1)

    @property
    def title(self) -> Bilingual:
        if self.kind == "ministry":
            return Bilingual(vi="Bộ Nông nghiệp và Môi trường", en="Ministry of Agriculture and Environment")
        return Bilingual(vi=f"Ủy ban nhân dân {self.place.vi}", en=f"People's Committee of {self.place.en}")

    @property
    def head(self) -> Bilingual:
        """Who certifies: the province's chair, or the Minister (Decision 26/2026/QĐ-TTg, articles 7.3 and 7.4)."""
        if self.kind == "ministry":
            return Bilingual(vi=f"Bộ trưởng {self.title.vi}", en="The Minister of Agriculture and Environment")
        return Bilingual(vi=f"Chủ tịch {self.title.vi}", en=f"The Chair of the {self.title.en}")

    @property
    def place(self) -> Bilingual:
        if self.kind == "province":
            return Bilingual(vi=f"tỉnh {self.name}", en=f"{self.name} Province")
        return Bilingual(vi=f"thành phố {self.name}", en=f"{self.name} City")

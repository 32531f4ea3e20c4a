"""The owner's self-assessment (form 02, in its first extent): what it says, and what a complete one must say."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.errors import Flaw
from shared.text import Text

Evidence = Literal[
    "business_registration",
    "production_conditions",
    "material_origin",
    "environment",
    "labour_list",
    "growth",
    "intellectual_property",
    "market",
    "promotion",
    "product_story",
    "quality_declaration",
    "test_results",
    "traceability",
    "quality_management",
    "awards",
]
"""The fifteen kinds of evidence of form 02 (Decision 26/2026/QĐ-TTg, annex III)."""

Answer = Annotated[str, Text(2000, lines=True)]


def _once_each(given: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(sorted(set(given)))


Held = Annotated[tuple[Evidence, ...], Field(max_length=50), AfterValidator(_once_each)]
"""The papers the owner holds, each once, in one order: the same papers give the same hash."""


class SelfAssessment(BaseModel):
    """What the owner says of the product. Everything may be empty in a draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: Answer | None = None
    material_origin: Answer | None = None
    local_labour: Answer | None = None
    idea_origin: Answer | None = None
    local_identity: Answer | None = None
    business_plan: Answer | None = None
    self_score: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    evidence: Held = ()

    def with_answers(self, given: "SelfAssessment") -> Self:
        """The form with every field that ``given`` names, an emptied one included."""
        return self.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})


_NEEDED = (
    ("description", "Mô tả sản phẩm", "the description of the product"),
    ("material_origin", "Nguồn gốc sản phẩm, nguyên liệu địa phương", "the origin of product and raw material"),
    ("local_labour", "Sử dụng lao động địa phương", "local labour"),
    ("idea_origin", "Nguồn gốc ý tưởng sản phẩm", "the origin of the product's idea"),
    ("local_identity", "Bản sắc, trí tuệ địa phương", "local identity and intellect"),
)


def missing(form: SelfAssessment) -> tuple[Flaw, ...]:
    """What a form lacks before it can be submitted.

    The description, the four contents which the commune assesses (article 7.2) and the business registration.
    """
    flaws = [
        Flaw(f"/form/{name}", f"{vi}: chưa ghi. Hãy bổ sung.", f"Say something about {en}.")
        for name, vi, en in _NEEDED
        if getattr(form, name) is None
    ]
    if "business_registration" not in form.evidence:
        flaws.append(
            Flaw(
                "/form/evidence",
                "Thiếu giấy đăng ký kinh doanh (business_registration). Hãy bổ sung.",
                "The business registration (business_registration) is missing. Add it.",
            )
        )
    return tuple(flaws)


def canonical(content: object) -> str:
    """``content`` (JSON values, no fractions) in the one form that is hashed: names sorted, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(text: str) -> str:
    """The SHA-256 of a canonical text, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

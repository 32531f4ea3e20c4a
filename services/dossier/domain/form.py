"""The owner's registration and self-assessment (forms 01 and 02): what they say, and what they must say."""

import hashlib
import json
from collections.abc import Mapping
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

CATALOGUE_KEYS: Mapping[Evidence, str] = {
    "business_registration": "evidence-business-registration",
    "production_conditions": "evidence-production-conditions",
    "material_origin": "evidence-material-origin-linkage",
    "environment": "evidence-environment-technology",
    "labour_list": "evidence-insured-local-labour",
    "growth": "evidence-growth",
    "intellectual_property": "evidence-intellectual-property",
    "market": "evidence-market-development",
    "promotion": "evidence-promotion",
    "product_story": "evidence-product-story",
    "quality_declaration": "evidence-quality-declaration",
    "test_results": "evidence-test-results",
    "traceability": "evidence-barcode-traceability",
    "quality_management": "evidence-advanced-quality-management",
    "awards": "evidence-awards",
}
"""Under which key each kind stands in the catalogue, where the sheets name the papers a criterion demands."""

Answer = Annotated[str, Text(2000, lines=True)]


def _once_each(given: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(sorted(set(given)))


Held = Annotated[tuple[Evidence, ...], Field(max_length=50), AfterValidator(_once_each)]
"""The papers the owner holds, each once, in one order: the same papers give the same hash."""


Update = Literal[
    "raw_material",
    "technology",
    "packaging",
    "label",
    "quality_declaration",
    "periodic_tests",
    "market",
    "output",
    "revenue",
    "dated_papers",
]
"""What a re-evaluation must bring up to date (Decision 26/2026/QĐ-TTg, article 6.1c)."""

Count = Annotated[int, Field(strict=True, ge=0, le=10**15)]
MarkedCriterion = Annotated[str, Field(strict=True, pattern=r"^[0-9a-z.:-]{1,100}$")]
MarkedOption = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9-]{1,100}$")]


class YearResult(BaseModel):
    """What one year brought: money in đồng, output in ``unit``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: Annotated[int, Field(strict=True, ge=2000, le=2100)]
    output: Count | None = None
    unit: Annotated[str, Text(30)] | None = None
    revenue: Count | None = None
    exports: Count | None = None
    workers: Count | None = None
    local_workers: Count | None = None


class SelfAssessment(BaseModel):
    """What the owner says of the product and of itself. Everything may be empty in a draft.

    ``marks`` is the self-score: to each criterion of the sheet the option that is met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: Answer | None = None
    material_origin: Answer | None = None
    local_labour: Answer | None = None
    idea_origin: Answer | None = None
    local_identity: Answer | None = None
    business_plan: Answer | None = None
    self_score: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    evidence: Held = ()
    marks: Annotated[dict[MarkedCriterion, MarkedOption], Field(max_length=60)] = {}
    samples: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    history: Answer | None = None
    structure: Answer | None = None
    representative_sex: Literal["female", "male"] | None = None
    representative_ethnicity: Annotated[str, Text(60)] | None = None
    results: Annotated[tuple[YearResult, ...], Field(max_length=5)] = ()
    changes: Answer | None = None
    updates: Annotated[dict[Update, Answer], Field(max_length=10)] = {}

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


def form_hash(form: SelfAssessment) -> str:
    """By what a form is known again: whoever changes it may name the one that was read."""
    return content_hash(canonical(form.model_dump(mode="json")))


def canonical(content: object) -> str:
    """``content`` (JSON values, no fractions) in the one form that is hashed: names sorted, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(text: str) -> str:
    """The SHA-256 of a canonical text, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

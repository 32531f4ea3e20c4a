"""What a subscriber wants to hear, and how an event finds those who want it without looking at each of them."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.document import Authority, Document
from shared.validation import flaw_in_value

EventType = Literal[
    "vn.ocop.certificate.issued.v1",
    "vn.ocop.certificate.handed-over.v1",
    "vn.ocop.certificate.expiring.v1",
    "vn.ocop.certificate.expired.v1",
    "vn.ocop.certificate.replaced.v1",
    "vn.ocop.certificate.imported.v1",
    "vn.ocop.certificate.extended.v1",
    "vn.ocop.certificate.revoked.v1",
    "vn.ocop.certificate.annulled.v1",
    "vn.ocop.certificate.corrected.v1",
    "vn.ocop.certificate.removed.v1",
]
"""What a subscription may ask for."""
Stars = Annotated[int, Field(strict=True, ge=1, le=5)]
ProductSet = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]

MOST_KEYS = 500
"""Places one subscription may have in the index of interests."""
_ANY = "*"


class Interest(BaseModel):
    """Event types, provinces, stars and product sets; a list that is left empty asks for all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: Annotated[tuple[EventType, ...], Field(max_length=20)] = ()
    provinces: Annotated[tuple[Authority, ...], Field(max_length=64)] = ()
    stars: Annotated[tuple[Stars, ...], Field(max_length=5)] = ()
    product_sets: Annotated[tuple[ProductSet, ...], Field(max_length=64)] = ()

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if len(set(self.keys())) > MOST_KEYS:
            raise flaw_in_value(
                "interest_too_fine",
                f"Quá nhiều tổ hợp tỉnh × bộ sản phẩm × sao (tối đa {MOST_KEYS}); hãy để trống một danh sách.",
                f"Too many combinations of provinces × product sets × stars (at most {MOST_KEYS}); leave a list empty.",
            )
        return self

    def keys(self) -> Iterator[str]:
        """The places of this interest in the index."""
        for parts in product(self.provinces or (_ANY,), self.product_sets or (_ANY,), self.stars or (_ANY,)):
            yield "|".join(map(str, parts))

    def wants(self, type: str) -> bool:
        return not self.types or type in self.types


class KnownCertificate(Document):
    """What is known of the product a subject is about: later events of the subject do not repeat its set and stars.

    A product has had several certificates; the one decided last is meant.
    """

    number: str | None = None
    decided_on: date | None = None
    product_set: str | None = None
    stars: int | None = None
    owner_id: str | None = None
    commune: str | None = None
    active: bool = False
    """Whether that certificate has not ended."""

    def begun(self, number: str, decided_on: date, **told: object) -> "KnownCertificate":
        """A certificate was issued, or taken over from before; of two, the one decided later counts."""
        if self.decided_on is not None and decided_on < self.decided_on:
            return self
        return self.but(number=number, decided_on=decided_on, **told)

    def ended(self, number: str) -> "KnownCertificate":
        """A certificate has come to its end. That of an older one says nothing of the one that took its place."""
        return self.but(active=False) if self.number in (None, number) else self

    def asked(self, province: str) -> tuple[str, ...]:
        """The places in the index at which those stand who want to hear of it: eight, however many subscribe."""
        places = ({_ANY, province}, {_ANY, self.product_set or _ANY}, {_ANY, str(self.stars or _ANY)})
        return tuple("|".join(parts) for parts in product(*map(sorted, places)))

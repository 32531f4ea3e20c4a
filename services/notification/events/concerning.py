"""What events have in common: whose product they are about, and which province tells of it."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.document import Heard


class NamedProduct(BaseModel):
    """A product as an event names it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str


class Concerning(Heard):
    """An event about one owner's product: the part every message needs."""

    product: NamedProduct
    owner_id: str


class OfProvince(Heard):
    """An event of the certificates: the notification of the product's own province tells of it."""

    STREAM: ClassVar[str] = "certificates"

    province: str

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return (self.province,)


class AboutProvince(OfProvince, Concerning):
    """An event of the certificates about one owner's product."""

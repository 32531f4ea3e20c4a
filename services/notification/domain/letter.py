"""A letter of an agency to the owners of certified products, chosen by stars, product sets or communes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.notification.domain.interest import ProductSet, Stars
from shared.document import Decision, Document


class Chosen(BaseModel):
    """Whose products are meant; a list left empty means all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stars: Annotated[tuple[Stars, ...], Field(max_length=5)] = ()
    product_sets: Annotated[tuple[ProductSet, ...], Field(max_length=64)] = ()
    communes: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^\d{5}$")], ...], Field(max_length=200)] = ()

    def where(self, authority: str) -> Mapping[str, object]:
        """The certificates that are meant, as fields to look for."""
        lists = {"stars": self.stars, "product_set": self.product_sets, "commune": self.communes}
        chosen = {name: {"$in": list(values)} for name, values in lists.items() if values}
        return {"authority": authority, "active": True, **chosen}


class Letter(Document):
    """What was written, by whom, and to how many owners it went. ``due`` until everybody's message is written."""

    title: str
    paragraphs: tuple[str, ...]
    chosen: Chosen
    written_by: str
    written_at: datetime
    owners: int | None = None

    def sent_out(self, owners: int) -> Decision["Letter"]:
        """A message for each owner lies ready."""
        return (self, ()) if self.due is None else (self.but(owners=owners, due=None), ())

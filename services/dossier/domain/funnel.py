"""The funnel: how many products of how many owners were registered, completed, announced and recognised."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.machine import ANNOUNCED, COMPLETE


class Row(NamedTuple):
    """A product as it was registered (without kind and state), or one of its dossiers."""

    product_id: str
    owner_id: str
    product_set: str
    case_kind: str = ""
    state: str = ""


class Reached(BaseModel):
    """How many came this far."""

    model_config = ConfigDict(frozen=True)

    products: int
    owners: int

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Reached":
        """Each product and each owner counts once, however many dossiers there were."""
        pairs = {(row.product_id, row.owner_id) for row in rows}
        return cls(products=len({product for product, _ in pairs}), owners=len({owner for _, owner in pairs}))


class Steps(BaseModel):
    """The four steps; ``complete`` is a full file that was submitted and not withdrawn."""

    model_config = ConfigDict(frozen=True)

    registered: Reached
    complete: Reached
    announced: Reached
    recognised: Reached

    @classmethod
    def of(cls, rows: list[Row]) -> "Steps":
        return cls(
            registered=Reached.of(rows),
            complete=Reached.of(row for row in rows if row.state in COMPLETE),
            announced=Reached.of(row for row in rows if row.state in ANNOUNCED),
            recognised=Reached.of(row for row in rows if row.state == "recognised"),
        )

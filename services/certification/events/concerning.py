"""What every fact about one product says: whose it is, and by which decision it came about."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from services.certification.domain.certificate import ByDecision, Subject
from services.certification.domain.recognition import Forwarding, LeftOut
from shared.document import Authority, Fact


class Part(BaseModel):
    """A part of an event that is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Product(Part):
    id: str
    name: str


class Concerning(Fact):
    """A fact about one product: whose, and of which province, whose dossier and notification must hear it."""

    STREAM: ClassVar[str] = "certificates"

    province: Authority
    dossier_id: str
    owner_id: str
    product: Product


def whose(subject: Subject) -> dict[str, object]:
    product = Product(id=subject.product.id, name=subject.product.name)
    return {
        "province": subject.province,
        "dossier_id": subject.dossier_id,
        "owner_id": subject.owner_id,
        "product": product,
    }


def decided(by: ByDecision | Forwarding | LeftOut) -> dict[str, object]:
    return {"decision_number": by.decision_number, "decided_on": by.on}

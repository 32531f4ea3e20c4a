"""The way back from the centre: a product it did not give 5 stars, which its province recognises or rates itself."""

from datetime import datetime
from uuid import UUID, uuid5

from pydantic import NonNegativeInt, PositiveInt

from shared.document import Document
from shared.errors import Refusal

from .evaluation import Basis, Case, Evaluation
from .stars import Frozen

_WAYS_BACK = UUID("0a9d5b8e-0c55-5f0e-9c39-0d1a7f2b6c41")


class StaysAtTheCentre(Refusal):
    """What the centre gives 5 stars is recognised there."""

    vi = "Hội đồng trung ương đã đánh giá sản phẩm này đạt 5 sao; tỉnh không đánh giá lại."
    en = "The central council rates this product 5 stars; the province does not rate it itself."


class CentralResult(Frozen):
    """What the central council came to."""

    evaluation: str
    total: NonNegativeInt
    count: PositiveInt
    stars: PositiveInt
    at: datetime


class Returned(Document):
    """One dossier that was before the central council, as its province has it: ``authority`` is the province."""

    dossier_id: str
    attempt: PositiveInt
    owner_id: str
    commune: str
    case: Case
    basis: Basis
    central: CentralResult
    rated_as: str | None = None
    """The evaluation by which the province rates it itself."""

    @property
    def own_rating(self) -> str:
        """The permanent id of that evaluation, whether or not it has been opened."""
        return str(uuid5(_WAYS_BACK, f"{self.id}|own rating"))


def returned_id(dossier_id: str, attempt: int) -> str:
    """One per dossier and attempt before the centre: the result of a repeated rating takes the former's place."""
    return str(uuid5(_WAYS_BACK, f"{dossier_id}|{attempt}"))


def came_back(held: Returned | None, heard: Returned) -> Returned:
    """What the province knows after the centre's result; once it rates the product itself, that stays as it began."""
    return heard if held is None or held.rated_as is None else held


def rate_itself(returned: Returned) -> Returned:
    """The dossier with its province rating it itself, which it may below 5 stars (Decision 26/2026, article 7.4).

    Doing it again changes nothing. Raises ``StaysAtTheCentre``.
    """
    if returned.central.stars >= 5:
        raise StaysAtTheCentre()
    return returned if returned.rated_as is not None else returned.but(rated_as=returned.own_rating)


def own_evaluation(returned: Returned) -> Evaluation:
    """The province's own evaluation: the same file by the same frozen rules, as another attempt."""
    return Evaluation(
        id=returned.own_rating,
        authority=returned.authority,
        dossier_id=returned.dossier_id,
        attempt=returned.attempt + 1,
        submitted_by=returned.authority,
        owner_id=returned.owner_id,
        commune=returned.commune,
        case=returned.case,
        basis=returned.basis,
    )

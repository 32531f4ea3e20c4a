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


class NotReturned(Refusal):
    vi = "Hội đồng trung ương chưa có kết quả cho hồ sơ này. Hãy đợi kết quả."
    en = "The central council has no result for this dossier yet. Wait for it."


class TakenBack(Refusal):
    """Nobody rates what its owner has taken back."""

    vi = "Chủ thể đã rút hồ sơ này; không thể đánh giá lại."
    en = "Its owner has taken this dossier back; it cannot be rated."


class CentralResult(Frozen):
    """What was before the central council, and what it came to."""

    owner_id: str
    commune: str
    case: Case
    basis: Basis
    evaluation: str
    total: NonNegativeInt
    count: PositiveInt
    stars: PositiveInt
    at: datetime


class Returned(Document):
    """One dossier before the central council, as its province knows it: ``authority`` is the province.

    The result and a withdrawal are spoken by two authorities, and either may be heard first.
    """

    dossier_id: str
    attempt: PositiveInt
    central: CentralResult | None = None
    withdrawn_at: datetime | None = None
    rated_as: str | None = None
    """The evaluation by which the province rates it itself."""

    @property
    def own_rating(self) -> str:
        """The permanent id of that evaluation, whether or not it has been opened."""
        return str(uuid5(_WAYS_BACK, f"{self.id}|own rating"))


def awaited(province: str, dossier_id: str, attempt: int) -> Returned:
    """What a province knows of a dossier before the centre while nothing is heard of it.

    One per attempt: the result of a repeated rating takes the former's place.
    """
    id = str(uuid5(_WAYS_BACK, f"{province}|{dossier_id}|{attempt}"))
    return Returned(id=id, authority=province, dossier_id=dossier_id, attempt=attempt)


def came_back(returned: Returned, central: CentralResult) -> Returned:
    """What the province knows after the centre's result; once it rates the product itself, that stays as it began."""
    return returned.but(central=central) if returned.rated_as is None else returned


def taken_back(returned: Returned, at: datetime) -> Returned:
    """What the province knows after its owner has taken the dossier back, whatever is heard afterwards."""
    return returned if returned.withdrawn_at is not None else returned.but(withdrawn_at=at)


def rate_itself(returned: Returned) -> Returned:
    """The dossier with its province rating it itself, which it may below 5 stars (Decision 26/2026, article 7.4).

    Doing it again changes nothing. Raises ``NotReturned``, ``StaysAtTheCentre`` or ``TakenBack``.
    """
    central = _result(returned)
    if central.stars >= 5:
        raise StaysAtTheCentre()
    if returned.rated_as is not None:
        return returned
    if returned.withdrawn_at is not None:
        raise TakenBack()
    return returned.but(rated_as=returned.own_rating)


def own_evaluation(returned: Returned) -> Evaluation:
    """The province's own evaluation: the same file by the same frozen rules, as another attempt."""
    central = _result(returned)
    return Evaluation(
        id=returned.own_rating,
        authority=returned.authority,
        dossier_id=returned.dossier_id,
        attempt=returned.attempt + 1,
        submitted_by=returned.authority,
        owner_id=central.owner_id,
        commune=central.commune,
        case=central.case,
        basis=central.basis,
    )


def _result(returned: Returned) -> CentralResult:
    if returned.central is None:
        raise NotReturned()
    return returned.central

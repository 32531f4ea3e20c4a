"""The registration for a year: what an owner answers for a product before there is any dossier."""

from datetime import date
from typing import Literal

from services.dossier.domain.following import Slot
from services.dossier.domain.owner import Commune
from services.dossier.domain.product import CaseKind, Product
from shared.document import Document
from shared.errors import Refusal

Answer = Literal["register", "not_register"]

MOST_ANSWERS = 20
"""How often one product's answer for one year may change."""


class YearNotOpen(Refusal):
    status = 422
    vi = "Chỉ đăng ký được cho năm {this} hoặc năm {next}."
    en = "A product is registered for {this} or for {next}."


class TooManyAnswers(Refusal):
    vi = "Đăng ký của sản phẩm cho năm này đã đổi {most} lần, là mức cao nhất. Hãy báo cơ quan quản lý."
    en = "The product's registration for this year was changed {most} times, the most there can be. Tell the agency."


class Answered(Slot):
    """One answer; ``stars`` is what the owner aims at, ``by`` the role that entered it."""

    answer: Answer
    case_kind: CaseKind
    stars: int | None
    reason: str | None
    on: date
    by: str


class YearRegistration(Document):
    """A product's registration for a year. The last of ``answers`` counts; ``answer`` and ``case_kind`` repeat it."""

    year: int
    product_id: str
    product_name: str
    search: str
    owner_id: str
    commune: Commune
    product_set: str
    answer: Answer
    case_kind: CaseKind
    answers: tuple[Answered, ...]

    @property
    def latest(self) -> Answered:
        return self.answers[-1]


def registration_id(year: int, product_id: str) -> str:
    """There is one registration of a product for a year."""
    return f"year/{year}/{product_id}"


def check_year(year: int, today: date) -> None:
    """Raises ``YearNotOpen`` for a year that is over or further ahead than the next one."""
    if not today.year <= year <= today.year + 1:
        raise YearNotOpen(this=today.year, next=today.year + 1)


def answered(held: YearRegistration | None, product: Product, year: int, given: Answered) -> YearRegistration:
    """The registration with one more answer; what was answered before stays on record. Raises ``TooManyAnswers``."""
    before = () if held is None else held.answers
    if len(before) >= MOST_ANSWERS:
        raise TooManyAnswers(most=MOST_ANSWERS)
    return YearRegistration(
        id=registration_id(year, product.id),
        authority=product.authority,
        year=year,
        product_id=product.id,
        product_name=product.name,
        search=product.search,
        owner_id=product.owner_id,
        commune=product.commune,
        product_set=product.product_set,
        answer=given.answer,
        case_kind=given.case_kind,
        answers=(*before, given),
    )

"""Ideas for new products: registered by owners, screened with reasons, selected, and begun as a dossier."""

from datetime import date
from typing import Literal

from services.dossier.domain.following import Slot
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.owner import Commune
from shared.document import Document
from shared.errors import Flaw, Refusal

IdeaState = Literal["registered", "suitable", "unsuitable", "selected", "begun"]
Verdict = Literal["suitable", "unsuitable"]

MOST_SCREENINGS = 10


class IdeaStandsElsewhere(Refusal):
    """A step that an idea does not take from where it stands."""

    vi = "Ý tưởng đang ở bước «{state}» nên không làm được việc này. Bước này dành cho ý tưởng: {wanted}."
    en = "The idea stands at “{state}”, where this cannot be done. It is done with an idea that is: {wanted}."


class TooManyScreenings(Refusal):
    vi = "Ý tưởng đã được sàng lọc {most} lần, là mức cao nhất."
    en = "The idea was screened {most} times, the most there can be."


class IdeaWithoutSet(Refusal):
    """A dossier is for a product of one set."""

    status = 422
    vi = "Ý tưởng chưa có bộ sản phẩm. Hãy nêu «product_set»."
    en = "The idea has no product set yet. Name one in “product_set”."


class Screening(Slot):
    """What whoever looked at the idea found, and why; ``by`` is the role."""

    verdict: Verdict
    reasons: str
    on: date
    by: str


class Selection(Slot):
    """The idea was taken into the programme."""

    reasons: str
    on: date
    by: str


class Idea(Document):
    """An idea for a new product with its business plan. ``product_id`` is the product it has become."""

    owner_id: str
    name: str
    search: str
    commune: Commune
    product_set: str | None
    description: str
    idea_origin: str | None
    business_plan: str
    registered_on: date
    state: IdeaState = "registered"
    screenings: tuple[Screening, ...] = ()
    selection: Selection | None = None
    product_id: str | None = None


def screened(idea: Idea, screening: Screening) -> Idea:
    """The idea with a verdict; until it is selected it may be looked at again.

    Raises ``IdeaStandsElsewhere`` or ``TooManyScreenings``.
    """
    _stands(idea, "registered", "suitable", "unsuitable")
    if len(idea.screenings) >= MOST_SCREENINGS:
        raise TooManyScreenings(most=MOST_SCREENINGS)
    return idea.but(screenings=(*idea.screenings, screening), state=screening.verdict)


def selected(idea: Idea, selection: Selection) -> Idea:
    """The idea taken into the programme, once found suitable. Raises ``IdeaStandsElsewhere``."""
    _stands(idea, "suitable")
    return idea.but(selection=selection, state="selected")


def begun(idea: Idea, product_id: str, product_set: str | None) -> Idea:
    """The idea that has become a product; again the same. Raises ``IdeaStandsElsewhere`` or ``IdeaWithoutSet``."""
    if idea.state == "begun":
        return idea
    _stands(idea, "selected")
    chosen = product_set or idea.product_set
    if chosen is None:
        raise IdeaWithoutSet(Flaw("/product_set", "Thiếu trường này.", "This field is missing."))
    return idea.but(product_id=product_id, product_set=chosen, state="begun")


def first_answers(idea: Idea) -> SelfAssessment:
    """What the idea already says of the form of its dossier."""
    return SelfAssessment(description=idea.description, idea_origin=idea.idea_origin, business_plan=idea.business_plan)


def _stands(idea: Idea, *wanted: IdeaState) -> None:
    if idea.state not in wanted:
        raise IdeaStandsElsewhere(state=idea.state, wanted=", ".join(wanted))

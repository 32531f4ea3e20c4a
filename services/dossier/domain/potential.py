"""Potential products: found by a survey, with a roadmap to the programme and a log of visits and advice."""

from datetime import date

from services.dossier.domain.following import Slot
from services.dossier.domain.owner import Commune
from shared.document import Document
from shared.errors import Refusal

MOST_VISITS = 200


class StageUnknown(Refusal):
    status = 404
    vi = "Lộ trình không có bước số {number} chưa xong."
    en = "The roadmap has no stage {number} that is still to be done."


class TooManyVisits(Refusal):
    vi = "Sản phẩm đã có {most} lần khảo sát, tư vấn, là mức cao nhất."
    en = "The product has {most} visits on record, the most there can be."


class Stage(Slot):
    """What is to be done by a day, and when it was."""

    what: str
    by: date
    done_on: date | None = None


class Visit(Slot):
    """Somebody was there: what was found, and what was advised."""

    on: date
    found: str
    advice: str | None
    by: str


class PotentialProduct(Document):
    """A product that may come into the programme."""

    owner_id: str
    name: str
    search: str
    commune: Commune
    product_set: str | None
    surveyed_on: date
    roadmap: tuple[Stage, ...] = ()
    visits: tuple[Visit, ...] = ()

    @property
    def next_stage(self) -> Stage | None:
        """What is to be done next, by its day."""
        return min((each for each in self.roadmap if each.done_on is None), key=lambda each: each.by, default=None)


def routed(product: PotentialProduct, roadmap: tuple[Stage, ...]) -> PotentialProduct:
    """The product with another roadmap; of what was done already nothing is lost."""
    done = tuple(each for each in product.roadmap if each.done_on is not None)
    return product.but(roadmap=(*done, *roadmap))


def stage_done(product: PotentialProduct, number: int, on: date) -> PotentialProduct:
    """The product with a stage done, counted from 1. Raises ``StageUnknown``."""
    if not 1 <= number <= len(product.roadmap) or product.roadmap[number - 1].done_on is not None:
        raise StageUnknown(number=number)
    return product.but(
        roadmap=tuple(
            each.model_copy(update={"done_on": on}) if place == number else each
            for place, each in enumerate(product.roadmap, 1)
        )
    )


def visited(product: PotentialProduct, visit: Visit) -> PotentialProduct:
    """The product with one more visit on record. Raises ``TooManyVisits``."""
    if len(product.visits) >= MOST_VISITS:
        raise TooManyVisits(most=MOST_VISITS)
    return product.but(visits=(*product.visits, visit))

"""The script of a scenario: whom it is about and what they do, as data, checked when it is read."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deploy.ocop.telling import Trouble

HERE = Path(__file__).parent
TAM_DIEP = "tam-diep-2023"

CaseKind = Literal["first", "upgrade", "re_evaluation"]


class Part(BaseModel):
    """Anything a script consists of; what it does not know is a misspelling."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(Part):
    """A text in both languages."""

    vi: str
    en: str


class Commune(Part):
    code: str = Field(pattern=r"^[0-9]{5}$")
    name: str


class Form(Part):
    """The owner's own words in the self-assessment."""

    description: str
    material_origin: str
    idea_origin: str
    local_identity: str
    business_plan: str


class Draft(Part):
    """A dossier that is begun and never completed."""

    description: str


class Complete(Part):
    """A dossier that goes to the council, and about how many points it gets there."""

    case_kind: CaseKind
    form: Form
    points: int = Field(ge=50, lt=70)
    short_of: tuple[str, ...] = ()
    """Criteria, by name, in which no option is met: what keeps the product from its stars."""


class Product(Part):
    id: str
    name: str
    product_set: str
    dossier: Complete | None = None
    draft: Draft | None = None


class Owner(Part):
    id: str
    name: str
    kind: str
    commune: str
    email: str
    language: Literal["vi", "en"]
    local_labour: str
    products: tuple[Product, ...]


class Group(Part):
    """A heading under which the source counts products."""

    name: Said
    sets: tuple[str, ...]


class Council(Part):
    """Who sits in the council, and by which decision; the chair scores too, the secretary does not."""

    decision: str
    chair: str
    members: tuple[str, ...]
    secretary: str
    minutes: str
    """The number of the minutes of its session."""

    @property
    def scoring(self) -> tuple[str, ...]:
        return (self.chair, *self.members)


class Signer(Part):
    name: str
    position: str


class DecisionMade(Part):
    number: str
    signer: Signer
    stars: int


class Ceremony(Part):
    place: str


class ClockMove(Part):
    """To how many days before the last valid day the clock is put (-1: the day after it)."""

    days_before_end: int
    why: Said


class Script(Part):
    name: str
    title: Said
    about: Said
    authority: str
    begins_not_before: date
    """The sheets of the scenario apply from here on; a machine whose date is earlier has its trial clock moved."""
    communes: tuple[Commune, ...]
    groups: tuple[Group, ...]
    evidence: tuple[str, ...]
    council: Council
    decision: DecisionMade
    ceremony: Ceremony
    clock: tuple[ClockMove, ...]
    owners: tuple[Owner, ...]
    source: dict[str, int]
    """What the source of the story counts, under the names of ``Counts``."""

    @model_validator(mode="after")
    def _one_world(self) -> Self:
        codes = {commune.code for commune in self.communes}
        for owner in self.owners:
            if owner.commune not in codes:
                raise ValueError(f"{owner.id} lives in {owner.commune}, which is no commune of the script")
        for names in ([owner.id for owner in self.owners], [product.id for _, product in self.products]):
            if len(set(names)) != len(names):
                raise ValueError("an id stands twice")
        return self

    @property
    def products(self) -> tuple[tuple[Owner, Product], ...]:
        return tuple((owner, product) for owner in self.owners for product in owner.products)

    @property
    def submitted(self) -> tuple[tuple[Owner, Product, Complete], ...]:
        return tuple((owner, product, product.dossier) for owner, product in self.products if product.dossier)


def load(name: str = TAM_DIEP) -> Script:
    """The script of that name. Raises ``Trouble`` when there is none or it is not in order."""
    file = HERE / f"{name}.json"
    try:
        return Script.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        known = ", ".join(sorted(each.stem for each in HERE.glob("*.json")))
        raise Trouble(f"there is no scenario {name!r}; there is {known}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Trouble(f"{file.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error

"""What a scenario reads in the services' answers: only the fields it uses."""

from datetime import date

from pydantic import BaseModel


class Done(BaseModel):
    """A command was done, and nothing else of its answer is used."""


class Receipt(BaseModel):
    """What a command answers."""

    id: str


class Evaluation(BaseModel):
    id: str
    dossier_id: str
    product_set: str
    sheet_hash: str
    state: str
    session: str | None = None


class Refused(BaseModel):
    detail: dict[str, str]


class Item(BaseModel):
    """What became of one evaluation of a request that named several."""

    evaluation: str
    refused: Refused | None = None


class Items(BaseModel):
    items: list[Item]


class Scheduled(BaseModel):
    """A session of the council, and what came before it."""

    id: str
    items: Items


class SheetReceived(BaseModel):
    total: int


class Result(BaseModel):
    """What the council's scoring came to."""

    stars: int
    average: str


class CouncilResult(BaseModel):
    """A result as certification holds it."""

    evaluation_id: str
    dossier_id: str
    stars: int
    state: str
    outcome: str | None
    decision_number: str | None


class Given(BaseModel):
    number: str


class DecisionReceipt(BaseModel):
    id: str
    number: str
    certificates: list[Given]


class HandedOver(BaseModel):
    on: date


class Certificate(BaseModel):
    number: str
    validity: str
    valid_until: date
    stars: int
    decision_number: str
    case_kind: str
    handed_over: HandedOver | None


class HandoverReceipt(BaseModel):
    id: str
    handed_over: int


class Verification(BaseModel):
    """The public look-up's answer."""

    number: str
    validity: str
    says: dict[str, str]


class Expiring(BaseModel):
    days_left: int


class FollowedCertificate(BaseModel):
    """A certificate as the dossier service has heard of it."""

    number: str
    expiring: Expiring | None = None
    expired_after: date | None = None


class Dossier(BaseModel):
    id: str
    state: str
    evaluations: list[BaseModel] = []
    certificates: list[FollowedCertificate] = []


class Reached(BaseModel):
    products: int
    owners: int


class Steps(BaseModel):
    registered: Reached
    complete: Reached
    announced: Reached
    recognised: Reached


class OfSet(BaseModel):
    product_set: str
    steps: Steps


class OfKind(BaseModel):
    case_kind: str
    steps: Steps


class Funnel(BaseModel):
    total: Steps
    product_sets: list[OfSet]
    case_kinds: list[OfKind]


class Counted(BaseModel):
    case_kind: str
    outcome: str
    stars: int
    count: int


class CertificateCounts(BaseModel):
    valid: int
    expired: int
    replaced: int
    handed_over: int
    by_stars: dict[int, int]


class Certified(BaseModel):
    """Certification's summary."""

    announced: list[Counted]
    certificates: CertificateCounts


class Messages(BaseModel):
    """Notification's summary."""

    states: dict[str, int]
    sent: dict[str, int]

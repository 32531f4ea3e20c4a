"""What is heard of a dossier from councils and authorities: one slot per fact, in whatever order facts come."""

from collections.abc import Callable
from datetime import date
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

Outcome = Literal["recognised", "not_recognised"]
CorrectionReason = Literal["name", "address", "misprint", "loss", "new_owner"]
CertificateState = Literal["valid", "expired", "replaced", "revoked", "annulled", "removed"]
"""How a certificate stands for everybody."""


class Slot(BaseModel):
    """One thing that was heard."""

    model_config = ConfigDict(frozen=True)


class Opened(Slot):
    """A council has opened its evaluation of one version of the file."""

    manifest_version: int
    manifest_hash: str
    sheet_hash: str
    rule_set: str
    on: date


class FailedMinimum(Slot):
    """A star the product does not get because of one criterion."""

    star: int
    criterion: str
    needed: int
    had: int


class Score(Slot):
    """A council's final result; the owner does not see it before it is announced."""

    stars: int
    potential_five_star: bool
    total_sum: str
    sheet_count: int
    average: str
    failed_minimums: tuple[FailedMinimum, ...]
    on: date


class Stopped(Slot):
    """A council ended its evaluation without a total; as much a council's result as a score."""

    reason: str
    on: date


class Annulled(Slot):
    """A council's result does not hold, by this paper; another evaluation of the same attempt takes its place."""

    ground: str
    document: str
    dated: date


class Evaluation(Slot):
    """What is heard from one council about one attempt."""

    id: str
    council: str
    attempt: int
    opened: Opened | None = None
    score: Score | None = None
    stopped: Stopped | None = None
    annulled: Annulled | None = None


class Result(Slot):
    """What an authority has announced by a decision."""

    authority: str
    outcome: Outcome
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date


class Issued(Slot):
    """The certificate itself; ``valid_until`` is its last valid day."""

    stars: int
    decision_number: str
    decided_on: date
    valid_from: date
    valid_until: date


class Expiring(Slot):
    """The certificate was warned of; the latest warning."""

    valid_until: date
    days_left: int


class Replaced(Slot):
    """Another certificate took this one's place."""

    by: str
    on: date


class Extended(Slot):
    """A decision lets the certificate last until ``until`` instead."""

    until: date
    decision_number: str
    decided_on: date


class TakenAway(Slot):
    """The certificate was revoked or annulled by a decision."""

    how: Literal["revoked", "annulled"]
    ground: str
    decision_number: str
    decided_on: date


class Removed(Slot):
    """A certificate that had ended was taken off the list by a decision."""

    decision_number: str
    decided_on: date


class Imported(Slot):
    """The certificate is older than this platform: what its paper says of itself."""

    printed_number: str
    product_code: str | None
    issuer: str
    rule_set: str


class HandedOver(Slot):
    """The certificate was given to its owner."""

    on: date
    place: str


class Corrected(Slot):
    """The latest correction; number, term and stars stay, and earlier prints are superseded."""

    reason: CorrectionReason
    print_version: int
    decision_number: str
    decided_on: date


class Certificate(Slot):
    """What is heard of one certificate."""

    number: str
    authority: str
    issued: Issued | None = None
    imported: Imported | None = None
    handed_over: HandedOver | None = None
    corrected: Corrected | None = None
    expiring: Expiring | None = None
    expired_after: date | None = None
    replaced: Replaced | None = None
    extended: Extended | None = None
    taken_away: TakenAway | None = None
    removed: Removed | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it is valid by its term; None as long as its issue has not been heard of."""
        if self.issued is None:
            return None
        return self.issued.valid_until if self.extended is None else self.extended.until

    @property
    def stands(self) -> bool:
        """Nothing but its term ends it: no other has taken its place, and no decision has taken it away."""
        return self.issued is not None and self.replaced is None and self.taken_away is None

    def state(self, on: date) -> CertificateState | None:
        """How it stands on a day; None as long as its issue has not been heard of."""
        if self.removed is not None:
            return "removed"
        if self.taken_away is not None:
            return self.taken_away.how
        if self.replaced is not None:
            return "replaced"
        if self.last_day is None:
            return None
        return "valid" if on <= self.last_day else "expired"


S = TypeVar("S", bound=Slot)


def undone(certificates: tuple[Certificate, ...]) -> bool:
    """Whether every certificate was revoked or annulled, so that the product begins anew."""
    return bool(certificates) and all(each.taken_away is not None for each in certificates)


def with_evaluation(held: tuple[Evaluation, ...], heard: Evaluation) -> tuple[Evaluation, ...]:
    """``held`` with the slots that ``heard`` fills; a slot that is heard again holds the later word."""
    return _with(held, heard, lambda each: each.id == heard.id)


def with_certificate(held: tuple[Certificate, ...], heard: Certificate) -> tuple[Certificate, ...]:
    """As ``with_evaluation``, for the certificate of that number."""
    return _with(held, heard, lambda each: each.number == heard.number)


def with_result(held: tuple[Result, ...], heard: Result) -> tuple[Result, ...]:
    """``held`` with what one authority announced, in the place of what it announced before."""
    return _with(held, heard, lambda each: each.authority == heard.authority)


def _with(held: tuple[S, ...], heard: S, same: Callable[[S], bool]) -> tuple[S, ...]:
    filled = {name: slot for name, slot in heard if slot is not None}
    if any(same(each) for each in held):
        return tuple(each.model_copy(update=filled) if same(each) else each for each in held)
    return (*held, heard)

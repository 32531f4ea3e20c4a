"""What one authority has decided for one product: results that wait, announced results, all its certificates."""

from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import computed_field

from shared.document import Document

from .certificate import Certificate, Kept, Subject

Outcome = Literal["recognised", "not_recognised", "forwarded"]
"""``forwarded``: the province approves the result and sends it to the Ministry for five stars."""
ResultState = Literal["waiting", "reserved", "withdrawn", "annulled", "forwarded", "announced"]


class Sentence(NamedTuple):
    """What a person is told, in both languages."""

    vi: str
    en: str


class FailedMinimum(Kept):
    """A star the product does not get because of one criterion."""

    star: int
    criterion: str
    needed: int
    had: int


class Reservation(Kept):
    """A result is held for one attempt at one decision, until that attempt ends."""

    decision_id: str
    attempt: int
    opened_at: datetime

    @property
    def rank(self) -> tuple[datetime, str]:
        """The lower goes first where two decisions want one product and neither has ended."""
        return self.opened_at, self.decision_id


class GivenUp(Kept):
    """The last attempt at a decision that ended without this result; no process may reserve it for that any more."""

    decision_id: str
    attempt: int


class Announcement(Kept):
    """What the decision says of the result."""

    decision_id: str
    decision_number: str
    decided_on: date
    outcome: Outcome
    stars: int | None
    certificate_number: str | None


class Withdrawal(Kept):
    """A dossier its owner took back, with every attempt up to this one."""

    dossier_id: str
    attempt: int
    province: str


class Forwarding(Kept):
    """The decision that approved the result and sent it to the centre; what comes back may be decided here."""

    decision_id: str
    decision_number: str
    on: date


class LeftOut(Kept):
    """The decision that left the result out, and why; it waits for another."""

    decision_id: str
    decision_number: str
    on: date
    reason: str


class Filing(Kept):
    """A dossier for a re-evaluation that was lodged with the commune or submitted, and has no outcome yet."""

    dossier_id: str
    attempt: int


class Elsewhere(Kept):
    """A certificate that the other authority, province or centre, has given to the same product."""

    number: str
    authority: str
    stars: int
    decided_on: date
    valid_until: date

    @property
    def rank(self) -> tuple[date, int]:
        """Beside the rank of our own: the higher one holds."""
        return self.decided_on, self.stars


class Result(Kept):
    """One final result of a council. Each fact about it has its own slot; its state follows from the slots."""

    evaluation_id: str
    attempt: int
    subject: Subject
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    rule_set: str
    scored_on: date
    potential_five_star: bool = False
    manifest_hash: str | None = None
    """The file the council rated."""
    central: bool = False
    """The central council's result on a file this province had sent it, or that went there directly."""
    withdrawn: bool = False
    annulled: bool = False
    """The council's result itself was annulled."""
    forwarded: Forwarding | None = None
    left_out: LeftOut | None = None
    reserved: Reservation | None = None
    given_up: tuple[GivenUp, ...] = ()
    announced: Announcement | None = None

    @computed_field  # type: ignore[prop-decorator]  # it is stored too, so that queries can ask for it
    @property
    def state(self) -> ResultState:
        """A reserved result stays with its decision although the dossier is withdrawn meanwhile."""
        if self.announced is not None:
            return "announced"
        if self.reserved is not None:
            return "reserved"
        if self.annulled:
            return "annulled"
        if self.withdrawn:
            return "withdrawn"
        return "forwarded" if self.forwarded is not None else "waiting"

    def gave_up(self, decision_id: str, attempt: int) -> bool:
        return any(one.decision_id == decision_id and one.attempt >= attempt for one in self.given_up)


class Recognition(Document):
    """One product before one authority; its id is named by the two."""

    product_id: str
    results: tuple[Result, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    annulments: tuple[str, ...] = ()
    """Evaluations whose score was annulled, heard perhaps before the score itself."""
    stopped: tuple[Filing, ...] = ()
    """Files on which a council has ended its evaluation without a star, heard perhaps before the file itself."""
    filed: Filing | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    held: Reservation | None = None
    """The act that has its certificates in hand; void when that attempt has ended."""

    def result(self, evaluation_id: str) -> Result | None:
        return next((one for one in self.results if one.evaluation_id == evaluation_id), None)

    def certificate(self, number: str) -> Certificate | None:
        return next((one for one in self.certificates if one.number == number), None)

    @property
    def last(self) -> Certificate | None:
        """The newest certificate, the only one whose end may still have to be told."""
        return self.certificates[-1] if self.certificates else None

    def with_result(self, changed: Result) -> "Recognition":
        kept = tuple(changed if one.evaluation_id == changed.evaluation_id else one for one in self.results)
        return self.but(results=kept)

    def with_certificate(self, changed: Certificate) -> "Recognition":
        kept = tuple(changed if one.number == changed.number else one for one in self.certificates)
        return self.but(certificates=kept)

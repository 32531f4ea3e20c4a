"""What readers see of a dossier: everybody what was announced, the agency also what a council has found."""

from datetime import date
from typing import Self

from pydantic import BaseModel

from services.dossier.domain.deadline import Deadline
from services.dossier.domain.dossier import KNOWING, Dossier, FormerCommune, Submission, Withdrawn
from services.dossier.domain.following import Certificate, Evaluation, Result
from services.dossier.domain.form import SelfAssessment, form_hash
from services.dossier.domain.machine import Name, State, allowed
from services.dossier.domain.product import CaseKind
from services.dossier.domain.steps import (
    Assessment,
    Assigned,
    Ended,
    Lineage,
    Lodged,
    Package,
    Proposal,
    Receipt,
    Supplement,
)
from shared.document import CENTRE
from shared.identity import OWNER


class DossierReceipt(BaseModel):
    """A command was carried out; ``state`` is how the dossier then stood, as everybody may know it."""

    id: str
    state: State

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        return cls(id=dossier.id, state=dossier.told)


class ChangeReceipt(DossierReceipt):
    """The form was changed; ``form_hash`` is what the next change of it may name as the one that was read."""

    form_hash: str

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        return cls(id=dossier.id, state=dossier.told, form_hash=form_hash(dossier.form))


class SubmissionReceipt(DossierReceipt):
    """The dossier was submitted in this version, known by the SHA-256 of the canonical JSON of what it says."""

    to: str
    attempt: int
    manifest_version: int
    manifest_hash: str
    received_on: date

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        return cls(
            id=dossier.id,
            state=dossier.told,
            **dossier.submissions[-1].model_dump(exclude={"manifest", "case_kind"}),
        )


class DossierSummary(BaseModel):
    """A dossier in a list."""

    id: str
    product_id: str
    product_name: str
    owner_id: str
    commune: str
    product_set: str
    case_kind: CaseKind
    state: State
    opened_on: date
    round: str | None

    @classmethod
    def seen_in_list(cls, dossier: Dossier, role: str) -> "DossierSummary":
        """The state is the one that this role may know."""
        return cls(
            state=dossier.state_for(role),
            round=_round(dossier),
            **dossier.model_dump(include=set(cls.model_fields) - {"state", "round"}),
        )


_BY_READER = {
    "state",
    "round",
    "moves",
    "form_hash",
    "submissions",
    "package",
    "withdrawn",
    "evaluations",
    "assigned",
    "proposals",
}
"""What depends on who reads, or is not kept as it is shown."""


class DossierView(DossierSummary):
    """One dossier in full, with the moves its reader may make.

    ``evaluations``, ``proposals`` and ``package`` are the agency's; who works on it an owner is not told.
    """

    moves: list[Name]
    form: SelfAssessment
    form_hash: str
    lineage: Lineage | None
    former_communes: list[FormerCommune]
    lodged: Lodged | None
    received: Receipt | None
    assessment: Assessment | None
    registered: Receipt | None
    supplements: list[Supplement]
    proposals: list[Proposal]
    assigned: list[Assigned]
    deadlines: list[Deadline]
    submissions: list[Submission]
    package: Package | None
    withdrawn: Withdrawn | None
    ended: Ended | None
    evaluations: list[Evaluation]
    results: list[Result]
    certificates: list[Certificate]

    @classmethod
    def seen_by(cls, dossier: Dossier, role: str) -> Self:
        """As in the list. That a case was sent on to the centre would tell its score, so it is left out too."""
        known = role in KNOWING
        submissions = [each for each in dossier.submissions if known or each.to != CENTRE]
        withdrawn = dossier.withdrawn
        if withdrawn is not None and not known:
            withdrawn = withdrawn.model_copy(update={"reason": None})
        return cls(
            state=dossier.state_for(role),
            round=_round(dossier),
            form_hash=form_hash(dossier.form),
            submissions=submissions,
            withdrawn=withdrawn,
            evaluations=dossier.evaluations if known else (),
            package=dossier.package if known else None,
            proposals=dossier.proposals if known else (),
            assigned=() if role == OWNER else dossier.assigned,
            moves=allowed(dossier.standing(role), role),
            **dossier.model_dump(include=set(cls.model_fields) - _BY_READER),
        )


def _round(dossier: Dossier) -> str | None:
    return None if dossier.assessment is None else dossier.assessment.round

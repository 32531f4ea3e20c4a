"""What readers see of a dossier: everybody what was announced, the agency also what a council has found."""

from datetime import date

from pydantic import BaseModel

from services.dossier.domain.dossier import Dossier, State, Submission, Withdrawn
from services.dossier.domain.following import Certificate, Evaluation, Result
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.product import CaseKind


class DossierReceipt(BaseModel):
    """A command was carried out; ``state`` is how the dossier then stood, as everybody may know it."""

    id: str
    state: State

    @classmethod
    def of(cls, dossier: Dossier) -> "DossierReceipt":
        return cls(id=dossier.id, state=dossier.told)


class SubmissionReceipt(DossierReceipt):
    """The dossier was submitted in this version, known by the SHA-256 of the canonical JSON of what it says."""

    to: str
    attempt: int
    manifest_version: int
    manifest_hash: str
    received_on: date

    @classmethod
    def of(cls, dossier: Dossier) -> "SubmissionReceipt":
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

    @classmethod
    def of(cls, dossier: Dossier, known: bool) -> "DossierSummary":
        """``known`` is for those who may know a council's result before it is announced."""
        return cls(
            state=dossier.state if known else dossier.told,
            **dossier.model_dump(include=set(cls.model_fields) - {"state"}),
        )


class DossierView(DossierSummary):
    """One dossier in full. ``evaluations`` are the agency's; ``results`` are what was announced."""

    form: SelfAssessment
    submissions: list[Submission]
    withdrawn: Withdrawn | None
    evaluations: list[Evaluation]
    results: list[Result]
    certificates: list[Certificate]

    @classmethod
    def of(cls, dossier: Dossier, known: bool) -> "DossierView":
        """As in the list. That a case was sent on to the centre would tell its score, so it is left out too."""
        submissions = [each for each in dossier.submissions if known or each.to == dossier.authority]
        withdrawn = dossier.withdrawn
        if withdrawn is not None and not known:
            withdrawn = withdrawn.model_copy(update={"reason": None})
        return cls(
            state=dossier.state if known else dossier.told,
            submissions=submissions,
            withdrawn=withdrawn,
            evaluations=dossier.evaluations if known else (),
            **dossier.model_dump(include=set(cls.model_fields) - {"state", "submissions", "withdrawn", "evaluations"}),
        )

"""A draft of a decision: prepared by the office, looked at beforehand, issued once."""

from shared.document import Document
from shared.errors import Refusal

from .certificate import Kept
from .recognition import Outcome


class DraftIssued(Refusal):
    vi = "Bản dự thảo này đã được ban hành ({decision}); quyết định đã ban hành thì không sửa."
    en = "This draft has been issued as {decision}; an issued decision is never edited."


class DraftChanged(Refusal):
    vi = "Bản dự thảo đã được sửa từ khi được xem (lần sửa {revision}). Hãy xem lại rồi ban hành."
    en = "The draft was changed since it was looked at (revision {revision}). Look at it again, then issue it."


class DraftedItem(Kept):
    """What the decision is to say of one result."""

    evaluation_id: str
    outcome: Outcome
    stars: int | None


class DraftedLeftOut(Kept):
    evaluation_id: str
    reason: str


class Draft(Document):
    """What is prepared for the chair. ``decision_id`` says as what it was issued."""

    title: str
    revision: int
    items: tuple[DraftedItem, ...]
    left_out: tuple[DraftedLeftOut, ...]
    decision_id: str | None = None


def revise(held: Draft, new: Draft) -> Draft:
    """The draft with new contents. Raises ``DraftIssued``."""
    if held.decision_id is not None:
        raise DraftIssued(decision=held.decision_id)
    return new.but(revision=held.revision + 1)


def check_issue(draft: Draft, revision: int, decision_id: str) -> None:
    """Raises ``DraftIssued`` when it was issued as another decision, ``DraftChanged`` when it is not what was seen."""
    if draft.decision_id not in (None, decision_id):
        raise DraftIssued(decision=draft.decision_id)
    if draft.revision != revision:
        raise DraftChanged(revision=draft.revision)


def issued_as(draft: Draft, decision_id: str) -> Draft:
    """The draft closed by its decision."""
    return draft if draft.decision_id is not None else draft.but(decision_id=decision_id)

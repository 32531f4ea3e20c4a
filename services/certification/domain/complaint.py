"""A complaint about decisions on products: received, settled by its deadline, and annulled by when it was upheld."""

from datetime import date, timedelta
from typing import Literal

from shared.document import Document
from shared.errors import Refusal

from .certificate import Kept

WITHIN = timedelta(days=30)
"""The first settlement of a complaint takes at most 30 days from its acceptance (Law on Complaints, article 28)."""
Settled = Literal["upheld", "dismissed", "withdrawn"]


class ComplaintSettled(Refusal):
    vi = "Khiếu nại này đã được giải quyết ({outcome}); kết quả không được sửa."
    en = "This complaint is settled already ({outcome}); its outcome is not edited."


class SettledBeforeReceived(Refusal):
    status = 422
    vi = "Ngày giải quyết {on} ở trước ngày tiếp nhận {received_on} hoặc sau hôm nay. Hãy sửa ngày."
    en = "It is settled on {on}, before it was received on {received_on} or after today. Correct the day."


class Outcome(Kept):
    """How it ended, by which document."""

    outcome: Settled
    on: date
    document: str
    reason: str


class Complaint(Document):
    """Under the number of its register. Who complains is kept with the paper, not here."""

    received_on: date
    subject: str
    certificates: tuple[str, ...]
    evaluations: tuple[str, ...]
    """Results it is about, for products that were not recognised."""
    outcome: Outcome | None = None
    annulled_by: str | None = None
    """The decision that annulled what the complaint was about."""

    @property
    def settle_by(self) -> date:
        return self.received_on + WITHIN

    def overdue(self, today: date) -> bool:
        return self.outcome is None and today > self.settle_by

    @property
    def annulment_due(self) -> bool:
        """Whether it was upheld and nothing has been annulled yet."""
        upheld = self.outcome is not None and self.outcome.outcome == "upheld"
        return upheld and bool(self.certificates) and self.annulled_by is None


def complaint_id(authority: str, year: int, number: int) -> str:
    return f"complaint/{authority}/{year}/{number}"


def settle_complaint(complaint: Complaint, outcome: Outcome, today: date) -> Complaint:
    """Raises ``ComplaintSettled`` and ``SettledBeforeReceived``."""
    if complaint.outcome is not None:
        raise ComplaintSettled(outcome=complaint.outcome.outcome)
    if not complaint.received_on <= outcome.on <= today:
        raise SettledBeforeReceived(on=outcome.on, received_on=complaint.received_on)
    return complaint.but(outcome=outcome)


def annulled(complaint: Complaint, decision: str) -> Complaint:
    """The complaint met by an annulment; the first stays."""
    return complaint if complaint.annulled_by is not None else complaint.but(annulled_by=decision)

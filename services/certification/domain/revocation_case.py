"""A revocation in question: proposed by a commune or an inspection, and decided within fifteen days."""

from datetime import date, timedelta
from typing import Literal

from shared.document import Document
from shared.errors import Refusal

from .certificate import Kept, RevocationGround

WITHIN = timedelta(days=15)
"""From the conclusion, or from the commune's confirmation (Decision 26/2026/QĐ-TTg, article 8)."""


class CaseClosed(Refusal):
    vi = "Đề nghị thu hồi này đã kết thúc ({state}). Hãy xem lại hồ sơ."
    en = "This case is closed already ({state}). Look at it again."


class Evidence(Kept):
    """A paper the case rests on; its SHA-256 when it is kept as a file."""

    title: str
    sha256: str | None


class RevocationCase(Document):
    """Open until a decision revokes the certificate or the agency rejects the proposal with a reason."""

    origin: Literal["proposal", "inspection"]
    certificate: str
    commune: str
    ground: RevocationGround
    evidence: tuple[Evidence, ...]
    since: date
    """The day of the conclusion or of the commune's confirmation."""
    state: Literal["open", "revoked", "rejected"] = "open"
    closed_by: str | None = None
    """The decision that revoked, or the reason of the rejection."""
    overdue_told: bool = False

    @property
    def decide_by(self) -> date:
        return self.since + WITHIN

    def overdue(self, today: date) -> bool:
        return self.state == "open" and today > self.decide_by


def reject(case: RevocationCase, reason: str) -> RevocationCase:
    """Raises ``CaseClosed``."""
    if case.state != "open":
        raise CaseClosed(state=case.state)
    return case.but(state="rejected", closed_by=reason, due=None)


def revoked_by(case: RevocationCase, decision: str) -> RevocationCase:
    """The case closed by its decision; one that was closed before stays as it was."""
    return case.but(state="revoked", closed_by=decision, due=None) if case.state == "open" else case


def told_overdue(case: RevocationCase, today: date) -> RevocationCase:
    """The case after its watch has rung; the same when there is nothing to say."""
    if case.overdue_told or not case.overdue(today):
        return case
    return case.but(overdue_told=True, due=None)

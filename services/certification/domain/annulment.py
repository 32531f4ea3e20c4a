"""Annulment: a decision withdraws a recognition that should not have been given."""

from datetime import date
from typing import ClassVar, Literal

from .certificate import Annulled, AnnulmentGround, ByDecision, Certificate, Kept
from .recognition import Recognition, Sentence


class Annulment(Kept):
    """What was wrong from the start is annulled, in its term or after (Decision 26/2026/QĐ-TTg, article 10.1b).

    The certificate it had replaced does not come back: whoever decided wrongly decides anew.
    """

    kind: Literal["annulment"] = "annulment"
    pointer: ClassVar[str] = "certificates"
    ground: AnnulmentGround
    complaint: str | None = None
    """The complaint that was upheld."""

    def objection(self, _: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        if certificate.annulled is not None:
            by = certificate.annulled.decision_number
            return Sentence(f"Giấy này đã bị hủy bỏ theo quyết định {by}.", f"It was annulled by decision {by}.")
        if on < certificate.decided_on:
            day = certificate.decided_on
            return Sentence(f"Giấy này được cấp sau, ngày {day}.", f"It was issued later, on {day}.")
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        annulled = Annulled(**by.model_dump(), ground=self.ground)
        return certificate.model_copy(update={"annulled": annulled})

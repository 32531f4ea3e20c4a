"""Revocation: a decision ends a certificate on one of the six grounds."""

from datetime import date
from typing import ClassVar, Literal

from .certificate import ByDecision, Certificate, Kept, RevocationGround, Revoked
from .recognition import Recognition, Sentence


class Revocation(Kept):
    """By whoever awards the star (Decision 26/2026/QĐ-TTg, article 8): the authority whose certificate it is."""

    kind: Literal["revocation"] = "revocation"
    pointer: ClassVar[str] = "certificates"
    ground: RevocationGround
    cases: tuple[str, ...] = ()
    """The proposals and inspections it rests on."""

    def objection(self, _: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        """Only a certificate that stands is revoked: expiry is none of the grounds, it ends by itself."""
        if on < certificate.decided_on:
            day = certificate.decided_on
            return Sentence(f"Giấy này được cấp sau, ngày {day}.", f"It was issued later, on {day}.")
        if not certificate.in_effect(on):
            return Sentence(
                "Giấy này không còn hiệu lực vào ngày quyết định, không cần thu hồi.",
                "It was no longer valid on the day of the decision; there is nothing to revoke.",
            )
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        revoked = Revoked(**by.model_dump(), ground=self.ground)
        return certificate.model_copy(update={"revoked": revoked})

"""Removal from the list: one decision names many products whose certificates have expired."""

from datetime import date
from typing import ClassVar, Literal

from .certificate import ByDecision, Certificate, Kept
from .recognition import Recognition, Sentence


class Removal(Kept):
    """An administrative practice beside the law, under which a certificate simply ends: it adds a day, no ground."""

    kind: Literal["removal"] = "removal"
    pointer: ClassVar[str] = "certificates"

    def objection(self, _: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        if certificate.removed is not None:
            by = certificate.removed.decision_number
            return Sentence(f"Giấy này đã được đưa ra khỏi danh sách ({by}).", f"It was removed already ({by}).")
        if certificate.on(on) != "expired":
            return Sentence(
                "Chỉ đưa ra khỏi danh sách giấy đã hết hạn. Nếu còn hiệu lực, hãy thu hồi.",
                "Only an expired certificate is removed from the list. Revoke one that is valid.",
            )
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        return certificate.model_copy(update={"removed": by})

"""A ceremony: certificates given to their owners on one day in one place, and who was honoured there."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import NonNegativeInt

from shared.errors import Refusal

from .certificate import ByDecision, Certificate, HandOver, Kept
from .recognition import Recognition, Sentence


class HandedOverAhead(Refusal):
    status = 422
    vi = "Ngày trao {on} ở sau hôm nay ({today}). Hãy ghi sau khi đã trao."
    en = "The hand-over is dated {on}, later than today ({today}). Record it when it has taken place."


class Honour(Kept):
    """A title given at the ceremony, and to how many; their names are not kept here, for they are personal data."""

    title: str
    groups: NonNegativeInt
    persons: NonNegativeInt


class Ceremony(Kept):
    """Issued and handed over are different facts; a certificate is handed over once."""

    kind: Literal["hand_over"] = "hand_over"
    pointer: ClassVar[str] = "numbers"
    place: str
    absent: tuple[str, ...] = ()
    """Numbers of certificates that were to be handed over and whose owners did not come."""
    honours: tuple[Honour, ...] = ()

    def objection(self, _: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        """From the day of its decision on, while it is valid."""
        if certificate.handed_over is not None:
            day = certificate.handed_over.on
            return Sentence(f"Giấy này đã được trao ngày {day}.", f"This certificate was handed over on {day}.")
        if on < certificate.decided_on:
            day = certificate.decided_on
            return Sentence(f"Quyết định công nhận đề ngày {day}, sau ngày trao.", f"It was decided later, on {day}.")
        if not certificate.in_effect(on):
            return Sentence("Giấy này không còn hiệu lực vào ngày trao.", "It was no longer valid on that day.")
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        given = HandOver(handover_id=by.decision_id, on=by.on, place=self.place)
        return certificate.model_copy(update={"handed_over": given})

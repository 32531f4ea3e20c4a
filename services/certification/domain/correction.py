"""Correction: the same number, term and stars, and a new print version."""

from datetime import date
from typing import ClassVar, Literal

from shared.errors import Refusal

from .certificate import ByDecision, Certificate, Corrected, CorrectionReason, Kept, OwnerKind, Reprint
from .recognition import Recognition, Sentence

MOST_REPRINTS = 200


class ReprintEnded(Refusal):
    vi = "Giấy {number} không còn hiệu lực, không in lại."
    en = "Certificate {number} is no longer valid and is not printed again."


class ReprintsTooMany(Refusal):
    vi = "Giấy {number} đã in lại {most} lần. Hãy kiểm tra lại."
    en = "Certificate {number} has been printed again {most} times. Find out why."


NewOwner = Literal["continues", "ends"]
"""What a change of owner means for a certificate: an authority's own setting."""


class Correction(Kept):
    """What is corrected. An owner's name and address are kept with the dossiers; here only that they were."""

    kind: Literal["correction"] = "correction"
    pointer: ClassVar[str] = "certificates"
    reason: CorrectionReason
    product_name: str | None = None
    owner_id: str | None = None
    owner_kind: OwnerKind | None = None
    new_owner: NewOwner

    def objection(self, _: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        if not certificate.in_effect(on):
            return Sentence(
                "Giấy này không còn hiệu lực, không đính chính.", "It is no longer valid; nothing to correct."
            )
        if on < certificate.decided_on:
            day = certificate.decided_on
            return Sentence(f"Giấy này được cấp sau, ngày {day}.", f"It was issued later, on {day}.")
        if self.reason == "new_owner":
            if self.new_owner == "ends":
                return Sentence(
                    "Ở đây giấy chứng nhận kết thúc khi đổi chủ thể. Hãy thu hồi với lý do chủ thể không còn sản xuất.",
                    "Here a certificate ends with its owner. Revoke it because the owner no longer produces it.",
                )
            if self.owner_id == certificate.subject.owner_id:
                return Sentence("Chủ thể này đang đứng tên.", "This owner holds the certificate already.")
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        corrected = Corrected(**by.model_dump(), reason=self.reason, print_version=certificate.print_version + 1)
        subject = certificate.subject
        if self.product_name is not None:
            named = subject.product.model_copy(update={"name": self.product_name})
            subject = subject.model_copy(update={"product": named})
        if self.owner_id is not None:
            subject = subject.model_copy(update={"owner_id": self.owner_id, "owner_kind": self.owner_kind})
        changes = {"subject": subject, "corrections": (*certificate.corrections, corrected)}
        return certificate.model_copy(update=changes)


def reprinted(recognition: Recognition, number: str, on: date, reason: str) -> Recognition:
    """The recognition with one more copy of the print in force. Raises ``ReprintEnded`` and ``ReprintsTooMany``."""
    certificate = recognition.certificate(number)
    if certificate is None or not certificate.in_effect(on):
        raise ReprintEnded(number=number)
    if len(certificate.reprints) >= MOST_REPRINTS:
        raise ReprintsTooMany(number=number, most=MOST_REPRINTS)
    copy = Reprint(on=on, print_version=certificate.print_version, reason=reason)
    return recognition.with_certificate(certificate.model_copy(update={"reprints": (*certificate.reprints, copy)}))

"""A print as it was signed: kept once, so that everybody who asks for it gets the same bytes."""

from datetime import datetime
from typing import Literal

from shared.document import Document

from .certificate import Certificate

SignedBy = Literal["seal", "token"]
"""By the seal kept here, or outside with the office's token."""


class SignedPrint(Document):
    """The signed file of one print. It holds the owner's name, so it can be emptied; ``sha256`` stays."""

    number: str
    print_version: int
    template: int
    sha256: str
    signed_by: SignedBy
    kept_at: datetime
    pdf: str | None
    """In base64."""


def signed_print_id(certificate: Certificate) -> str:
    return f"print/{certificate.number}/{certificate.print_version}"

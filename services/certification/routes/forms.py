"""What bodies and answers of certification are made of."""

from typing import Annotated, Self

from pydantic import StringConstraints

from shared.errors import Flaw, Language, Refusal
from shared.http import Told

DECISION = r"^[1-9][0-9]{0,5}[a-z]?$"
CERTIFICATE = r"^[0-9]{2}-[0-9]{4}-[1-9][0-9]{0,5}[a-z]?-[0-9]{3}$"

EvaluationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HISTORIC = r"^[0-9]{2}-H[0-9]{4}-[0-9A-ZĐ][0-9A-ZĐ.-]{0,49}$"
"""The number of a certificate that was taken over from before."""
CertificateNumber = Annotated[str, StringConstraints(pattern=f"{CERTIFICATE}|{HISTORIC}")]


class FlawView(Told):
    """Why one item cannot be dealt with as it was asked."""

    pointer: str
    says: dict[Language, str]

    @classmethod
    def of(cls, flaw: Flaw) -> Self:
        return cls(pointer=flaw.pointer, says={"vi": flaw.vi, "en": flaw.en})


class NotYet(Refusal):
    status = 422
    vi = "Ngày {on} ở sau hôm nay ({today}), hoặc giấy chứng nhận không còn hiệu lực. Hãy kiểm tra lại."
    en = "The day {on} lies after today ({today}), or the certificate is no longer valid. Check both."
